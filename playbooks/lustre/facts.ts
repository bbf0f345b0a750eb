import type { Diagnosis } from '../shared/finding.ts'
import { holderIn } from './holder.ts'
import { formatResourceId, resourceWord } from './resource-id.ts'
import type { Situation } from './situation.ts'

/** Every identifier that was seen, for machines. Numbers that identify things are text; null means not known. */
export function factsOf(situation: Situation): Diagnosis['facts'] {
  const { fsname, client, story, evidence, mounted, imports, servers, atMgs, others } = situation
  const word = resourceWord(fsname)
  const last = story?.last
  return {
    fileSystem: fsname,
    client,
    release: evidence.client.version.seen ? evidence.client.version.value : null,
    resource:
      word === undefined
        ? null
        : { id: formatResourceId([word, 0n, 0n, 0n]), hex: `0x${word.toString(16)}`, decimal: String(word) },
    mounted: mounted ? mounted.map(({ path, source }) => ({ path, source })) : null,
    lastTry: last
      ? {
          outcome: last.outcome,
          at: last.at ?? null,
          rc: last.rc ?? null,
          lock: last.lock
            ? {
                resource: formatResourceId(last.lock.resource),
                askedAt: last.lock.askedMs ?? null,
                waitedS: last.lock.waitedS ?? null,
                mode: last.lock.lock ? `${last.lock.lock.granted}/${last.lock.lock.requested}` : null,
                remote: last.lock.lock?.remote ?? null,
              }
            : null,
        }
      : null,
    servers: servers.map(({ name, hostName, reached, mgs, node }) => ({
      nids: name,
      host: hostName ?? null,
      reached,
      mgs,
      named: node.named,
    })),
    connections: imports
      ? imports.map(({ device, target, state, current }) => ({
          device,
          target,
          state,
          current: current ?? null,
        }))
      : null,
    evictions: (story?.evictions ?? []).map(({ target, at, discarded }) => ({
      target,
      at: at ?? null,
      files: discarded.map(({ fid, path }) => ({ fid, path })),
    })),
    holders: evidence.mgsHosts.flatMap(
      (host) => holderIn(host, fsname)?.holders.map(({ nid, evicted }) => ({ nid, evicted })) ?? [],
    ),
    clientsOfMgs: evidence.mgsHosts.flatMap(({ exports }) => (exports?.seen ? exports.value : [])),
    fileSystemsAtMgs: atMgs ?? null,
    otherFileSystems: others,
    log: evidence.client.log.seen
      ? {
          source: evidence.client.log.value.source,
          from: evidence.client.log.value.log.from ?? null,
          to: evidence.client.log.value.log.to ?? null,
          clockAheadS: evidence.client.log.value.skewS ?? null,
        }
      : null,
  }
}

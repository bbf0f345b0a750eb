import { formatAddress } from '../shared/ceph/address.ts'
import { formatEntry } from '../shared/ceph/blocklist.ts'
import type { Diagnosis } from '../shared/finding.ts'
import type { WatchersArgs } from './args.ts'
import type { Client } from './clients.ts'
import { current, type Evidence } from './evidence.ts'

/** Every identifier that was seen, for machines. Numbers that identify things are text; null means not known. */
export function factsOf(args: WatchersArgs, evidence: Evidence, clients: Client[]): Diagnosis['facts'] {
  const { header, image, release, blocklist, locks, status, mirror, first, second } = evidence
  const watchers = current(evidence)
  return {
    header: header ? { pool: header.pool, namespace: header.namespace ?? null, object: header.object } : null,
    image: image ? { pool: image.pool, namespace: image.namespace ?? null, name: image.name } : null,
    release: release.seen ? release.value.version.join('.') : null,
    watchers: (watchers.seen ? watchers.value : []).map((watcher) => {
      const client = clients.find((each) => each.watcher.client === watcher.client)
      return {
        address: formatAddress(watcher.address),
        client: `client.${watcher.client}`,
        cookie: watcher.cookie,
        host: client?.life.host ?? null,
        life: client?.life.state ?? 'unknown',
        because: client?.life.because ?? [],
        holdsLock: client?.holdsLock ?? null,
        alsoWatches: client?.alsoWatches ?? null,
      }
    }),
    locks: locks.seen
      ? locks.value.map((lock) => ({
          id: lock.id,
          client: `client.${lock.client}`,
          address: lock.address ? formatAddress(lock.address) : null,
        }))
      : null,
    blocklist: blocklist.seen
      ? blocklist.value.map(({ entry, until }) => ({
          entry: formatEntry(entry),
          until,
        }))
      : null,
    migration: status.seen ? (status.value.migration ?? null) : null,
    mirror: mirror?.seen ? { state: mirror.value.state } : null,
    looks: {
      first: first.seen ? first.at : null,
      second: second?.seen ? second.at : null,
      intervalS: args.intervalMs / 1000,
    },
  }
}

import { formatAddress, sameClient } from '../shared/ceph/address.ts'
import type { Watcher } from '../shared/ceph/watchers.ts'
import { code } from '../shared/text.ts'
import { current, type Evidence, oneOfEach } from './evidence.ts'
import { judgeHost } from './judge-host.ts'
import { renewal, sameWatch } from './renewal.ts'
import { sessionOf } from './session-trace.ts'

/**
 * What is found of a client beside its watch. `nothing` is said only when everything that could show it was seen:
 * whatever could not be seen makes it `unclear`.
 */
export type Trace = {
  found: 'alive' | 'nothing' | 'unclear'
  /** why, in short clauses: "no rbd mapping of it there" */
  because: string[]
  /** names of the hosts with its address, as far as the inventory knows them */
  host: string | undefined
  /** every monitor said, at every look, that it has no session of it */
  noSession: boolean
  /** ids of the probes it rests on */
  evidence: string[]
}

/** Whether a client lives. `gone` needs both: no trace of it, and a watch that nobody can be renewing. */
export type Life = Trace & { state: 'alive' | 'gone' | 'unknown' }

export function lifeOf(watcher: Watcher, evidence: Evidence): Life {
  const trace = traceOf(watcher, evidence)
  if (trace.found === 'alive') return { ...trace, state: 'alive' }
  const { first, second } = evidence
  const own = (second?.seen ? second.value : []).filter(
    ({ client, address }) => client === watcher.client || sameClient(address, watcher.address),
  )
  if (first.seen && own.some((later) => !first.value.some((each) => sameWatch(each, later))))
    return { ...trace, state: 'alive', because: ['it registered its watch between the two looks'] }
  const { stale, why } = renewal(watcher, evidence, trace.noSession)
  const because = [...trace.because, ...why]
  return { ...trace, because, state: stale && trace.found === 'nothing' ? 'gone' : 'unknown' }
}

/**
 * Everything but time: the mirror daemon, the monitors' sessions, the hosts behind the address. Who has the same address
 * under another number (a client that registered with the monitors anew, or two containers whose process 1 made the same
 * nonce) is found with it, because a block of the address cuts both.
 */
export function traceOf(watcher: Watcher, evidence: Evidence): Trace {
  const own = ownTrace(watcher, evidence)
  const listed = current(evidence)
  const [twin] = (listed.seen ? oneOfEach(listed.value) : [])
    .filter(({ client, address }) => client !== watcher.client && sameClient(address, watcher.address))
    .map(({ client, ...rest }) => ({ client, trace: ownTrace({ client, ...rest }, evidence) }))
    .filter(({ trace }) => trace.found !== 'nothing')
  if (!twin || own.found === 'alive') return own
  const { found, because, evidence: rests } = twin.trace
  const same = `client.${twin.client} has the same address: ${because.join(', ')}`
  return { ...own, found, because: [...own.because, same], evidence: [...own.evidence, ...rests] }
}

function ownTrace(watcher: Watcher, evidence: Evidence): Trace {
  const views = evidence.hosts.get(watcher.address.ip) ?? []
  const host = views.length === 0 ? undefined : views.map((view) => view.host.name).join(', ')
  const session = sessionOf(watcher, evidence)
  const noSession = session.found === 'nothing'
  const trace = (found: Trace['found'], because: string[], rests: string[]): Trace => ({
    ...{ found, because, host, noSession },
    evidence: rests,
  })
  const mirror = mirrorOf(watcher, evidence)
  if (mirror) return trace('alive', [mirror], ['mirror'])
  const mapped = mappingOf(watcher, evidence)
  if (mapped) return trace('alive', [mapped.because], [`krbd@${mapped.host}`])
  if (session.found === 'alive') return trace('alive', session.because, session.evidence)
  if (views.length === 0) {
    const stranger = `no host of the inventory has the address ${code(watcher.address.ip)}`
    return trace('unclear', [...session.because, stranger], session.evidence)
  }
  const judged = views.map((view) => judgeHost(watcher, evidence, view, session))
  const rests = [...session.evidence, ...judged.flatMap((each) => each.evidence)]
  const alive = judged.find(({ found }) => found === 'alive')
  if (alive) return trace('alive', alive.because, rests)
  const because = [...session.because, ...judged.flatMap((each) => each.because)]
  const nothing = judged.every(({ found }) => found === 'nothing')
  return trace(nothing ? 'nothing' : 'unclear', because, rests)
}

function mirrorOf(watcher: Watcher, { mirror }: Evidence): string | undefined {
  // `down+…` tells of a daemon that has stopped reporting
  if (!mirror?.seen || !mirror.value.state.startsWith('up+')) return undefined
  const { daemon } = mirror.value
  if (daemon?.client !== watcher.client) return undefined
  return `it is the rbd-mirror daemon${daemon.host === undefined ? '' : ` on ${code(daemon.host)}`}`
}

function mappingOf(
  watcher: Watcher,
  { hosts, image }: Evidence,
): { because: string; host: string } | undefined {
  for (const { host, krbd } of hosts.get(watcher.address.ip) ?? []) {
    const own = (krbd.seen ? krbd.value : []).filter(
      (each) => each.client === watcher.client || each.address === formatAddress(watcher.address),
    )
    const same = own.find(
      (each) =>
        each.pool === image?.pool && each.namespace === image?.namespace && each.image === image?.name,
    )
    if (same)
      return {
        host: host.name,
        because: `${code(host.name)} has it mapped as ${code(`/dev/rbd${same.device}`)}`,
      }
    if (own[0]) {
      const what = `${code(`${own[0].pool}/${own[0].image}`)} as ${code(`/dev/rbd${own[0].device}`)}`
      return {
        host: host.name,
        because: `the kernel client on ${code(host.name)} lives: it has mapped ${what}`,
      }
    }
  }
  return undefined
}

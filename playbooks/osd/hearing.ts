import { formatAddress } from '../shared/ceph/address.ts'
import type { MappedOsd, Use } from '../shared/ceph/osd-map.ts'
import type { Answer } from '../shared/linux/banner.ts'
import type { OsdView } from './host-view.ts'
import { isAt, isCertain, socketsOf } from './identity.ts'

/**
 * One address of an OSD.
 * - `answers`: somebody connected and was greeted
 * - `closed`: its process does not listen there
 * - `silent`: the kernel takes connections, and the process does not
 * - `starved`: it has no descriptor left for another connection; nobody tried
 * - `unknown`: not seen, or only from where a network may be in between, or greeted here and silent there
 */
export type EarState = 'answers' | 'closed' | 'silent' | 'starved' | 'unknown'
export type Ear = {
  use: Use
  /** `10.0.0.4:6801` */
  at: string
  state: EarState
  /** what each host that connected saw */
  from: { host: string; state: Answer['state']; said: string }[]
  /** undefined: could not be seen */
  listening: boolean | undefined
  /** another process that listens there instead: a neighbour that started later takes the first free port */
  takenBy: string | undefined
  /** connections that wait for the process to take them */
  waiting: number
}

/** What can be said about an OSD's hearing as a whole: the worst that is certain. */
export type Hearing = { state: 'deaf' | 'answers' | 'unknown'; ears: Ear[]; deaf: Ear[]; unknown: Ear[] }

/** Puts the map, the sockets of the process and the connections side by side. Pure judgement, no probe. */
export function hearingOf(view: OsdView): Hearing {
  const ears = view.osd.addresses.map((address) => earOf(view, address))
  const deaf = ears.filter(({ state }) => state === 'closed' || state === 'silent' || state === 'starved')
  const unknown = ears.filter(({ state }) => state === 'unknown')
  const state = deaf.length > 0 ? 'deaf' : ears.length === 0 || unknown.length > 0 ? 'unknown' : 'answers'
  return { state, ears, deaf, unknown }
}

function earOf(view: OsdView, { use, at }: MappedOsd['addresses'][number]): Ear {
  const { host, heard } = view
  const from = heard.flatMap(({ from: { name }, answers }) => {
    const answer = answers.seen && answers.value.find(({ ip, port }) => ip === at.ip && port === at.port)
    return answer ? [{ host: name, state: answer.state, said: answer.said }] : []
  })
  const sockets = socketsOf(view)
  const socket = sockets?.find((each) => isAt(each, at))
  const listening = sockets === undefined ? undefined : socket !== undefined
  const ear = {
    use,
    at: formatAddress({ ...at, nonce: '0' }).replace(/\/0$/, ''),
    from,
    listening,
    takenBy: takerOf(view, at),
    waiting: socket?.waiting ?? 0,
  }
  const state = stateOf(ear, host?.name, view)
  const gaveUp = state === 'closed' || state === 'silent'
  return { ...ear, state: gaveUp && isStarting(view) ? 'unknown' : state }
}

/**
 * Whether the map may show the process before this one: it is young, and the map has another nonce. An OSD that starts
 * listens before it accepts (OSD::init), and is in the map only once it has booted.
 */
export function isStarting({ process }: OsdView): boolean {
  return process.seen && !process.value.sure && process.value.ageS < STARTING_S
}

/** Whoever connects to an OSD that is gone reports it within seconds, and heartbeats do within 20 s (osd_heartbeat_grace). */
const STARTING_S = 120

function stateOf(
  { from, listening, takenBy, waiting }: Omit<Ear, 'state'>,
  own: string | undefined,
  view: OsdView,
): EarState {
  // whoever connects reaches a stranger, however friendly its greeting
  if (takenBy !== undefined) {
    // a process that ps did not show yet: this OSD, perhaps, which was started between the two looks
    const appeared = !view.pids.has(takenBy)
    return !appeared && (!view.process.seen || isCertain(view)) ? 'closed' : 'unknown'
  }
  // a greeting is Ceph's: `ceph v027` (v1), `ceph v2` (v2)
  const dumb = from.filter(({ state }) => state === 'silent' || state === 'closed')
  if (from.some(({ state, said }) => state === 'answers' && said.startsWith('ceph v')))
    return dumb.length > 0 ? 'unknown' : 'answers'
  const atHome = from.find(({ host }) => host === own)?.state
  if (listening === false && (atHome === undefined || atHome === 'refused')) return 'closed'
  if (atHome === 'refused') return 'closed'
  // one connection from elsewhere may have ended in something between the two
  const waits = listening === true && waiting > 0
  if (dumb.some(({ host }) => host === own) || dumb.length > 1 || (dumb.length === 1 && waits))
    return 'silent'
  // a connection to one's own machine times out only when nobody empties the queue
  if (atHome === 'timed-out' && listening === true && waiting > 0) return 'silent'
  return isCertain(view) && isFull(view) ? 'starved' : 'unknown'
}

/** Whether the process has no descriptor left, as far as that was seen. */
export function isFull({ open, limits }: OsdView): boolean {
  return open.seen && limits.seen && BigInt(open.value) >= limits.value.soft
}

/** The process that listens on an address of this OSD and is not it; undefined: none, or it cannot be told. */
function takerOf({ process, listeners }: OsdView, at: { ip: string; port: number }): string | undefined {
  if (!listeners.seen || (!process.seen && process.code !== 'absent')) return undefined
  const pid = process.seen ? process.value.pid : undefined
  const there = listeners.value.filter((each) => isAt(each, at))
  if (there.some(({ pids }) => pids.length === 0 || (pid !== undefined && pids.includes(pid))))
    return undefined
  return there[0]?.pids[0]
}

/** Hosts that cannot reach an OSD which answers others: the network between the two. */
export function cutOff({ ears }: Hearing): { host: string; ears: Ear[] }[] {
  const hosts = new Set(ears.flatMap(({ from }) => from.map(({ host }) => host)))
  return [...hosts].flatMap((host) => {
    const cut = ears.filter(
      ({ state, from }) =>
        state === 'answers' &&
        from.some(
          (each) => each.host === host && ['timed-out', 'unreachable', 'refused'].includes(each.state),
        ),
    )
    return cut.length === 0 ? [] : [{ host, ears: cut }]
  })
}

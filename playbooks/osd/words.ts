import type { Use } from '../shared/ceph/osd-map.ts'
import type { Reading } from '../shared/probe.ts'
import { code } from '../shared/text.ts'
import type { Ear, Hearing } from './hearing.ts'
import type { OsdView } from './host-view.ts'
import type { Init } from './init.ts'
import type { OsdLog } from './log.ts'

/** `osd.4` in backticks. */
export const nameOf = (id: string) => code(`osd.${id}`)

/** Which uses, in the order of the map: "public and cluster". */
export function usesOf(ears: readonly Ear[]): string {
  const uses = [...new Set(ears.map(({ use }) => use))]
  return uses.length < 2 ? (uses[0] ?? '') : `${uses.slice(0, -1).join(', ')} and ${uses.at(-1)}`
}

/** One line an address group: "public `10.0.0.4:6801`: not in LISTEN; refused from `stor-22`, `adm`". */
export function earLines({ ears }: Hearing): string[] {
  const grouped = Map.groupBy(ears, ({ use }) => use)
  return [...grouped].flatMap(([use, list]) => {
    const same = new Set(list.map(saying))
    return same.size === 1
      ? [`${use} ${list.map(({ at }) => code(at)).join(', ')}: ${[...same][0]}`]
      : list.map((ear) => `${use} ${code(ear.at)}: ${saying(ear)}`)
  })
}

const STATES = {
  answers: 'answers',
  silent: 'connects, but no banner within 3 s, from',
  closed: 'connects and is closed without a banner, from',
  refused: 'refused from',
  'timed-out': 'no answer to',
  unreachable: 'no way there from',
} as const

function saying({ listening, takenBy, from, state, waiting }: Ear): string {
  if (takenBy !== undefined)
    return `not in LISTEN; process ${takenBy} took the port, and whoever connects reaches that one`
  const socket =
    listening === undefined
      ? ''
      : listening
        ? `in LISTEN${waiting > 0 ? `, ${waiting} connection${waiting === 1 ? '' : 's'} not taken` : ''}; `
        : 'not in LISTEN; '
  const byState = [...Map.groupBy(from, (each) => each.state)].map(
    ([each, hosts]) => `${STATES[each]} ${hosts.map(({ host }) => code(host)).join(', ')}`,
  )
  if (state === 'starved') return `${socket}nobody tried to connect, because it has no descriptor left`
  return `${socket}${byState.length > 0 ? byState.join('; ') : 'not connected to'}`
}

/** What those will feel who have to do with a deaf address. */
const FEELS: Record<Use, (share: string) => string> = {
  public: (share) =>
    `Clients that are connected go on. Whoever has to connect anew (a VM that starts, a volume that is mapped, anyone after a short network fault) hangs on ${share}.`,
  cluster: () =>
    'OSDs that have to reconnect to it cannot replicate to it: their writes wait, and PGs stay in peering.',
  'heartbeat back': () => HEARTBEAT,
  'heartbeat front': () => HEARTBEAT,
}
const HEARTBEAT =
  'Heartbeats go on over old connections, which is why the monitors hold it to be up; peers that have to reconnect will report it down.'

export function feelings({ deaf }: Hearing, osds: number): string[] {
  const share = osds > 1 ? `every object that it is the primary of, about one in ${osds}` : 'every object'
  return [...new Set(deaf.map(({ use }) => FEELS[use](share)))]
}

/** "9 failing accepts in its log, errno 24 (its own limit), 2026-05-08 02:11:31 to …". */
export function logLine(log: OsdLog): string | undefined {
  const { failed } = log
  if (!failed) return undefined
  const meaning =
    failed.errno === '24' ? ', its own limit' : failed.errno === '23' ? ', the machine’s limit' : ''
  const when = failed.first === failed.last ? failed.first : `${failed.first} to ${failed.last}`
  return `Its log: ${failed.count} failing accept${failed.count === 1 ? '' : 's'}, errno ${failed.errno}${meaning} (${when}, by its own clock${failed.by === 'this process' ? '' : '; before its last start'}).`
}

/** "2,214 of 4,096 descriptors open (hard limit 131,072)". */
export function descriptorLine({ open, limits }: OsdView): string | undefined {
  if (!open.seen || !limits.seen) return undefined
  const { soft, hard } = limits.value
  const hardly = hard === soft ? '; the hard limit is the same' : ` (hard limit ${amount(hard)})`
  return `${amount(BigInt(open.value))} of ${amount(soft)} descriptors open${hardly}`
}

/** 131072 → `131,072`. */
export function amount(value: bigint): string {
  return value >= 2n ** 63n - 1n ? 'unlimited' : String(value).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** What raises the limit for good; written by a person, because it is a file of theirs. */
export function dropIn(id: string, init: Reading<Init>, limit = 1_048_576): string {
  const kind = init.seen ? init.value.kind : undefined
  const unit = init.seen && init.value.kind === 'systemd' ? init.value.unit : `ceph-osd@${id}.service`
  if (kind === 'upstart' || kind === 'sysvinit')
    return `For good: \`max open files = ${limit}\` below \`[global]\` in ceph.conf of that host; it counts from the next start.`
  // the unit's limit is that of podman or docker, not of what runs inside
  if (!unit.startsWith('ceph-osd@'))
    return `For good: raise \`nofile\` of its container (\`--ulimit nofile=${limit}\`, where it is started for ${code(unit)}); it counts from the next start.`
  return `For good: \`systemctl edit ceph-osd@${id}\`, write \`[Service]\` and \`LimitNOFILE=${limit}\`; it counts from the next start, and \`systemctl revert ceph-osd@${id}\` takes it back.`
}

import type { LogEvent } from '../shared/esxi/events.ts'
import { code } from '../shared/text.ts'
import type { Draft } from './draft.ts'
import { type DeviceView, type EsxiView, eventsAbout, growthOf } from './esxi.ts'
import { duration, isSlow, many, millis } from './words.ts'

/** Messages older than this are history: they don't say how it is now. */
export const RECENT_MS = 15 * 60_000

/** What one ESXi host shows of one device, judged; `grows` is what failed between the two looks. */
export type Symptoms = {
  view: EsxiView
  device: DeviceView
  drafts: Draft[]
  /** reads, writes or reservations that failed between the looks; undefined: not known */
  fails: bigint | undefined
  conflicts: bigint | undefined
  /** recent messages of commands that were not answered */
  unanswered: LogEvent[]
  /** recent messages of trouble, over or not */
  trouble: LogEvent[]
  /** messages that are no more than history */
  history: LogEvent[]
  /** its log is shorter than what counts as recent */
  shortLog: boolean
  /** state, paths, counters and log were seen, and nothing is wrong with them */
  clean: boolean
}

export function symptomsOf(
  view: EsxiView,
  device: DeviceView,
  volumes: readonly { uuid: string; name: string }[],
  now: number,
): Symptoms {
  const here = `${code(device.name)} on ${code(view.host.name)}`
  const clock = view.clock.seen ? view.clock.value.ms : now
  const events = eventsAbout(view, device, volumes)
  const recent = events.filter(({ record }) => record.at !== undefined && record.at > clock - RECENT_MS)
  const history = events.filter((event) => !recent.includes(event))
  const hard = [
    growthOf(device, 'Failed Read Operations'),
    growthOf(device, 'Failed Write Operations'),
    growthOf(device, 'Failed Reserve Operations'),
  ]
  const fails = hard.some((each) => typeof each !== 'bigint')
    ? undefined
    : (hard as bigint[]).reduce((sum, each) => sum + each, 0n)
  const conflictGrowth = growthOf(device, 'Reservation Conflicts')
  const conflicts = typeof conflictGrowth === 'bigint' ? conflictGrowth : undefined
  const unanswered = recent.filter(
    ({ kind, failure, record }) =>
      failure?.meaning === 'no-answer' ||
      (kind === 'command-failed' && failure?.meaning === 'aborted') ||
      (kind === 'volume-unreadable' && /timeout/i.test(record.text)),
  )
  const drafts = [
    ...stateOf(view, device, here, hadIt(view, device, events)),
    ...pathsOf(view, device, here),
    ...fullOf(view, recent, here, clock),
    ...atsOf(view, recent, here),
    ...latencyOf(view, recent, here, clock),
    ...heartbeatOf(view, recent, here, clock),
    ...failingOf(view, device, here, clock, { fails, conflicts, unanswered }),
  ]
  const trouble = recent.filter((event) => !isHarmless(event))
  const good =
    device.device.seen &&
    device.device.value.status === 'on' &&
    device.paths.seen &&
    device.paths.value.some(({ state }) => state === 'active') &&
    reachesBack(view, clock) &&
    view.clock.seen
  return {
    ...{ view, device, drafts, fails, conflicts, unanswered, trouble, history },
    shortLog: view.log.seen && !reachesBack(view, clock),
    clean: good && drafts.length === 0 && fails === 0n && conflicts === 0n && trouble.length === 0,
  }
}

/** A log that was begun anew a minute ago says nothing about a quarter of an hour; an empty one nothing at all. */
const reachesBack = ({ log }: EsxiView, clock: number) =>
  log.seen && log.value.fromMs !== undefined && log.value.fromMs <= clock - RECENT_MS

/** Every host asks now and then for what a target does not know; latency that still is too high is a finding of its own. */
const isHarmless = ({ kind, failure }: LogEvent) =>
  kind === 'latency-up' ||
  kind === 'latency-down' ||
  kind === 'path-up' ||
  kind === 'apd-end' ||
  kind === 'access-restored' ||
  failure?.meaning === 'not-supported' ||
  failure?.meaning === 'reset'

/** A host that never was shown a LUN has not lost it: a datastore's extent or a message names what it had. */
const hadIt = ({ extents }: EsxiView, { name }: DeviceView, events: readonly LogEvent[]) =>
  events.length > 0 || (extents.seen && extents.value.some(({ device }) => device === name))
    ? 'had-it'
    : 'not-known'

const ids = (view: EsxiView, ...kinds: string[]) => kinds.map((kind) => `lun-${kind}@${view.host.name}`)

/** Words of the field: on, dead (all paths down), dead timeout, not connected (permanent loss), off. Source: vSphere Storage, "Verify the Connection Status of a Storage Device". */
function stateOf(
  view: EsxiView,
  { name, device }: DeviceView,
  here: string,
  had: 'had-it' | 'not-known',
): Draft[] {
  const evidence = ids(view, `device:${name}`)
  if (!device.seen) {
    if (device.code !== 'absent') return []
    const details = [`${code(view.host.name)}: ${device.why.replace(/\.$/, '')}.`]
    return had === 'had-it'
      ? [
          {
            ...{ code: 'device-vanished', verdict: 'confirmed', severity: 'critical', evidence, details },
            summary: `The device ${here} is gone: ESXi does not list it any more.`,
          },
        ]
      : [
          {
            ...{ code: 'device-not-listed', verdict: 'inconclusive', severity: 'info', evidence, details },
            summary: `${code(view.host.name)} does not list ${code(name)}, and nothing there shows that it ever did: a LUN is shown only to some hosts.`,
          },
        ]
  }
  const { status } = device.value
  if (status === 'dead' || status === 'dead timeout')
    return [
      {
        ...{ code: 'all-paths-down', verdict: 'confirmed', severity: 'critical', evidence },
        summary: `All paths to ${here} are down${status === 'dead timeout' ? ', for longer than ESXi waits: I/O fails at once now' : ''}.`,
        details: [`ESXi shows it as \`${status}\` (APD); ESXi takes it back by itself when a path returns.`],
      },
    ]
  if (/not connected|pdl/.test(status))
    return [
      {
        ...{ code: 'permanent-device-loss', verdict: 'confirmed', severity: 'critical', evidence },
        summary: `The target says that ${here} is gone for good (PDL).`,
        details: [`ESXi shows it as \`${status}\`: the target answers, and does not have this LUN any more.`],
      },
    ]
  if (status === 'off')
    return [
      {
        ...{ code: 'device-detached', verdict: 'confirmed', severity: 'warning', evidence },
        summary: `The device ${here} is detached: somebody took it off this host.`,
        details: [`\`esxcli storage core device set -d ${name} --state=on\` attaches it again.`],
      },
    ]
  return []
}

function pathsOf(view: EsxiView, { name, paths, device }: DeviceView, here: string): Draft[] {
  if (!paths.seen || paths.value.length === 0) return []
  const lost = paths.value.filter(({ state }) => state === 'dead' || state === 'unavailable')
  const shown = lost
    .slice(0, 4)
    .map(
      ({ runtimeName, target }) => `${code(runtimeName)}${target === undefined ? '' : ` to ${code(target)}`}`,
    )
  const all = lost.length === paths.value.length
  // said already by its state
  if (lost.length === 0 || (all && device.seen && device.value.status !== 'on')) return []
  return [
    {
      code: all ? 'all-paths-down' : 'path-lost',
      verdict: 'confirmed',
      severity: all ? 'critical' : 'warning',
      summary: all
        ? `All paths to ${here} are down.`
        : `${lost.length} of ${paths.value.length} paths to ${here} are down.`,
      details: [`Down: ${shown.join(', ')}.`],
      evidence: ids(view, `paths:${name}`),
    },
  ]
}

function fullOf(view: EsxiView, recent: LogEvent[], here: string, clock: number): Draft[] {
  const full = recent.findLast(
    ({ kind, failure }) => failure?.meaning === 'array-full' || kind === 'out-of-space',
  )
  if (!full) return []
  return [
    {
      ...{ code: 'array-full', verdict: 'confirmed', severity: 'critical' },
      summary: `The storage behind ${here} is full: it refuses to write to new blocks.`,
      details: [`${when(full, clock)}: ${full.failure?.words ?? full.record.text.slice(0, 160)}.`],
      evidence: ids(view, 'vmkernel'),
    },
  ]
}

function atsOf(view: EsxiView, recent: LogEvent[], here: string): Draft[] {
  const misses = recent.filter(
    ({ kind, failure }) => kind === 'ats-miscompare' || failure?.meaning === 'ats-miscompare',
  )
  if (misses.length === 0) return []
  return [
    {
      ...{ code: 'ats-miscompare', verdict: 'confirmed', severity: 'warning' },
      summary: `ESXi's locks on ${here} fail: what it finds on the disk is not what it wrote (ATS miscompare).`,
      details: [
        `${many(misses.length, 'message')} in the last ${duration(RECENT_MS)}; usual causes are answers that come late and are tried again.`,
      ],
      evidence: ids(view, 'vmkernel'),
    },
  ]
}

function latencyOf(view: EsxiView, recent: LogEvent[], here: string, clock: number): Draft[] {
  const last = recent.findLast(({ kind }) => kind === 'latency-up' || kind === 'latency-down')
  if (last?.kind !== 'latency-up') return []
  const { latency } = last
  const slow = isSlow(latency)
  return [
    {
      ...{ code: 'slow', verdict: 'confirmed', severity: slow ? 'warning' : 'info' },
      summary: `${here} is ${slow ? 'slow' : 'slower than usual, and still fast'}${latency ? `: ${millis(latency.to)} instead of ${millis(latency.from)}` : ''}.`,
      details: [`ESXi said so ${when(last, clock)} and has not taken it back.`],
      evidence: ids(view, 'vmkernel'),
    },
  ]
}

/** Each host writes to each volume every few seconds; what comes late is told, and told again when it is back. */
function heartbeatOf(view: EsxiView, recent: LogEvent[], here: string, clock: number): Draft[] {
  const last = recent.findLast(({ kind }) => kind === 'access-lost' || kind === 'access-restored')
  if (last?.kind !== 'access-lost') return []
  return [
    {
      ...{ code: 'access-lost', verdict: 'confirmed', severity: 'warning' },
      summary: `ESXi lost the heartbeat of its volume on ${here} ${when(last, clock)}, and has not said that it is back.`,
      details: [],
      evidence: ids(view, 'vmkernel'),
    },
  ]
}

type Growth = Pick<Symptoms, 'fails' | 'conflicts' | 'unanswered'>

function failingOf(view: EsxiView, device: DeviceView, here: string, clock: number, growth: Growth): Draft[] {
  const { fails = 0n, conflicts = 0n, unanswered } = growth
  const counted = ids(view, `stats-1:${device.name}`, `stats-2:${device.name}`)
  const apart = device.first.seen && device.second?.seen ? duration(device.second.at - device.first.at) : ''
  const drafts: Draft[] = []
  if (conflicts > 0n) {
    const usual = usualConflicts(device, conflicts)
    drafts.push({
      ...{ code: 'conflicts-growing', verdict: 'confirmed', evidence: counted },
      severity: usual === undefined ? 'warning' : 'info',
      summary: `${here} is refused${usual === undefined ? ' again and again' : ''}: ${many(conflicts, 'reservation conflict')} more in ${apart}.`,
      details: [
        usual ?? 'The log names who was refused, not who holds the reservation.',
        ...(growth.fails === 0n
          ? ['Nothing failed for good meanwhile: what is refused is tried again.']
          : []),
      ],
    })
  }
  if (fails > 0n)
    drafts.push({
      ...{ code: 'commands-fail', verdict: 'confirmed', severity: 'warning', evidence: counted },
      summary: `Commands to ${here} fail: ${fails} more in ${apart}.`,
      details: [],
    })
  else if (unanswered.length > 0)
    drafts.push({
      ...{ code: 'commands-fail', verdict: 'confirmed', severity: 'warning' },
      summary: `Commands to ${here} ${growth.fails === 0n ? 'were' : 'are'} not answered: ${many(unanswered.length, 'message')} in the last ${duration(RECENT_MS)}, the last ${when(unanswered.at(-1)!, clock)}.`,
      details: growth.fails === 0n ? [`None failed in the ${apart} between the looks.`] : [],
      evidence: ids(view, 'vmkernel'),
    })
  return drafts
}

/** Why conflicts are no fault here; undefined: they are one. Sources: VMware KB 1016106, 1005009. */
function usualConflicts({ device }: DeviceView, conflicts: bigint): string | undefined {
  if (device.seen && device.value.perenniallyReserved.toLowerCase() === 'true')
    return 'It is marked as perennially reserved: a node of a cluster of machines holds it all the time, and every other host is refused.'
  return conflicts === 1n ? 'Hosts that share a datastore meet now and then, and try again.' : undefined
}

export const when = ({ record }: LogEvent, clock: number) =>
  record.at === undefined ? 'at an unknown time' : `${duration(clock - record.at)} ago`

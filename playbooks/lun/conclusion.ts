import type { LogEvent } from '../shared/esxi/events.ts'
import type { Diagnosis, Finding, Severity } from '../shared/finding.ts'
import { code } from '../shared/text.ts'
import type { LunArgs } from './args.ts'
import { type Chain, picture } from './chain.ts'
import type { Draft } from './draft.ts'
import { type Evidence, specOf, volumesOf } from './evidence.ts'
import { isRefused, logOf } from './reservations.ts'
import { RECENT_MS, type Symptoms } from './symptoms.ts'
import { duration, many } from './words.ts'

export type Judged = {
  evidence: Evidence
  chain: Chain
  symptoms: Symptoms[]
  nested: Diagnosis | undefined
}

/** Worse first; what cuts everything below it off comes before what merely hurts. */
const ORDER = [
  'device-vanished',
  'permanent-device-loss',
  'all-paths-down',
  'device-offline',
  'array-full',
  'left-over-watcher-blocks',
  'snapshot-volume',
  'reservation-held',
  'persistent-reservation',
  'conflicts-growing',
  'commands-fail',
  'access-lost',
  'device-detached',
  'datastore-unmounted',
  'path-lost',
  'not-ready',
  'slow',
  'ats-miscompare',
]
const WEIGHT: Record<Severity, number> = { critical: 0, warning: 1, info: 2, ok: 3 }
const rank = ({ code: name, severity }: Draft) =>
  WEIGHT[severity] * 100 + (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length)

/** The conclusion of the chain first, then what else was found, worst first. */
export function conclude(args: LunArgs, judged: Judged, drafts: readonly Draft[]): Draft[] {
  const { nested, chain } = judged
  const leftOver = nested?.findings.find(
    (each) => each.code === 'left-over-watcher' && each.verdict === 'confirmed',
  )
  const all = [...(leftOver ? [blocked(args, judged, leftOver)] : []), ...drafts].toSorted(
    (a, b) => rank(a) - rank(b),
  )
  const worst = all[0]
  const first =
    worst && (worst.severity === 'critical' || worst.severity === 'warning')
      ? worst
      : nothingWrong(args, judged)
  // its counters stand below the reason already
  const isSaid = ({ code: name }: Draft) =>
    name === 'commands-fail' && first.code === 'left-over-watcher-blocks'
  const [head, ...rest] = [first, ...all.filter((draft) => draft !== first && !isSaid(draft))]
  const place = chain.breaks ? [`Followed no further: ${chain.breaks.why}.`] : []
  return [
    {
      ...head!,
      details: [
        ...(chain.hops.length > 0 ? [picture(chain)] : []),
        ...head!.details,
        ...supporting(head!, judged),
        ...place,
      ],
      evidence: [...new Set([...head!.evidence, ...chain.hops.flatMap(({ evidence }) => evidence)])],
    },
    ...rest,
  ]
}

/** What people call it: the datastore, else the device. */
export function subjectName(args: LunArgs, evidence: Evidence): string {
  if (args.subject.kind === 'datastore') return code(args.subject.name)
  const volumes = evidence.esxi.flatMap((view) => volumesOf(args, view))
  if (volumes[0]?.name) return `${code(volumes[0].name)} (${code(volumes[0].device)})`
  return code(args.subject.kind === 'file' ? args.subject.path : args.subject.name)
}

/** A left-over watcher alone is a finding of its own; with what hurts above it, it is the reason. */
function blocked(args: LunArgs, { evidence, symptoms }: Judged, leftOver: Finding): Draft {
  const image = evidence.images[0]!
  const name = subjectName(args, evidence)
  const hurts = symptoms.some(({ fails = 0n, unanswered }) => fails > 0n || unanswered.length > 0)
  const at = evidence.exported.find((each) => each.image)!
  const place = `${code(specOf(image))}, the image behind ${code(at.name)} of ${code(at.host.name)}`
  return {
    code: 'left-over-watcher-blocks',
    verdict: 'confirmed',
    severity: 'critical',
    summary: hurts
      ? `${name} stalls because a client that is gone still watches ${place}.`
      : `A client that is gone still watches ${place}, on which ${name} lies; it can stall reservations at any time.`,
    details: [
      ...(hurts
        ? [
            'It breaks at the header: who is gone there cannot answer any more. In the known incident every RESERVE then failed after 40 s.',
          ]
        : []),
    ],
    evidence: leftOver.evidence,
  }
}

/** The lines that make the conclusion believable: what ESXi counts and logs, what the target says. */
function supporting({ code: name }: Draft, { symptoms, evidence }: Judged): string[] {
  const said = [
    'left-over-watcher-blocks',
    'commands-fail',
    'conflicts-growing',
    'reservation-held',
    'persistent-reservation',
    'slow',
  ]
  if (!said.includes(name)) return []
  const hurting = symptoms.filter(
    ({ fails = 0n, conflicts = 0n, unanswered }) => fails > 0n || conflicts > 0n || unanswered.length > 0,
  )
  const counters = hurting.slice(0, 2).map(({ view, device, fails = 0n, unanswered }) => {
    const reserve =
      device.first.seen && device.second?.seen
        ? device.second.value.counters['Failed Reserve Operations'] -
          device.first.value.counters['Failed Reserve Operations']
        : 0n
    const apart = device.first.seen && device.second?.seen ? duration(device.second.at - device.first.at) : ''
    const parts = [
      ...(fails > 0n
        ? [
            `${many(fails, 'failed command')} more in ${apart}${reserve > 0n ? ` (${many(reserve, 'reservation')})` : ''}`,
          ]
        : []),
      ...(unanswered.length > 0
        ? [
            `${many(unanswered.length, 'message')} of commands that were not answered in the last ${duration(RECENT_MS)}`,
          ]
        : []),
    ]
    return `${code(view.host.name)}: ${parts.join('; ') || 'conflicts grow'}.`
  })
  const { refused, last } = logOf(evidence.targets)
  const free = evidence.initiators.filter(
    ({ disk }) => disk && !isRefused(disk) && disk.ready.seen && disk.ready.value.answer === 'good',
  )
  return [
    ...counters,
    ...(name === 'reservation-held' ? [] : [...refused.slice(0, 2), ...(last === undefined ? [] : [last])]),
    ...(name === 'left-over-watcher-blocks' && free[0]
      ? [
          `${code(free[0].host.name)}: TEST UNIT READY is answered, so the LUN is there and nobody else has it reserved.`,
        ]
      : []),
  ]
}

/** What messages were about, what failed first: `RESERVATION CONFLICT, read failed`. */
function kindsOf(events: readonly LogEvent[]): string {
  const words = [
    ...events.flatMap(({ failure }) => failure?.words ?? []),
    ...events.flatMap(({ failure, kind }) => (failure ? [] : [kind.replaceAll('-', ' ')])),
  ]
  return [...new Set(words)].slice(0, 4).join(', ')
}

/** Nothing is wrong that could be seen; it is only called healthy when everything was. */
function nothingWrong(args: LunArgs, { evidence, symptoms, nested, chain }: Judged): Draft {
  const name = subjectName(args, evidence)
  const history = symptoms.flatMap((each) => each.history)
  const totals = symptoms.flatMap(({ device, view }) => {
    if (!device.first.seen) return []
    const { counters } = device.first.value
    const old = counters['Reservation Conflicts']
    return old > 0n
      ? [
          `${code(view.host.name)} counts ${many(old, 'reservation conflict')} since its counters began; none came between the looks.`,
        ]
      : []
  })
  const trouble = symptoms.flatMap((each) => each.trouble)
  const seenNow = symptoms.every(({ device }) => device.device.seen && device.paths.seen)
  const details = [
    ...(trouble.length > 0
      ? [
          `vmkernel.log of the last ${duration(RECENT_MS)} has ${many(trouble.length, 'message')} about it (${kindsOf(trouble)})${seenNow ? '; nothing shows it now' : ''}.`,
        ]
      : []),
    ...(history.length > 0
      ? [`vmkernel.log has ${many(history.length, 'older message')} about it (${kindsOf(history)}): history.`]
      : []),
    ...totals,
  ]
  const disksFine = evidence.initiators.every(
    ({ disk }) => !disk || (disk.ready.seen && disk.ready.value.answer === 'good'),
  )
  const mounted = evidence.esxi.every((view) =>
    volumesOf(args, view).every((volume) => volume.mounted === true),
  )
  const whole =
    symptoms.length > 0 &&
    symptoms.every(({ clean }) => clean) &&
    evidence.esxi.every(({ devices }) => devices.length > 0) &&
    chain.breaks === undefined &&
    // each target that shows the LUN, or somebody may be given other data
    evidence.exported.every(({ image }) => image) &&
    evidence.notAsked.length === 0 &&
    nested?.findings[0]?.severity === 'ok' &&
    mounted &&
    disksFine
  if (whole)
    return {
      ...{ code: 'healthy', verdict: 'ruled-out', severity: 'ok', details },
      summary: `${name} looks right from ESXi down to the image: nothing failed between the looks.`,
      evidence: [],
    }
  const astray = chain.breaks ? [] : evidence.exported.filter(({ image }) => !image)
  const lookedOnce = symptoms.some(({ device }) => device.second === undefined)
  const doubt = nested?.looked && nested.findings[0]!.severity !== 'ok'
  const shortLog = symptoms.some((each) => each.shortLog)
  const reset = symptoms.some(
    ({ fails, device }) => fails === undefined && device.first.seen && device.second?.seen,
  )
  return {
    code: 'nothing-wrong-seen',
    verdict: 'inconclusive',
    severity: doubt ? 'warning' : 'info',
    summary: doubt
      ? `${name} shows no error now, but the watchers of its image do: ${nested.findings[0]!.summary}`
      : `I see nothing wrong with ${name}, and I could not see everything.`,
    details: [
      ...details,
      ...astray
        .slice(0, 4)
        .map((each) => `Not followed: ${code(each.name)} of ${code(each.host.name)}: ${each.imageBecause}.`),
      ...(lookedOnce ? ['Looked once: whether counters grow is not known.'] : []),
      ...(reset ? ["ESXi's counters were reset between the looks."] : []),
      ...(shortLog
        ? [`vmkernel.log does not reach back ${duration(RECENT_MS)}: older messages were not seen.`]
        : []),
    ],
    evidence: [],
  }
}

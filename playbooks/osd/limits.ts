import { code } from '../shared/text.ts'
import { type Draft, type Known, LOOP_STARTS, MACHINE_NEAR, NEAR, rests, span } from './draft.ts'
import { YOUNG_S } from './evidence.ts'
import type { Hearing } from './hearing.ts'
import { isCertain, isElsewhere } from './identity.ts'
import { amount, descriptorLine, dropIn, logLine, nameOf } from './words.ts'

export function machine({ view }: Known): Draft | undefined {
  if (!view.fileNr.seen || !view.host) return undefined
  const { open, max } = view.fileNr.value
  if (open * MACHINE_NEAR.of < max * MACHINE_NEAR.part) return undefined
  const full = open >= max
  return {
    code: full ? 'machine-files-exhausted' : 'machine-files-near',
    verdict: 'confirmed',
    severity: full ? 'critical' : 'warning',
    summary: full
      ? `${code(view.host.name)} has no file left for anybody: ${amount(open)} of ${amount(max)} are open (errno 23).`
      : `${code(view.host.name)} is near its limit of open files: ${amount(open)} of ${amount(max)}.`,
    details: [
      'This is the machine’s limit, not the OSD’s: every OSD there is in danger; processes of root may go beyond it.',
      'Raise it: `sysctl -w fs.file-max=…`; and find who has them open.',
    ],
    evidence: [view.fileNr.observation.probe],
  }
}

export function loop({ view, log, init, crashes }: Known, now: number): Draft | undefined {
  const ageS = view.process.seen ? view.process.value.ageS : undefined
  if (ageS !== undefined && ageS >= YOUNG_S) return undefined
  const recent = crashes?.seen
    ? crashes.value.filter(
        ({ daemon, at }) =>
          daemon === `osd.${view.osd.id}` && at !== undefined && now - at < 3_600_000 && at <= now,
      )
    : []
  const unit = init.seen && init.value.kind === 'systemd' ? init.value.restarts : undefined
  const starts = log.seen ? log.value.starts : 0
  const counts = [
    ...(starts >= LOOP_STARTS ? [`${starts} starts within an hour in its log`] : []),
    ...(recent.length >= LOOP_STARTS ? [`${recent.length} crash reports in the last hour`] : []),
    ...(unit !== undefined && unit >= LOOP_STARTS ? [`systemd restarted it ${unit} times`] : []),
  ]
  // systemd counts since boot: alone it is no proof of a loop now
  if (starts < LOOP_STARTS && recent.length < LOOP_STARTS) return undefined
  const failed = log.seen && log.value.failed?.by !== 'an earlier one' ? log.value.failed : undefined
  const files = failed?.errno === '24' || recent.some(({ inAccept }) => inAccept)
  const failing = log.seen ? logLine(log.value) : undefined
  return {
    code: files ? 'crash-loop-emfile' : 'crash-loop',
    verdict: 'confirmed',
    severity: 'critical',
    summary: files
      ? `${nameOf(view.osd.id)} dies and starts again and again, because it runs out of descriptors.`
      : `${nameOf(view.osd.id)} dies and starts again and again.`,
    details: [
      `${counts.join(', ')}${ageS === undefined ? '; no process now' : `; this process is ${span(ageS)} old`}.`,
      ...(failing ? [failing] : []),
      ...(files
        ? [
            'Releases with PR 23306 abort after five failing accepts in a row, instead of going deaf. Another restart does not help; a higher limit does.',
            dropIn(view.osd.id, init),
          ]
        : ['Look at the backtrace (`ceph crash info`, or the log) before anything else.']),
    ],
    evidence: [...rests(view), ...(log.observation ? [log.observation.probe] : [])],
  }
}

export function nearLimit({ view, init }: Known, hearing: Hearing): Draft | undefined {
  if (!view.process.seen || !view.open.seen || !view.limits.seen || isElsewhere(view)) return undefined
  const open = BigInt(view.open.value)
  const { soft } = view.limits.value
  if (open >= soft && hearing.state === 'deaf') return undefined
  if (open * NEAR.of < soft * NEAR.part) return undefined
  const certain = isCertain(view)
  const who = certain
    ? nameOf(view.osd.id)
    : `Process ${view.process.value.pid}, which may be ${nameOf(view.osd.id)} of this cluster,`
  return {
    code: 'near-fd-limit',
    verdict: certain ? 'confirmed' : 'inconclusive',
    severity: view.spared ? 'critical' : 'warning',
    summary: `${who} is near its limit: ${descriptorLine(view)}; ${amount(soft > open ? soft - open : 0n)} are left.`,
    details: [
      'At the limit old releases stop listening for good, and newer ones abort after five failing accepts.',
      ...(view.spared ? ['Nobody connected to it for this check, not to take the last ones.'] : []),
      dropIn(view.osd.id, init),
    ],
    evidence: [view.open.observation.probe, view.limits.observation.probe],
  }
}

import type { Diagnosis, Finding } from '../shared/finding.ts'
import { code } from '../shared/text.ts'
import { LOOKS_APART_S, type LunArgs } from './args.ts'
import type { Judged } from './conclusion.ts'
import { specOf } from './evidence.ts'
import { isRefused } from './reservations.ts'

/** A target as it has to be typed. */
export const typed = (word: string) =>
  /[\s"“”„]|^['‘’‚«`*]/.test(word) ? `"${word.replace(/([\\"“”])/g, '\\$1')}"` : word

export function commandOf({ subject, on }: LunArgs): string {
  const where = on === undefined ? '' : ` on=${on}`
  if (subject.kind === 'datastore') return `check datastore ${typed(subject.name)}${where}`
  return `check lun ${subject.kind === 'file' ? subject.path : subject.name}${where}`
}

/** What a person could do next. Resets are named with their price and never offered. */
export function nextOf(
  args: LunArgs,
  { evidence, nested, chain }: Judged,
  findings: readonly Finding[],
): Diagnosis['next'] {
  const codes = findings.map(({ code: each }) => each)
  const next: Diagnosis['next'] = []
  const wrong = findings[0]!.severity === 'critical' || findings[0]!.severity === 'warning'
  if (args.intervalMs === 0 && (wrong || codes[0] === 'nothing-wrong-seen'))
    next.push({
      why: 'Look twice: only then is it known whether counters grow',
      command: `${commandOf(args)} interval=${LOOKS_APART_S}`,
    })
  if (evidence.images.length > 1)
    next.push(
      ...evidence.images
        .slice(0, 4)
        .map((image) => ({ why: 'Who watches this one', command: `check watchers ${specOf(image)}` })),
    )
  const [image] = evidence.images
  if (image && !nested)
    next.push({ why: 'Who watches the image', command: `check watchers ${specOf(image)}` })
  const disk = evidence.initiators.find((view) => view.disk)?.disk
  if (codes.includes('reservation-held') && disk && isRefused(disk))
    next.push({
      why: 'Once who holds it is known and known to be dead: this takes every reservation on the LUN away, and every host on it sees a reset',
      command: `sg_reset --device ${disk.byId}`,
    })
  if (codes.includes('persistent-reservation') && disk && wrong)
    next.push({
      why: 'Once the owner of the key is known to be dead: this removes all keys, those of living nodes, too, and a cluster may then fence itself',
      command: `sg_persist --out --clear --param-rk=KEY ${disk.byId}`,
    })
  if (codes.includes('snapshot-volume'))
    next.push({
      why: 'Which LUN it is and why it cannot be mounted',
      command: 'esxcli storage vmfs snapshot extent list',
    })
  if (codes[0] === 'permanent-device-loss' || codes[0] === 'device-vanished')
    next.push({
      why: 'Look on the target whether the LUN is still exported to this host',
      command: 'ls -l /sys/kernel/scst_tgt/targets/*/*/luns',
    })
  if (chain.breaks === undefined && codes[0] === 'commands-fail' && nested?.looked)
    next.push({ why: 'OSDs that do not answer stall it as well', command: 'check osds' })
  return next
}

/** What lies near, and must not be done. */
export function doNotOf({ evidence, nested }: Judged, findings: readonly Finding[]): Diagnosis['doNot'] {
  const codes = findings.map(({ code: each }) => each)
  const advice: Diagnosis['doNot'] = []
  const hurts = codes.some((each) =>
    ['left-over-watcher-blocks', 'reservation-held', 'conflicts-growing', 'commands-fail'].includes(each),
  )
  if (hurts)
    advice.push({
      what: 'reset the LUN (`vmkfstools -L lunreset`, `sg_reset`)',
      why: codes.includes('left-over-watcher-blocks')
        ? 'it does not remove the watcher, and it ends the I/O of every host on the LUN'
        : 'it takes away reservations of living hosts and ends their I/O; only when the holder is proven dead',
    })
  if (codes.includes('left-over-watcher-blocks'))
    advice.push({
      what: `restart the target or the initiators for it`,
      why: 'in the incident both were tried: the watcher belongs to neither',
    })
  if (codes.includes('persistent-reservation'))
    advice.push({
      what: 'clear persistent reservations',
      why: 'the key of a living cluster node keeps others from writing; without it data are lost',
    })
  if (codes.includes('snapshot-volume'))
    advice.push({
      what: `resignature ${evidence.names.length > 0 ? code(evidence.names[0]!) : 'the volume'} before it is known why its identity changed`,
      why: 'a new signature cannot be taken back, and machines registered on the old one are lost',
    })
  if (codes.includes('all-paths-down') || codes.includes('permanent-device-loss'))
    advice.push({
      what: 'rescan again and again, or restart hostd',
      why: 'each rescan hangs on the lost device as well',
    })
  return [...advice, ...(nested?.doNot ?? [])]
}

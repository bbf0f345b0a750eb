import { code } from '../shared/text.ts'
import { type Draft, type Known, processLines, rests } from './draft.ts'
import { type Hearing, isFull } from './hearing.ts'
import { isElsewhere } from './identity.ts'
import { dropIn, earLines, feelings, logLine, nameOf, usesOf } from './words.ts'

const NODOWN = 'The flag `nodown` is set: the monitors mark no OSD down, whatever its peers report.'

/** Deaf, or a process that cannot hear for a reason of its own. */
export function hard(evidence: Known, hearing: Hearing): Draft | undefined {
  const { view, map, again, log, health } = evidence
  const name = nameOf(view.osd.id)
  const where = view.host ? ` on ${code(view.host.name)}` : ''
  const seen = [...rests(view), ...(again?.observation ? [again.observation.probe] : [])]
  const base = { verdict: 'confirmed' as const, severity: 'critical' as const, evidence: seen }
  const nodown = map.seen && map.value.flags.includes('nodown')
  // what another one's process does, and logs, is no reason
  const stranger = isElsewhere(view)
  // whoever takes connections there is a process, seen or not
  const closed = hearing.deaf.length > 0 && hearing.deaf.every(({ state }) => state === 'closed')
  if (!view.process.seen && view.process.code === 'absent' && closed) {
    return {
      ...base,
      code: 'process-gone',
      summary: `${name} is up in the OSD map, but there is no such process${where}.`,
      details: [
        ...earLines(hearing),
        nodown
          ? NODOWN
          : 'Its peers report it down as soon as their connections break; then its PGs go on without it.',
      ],
    }
  }
  if (hearing.state !== 'deaf') return undefined
  const osds = map.seen ? map.value.osds.filter(({ up, in: isIn }) => up && isIn).length : 1
  const details = [
    ...feelings(hearing, osds),
    ...earLines(hearing),
    ...processLines(evidence),
    ...(log.seen && !stranger ? [logLine(log.value) ?? ''] : []),
    ...(/descriptor/.test(cause(hearing, evidence)) ? [dropIn(view.osd.id, evidence.init)] : []),
    ...(nodown ? [NODOWN] : []),
    ...(health.seen && health.value.checks.length === 0 ? ['Ceph itself complains about nothing.'] : []),
  ].filter((line) => line !== '')
  const state = view.process.seen && !stranger ? view.process.value.state[0] : undefined
  if (state === 'T' || state === 't') {
    const pid = view.process.seen ? view.process.value.pid : ''
    return {
      ...base,
      code: 'stopped-process',
      summary: `${name} is up, but its process ${pid}${where} is stopped (state ${state}): somebody sent it SIGSTOP or debugs it.`,
      details,
    }
  }
  if (state === 'D') {
    return {
      ...base,
      code: 'stuck-process',
      summary: `${name} is up, but its process${where} hangs in the kernel (state D), most likely on its disk.`,
      details: [
        ...details,
        'A restart does not end a process in state D; look at the kernel log and the disk.',
      ],
    }
  }
  const deaf =
    hearing.deaf.length === hearing.ears.length
      ? 'deaf: nobody can open a new connection to it'
      : `deaf on its ${usesOf(hearing.deaf)} address: nobody can open a new connection there`
  return {
    ...base,
    code: 'deaf-osd',
    summary: `${name}${where} is up, but ${deaf}${cause(hearing, evidence)}.`,
    details,
  }
}

function cause({ deaf }: Hearing, { log, view }: Known): string {
  if (isElsewhere(view)) return ''
  if (deaf.some(({ state }) => state === 'starved')) return ', because it has no free descriptor'
  const failed = log.seen && log.value.failed?.by === 'this process' ? log.value.failed : undefined
  if (failed?.errno === '24') return ', because it ran out of descriptors and gave up listening'
  if (failed?.errno === '23') return ', because the machine ran out of files and it gave up listening'
  return isFull(view) ? ', because it has no free descriptor' : ''
}

import { code } from '../../shared/text.ts'
import type { Line, Passage } from '../../shared/triage.ts'
import { scstEvents } from '../scst-log.ts'
import type { Scene } from './scene.ts'

/** What somebody switched on by hand has to be switched off again. */
export function readSwitches({ lines, host }: Passage, scene: Scene): void {
  const on = new Map<string, Line>()
  for (const line of lines) {
    const [, func, change] = /func (scst_\w+) ([+=-]\w*)/.exec(line.text) ?? []
    if (func === undefined || change === undefined) continue
    scene.tell.saw('dynamic debug of SCST', [line])
    if (/^[+=]\w*p/.test(change)) on.set(func, line)
    else on.delete(func)
  }
  for (const [func, line] of on)
    scene.trouble.push({
      ...{ host, lines: [line], code: 'trace-on', severity: 'info', device: undefined },
      summary: `The trace of ${code(func)} is switched on; \`func ${func} =\` switches it off again.`,
    })
}

/** A line that fills a terminal and goes on without a time stamp was broken there, inside of a word. */
function unbroken(lines: readonly Line[]): Line[] {
  const whole: Line[] = []
  for (const [at, line] of lines.entries()) {
    const before = lines[at - 1]
    const broken =
      before &&
      [80, 100, 120, 132, 160].includes(before.text.length) &&
      !/^\s*(?:<\d+>)?(?:\[|[A-Z][a-z]{2} +\d|\d{4}-)/.test(line.text)
    const last = whole.at(-1)
    if (broken && last) whole[whole.length - 1] = { ...last, text: last.text + line.text }
    else whole.push(line)
  }
  return whole
}

/** Debug lines of a trace, and conflicts; both name sessions or initiators. */
export function readScstKernel({ lines, host }: Passage, scene: Scene): void {
  const own = lines.filter(({ text }) => /scst|Reservation conflict \(dev/.test(text))
  if (own.length === 0) return
  const whole = unbroken(lines)
  const events = scstEvents(whole.map(({ text }) => text).join('\n'))
  for (const event of events) {
    const line = whole[event.line - 1]!
    if (event.kind === 'conflict') {
      scene.conflicts.push({ device: event.device, refused: event.refused, by: 'scst', host, lines: [line] })
      scene.tell.fact('reservations', { device: event.device, refused: event.refused })
    } else
      scene.tell.fact('reservations', {
        event: event.kind,
        oldHolder: event.before,
        ...(event.kind === 'reserved' && { newHolder: event.holder }),
      })
  }
  if (events.length > 0)
    scene.tell.saw(
      'SCST kernel log',
      events.map(({ line }) => whole[line - 1]!),
    )
  for (const line of own) {
    const tm = /(?:TM fn|Task Mgmt fn|task mgmt) (\w+)/i.exec(line.text)
    if (tm)
      scene.trouble.push({
        host,
        lines: [line],
        code: 'task-management',
        severity: 'warning',
        device: undefined,
        summary: `An initiator gave up on commands to this target (${tm[1]}).`,
      })
  }
}

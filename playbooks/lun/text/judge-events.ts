import type { EventKind } from '../../shared/esxi/events.ts'
import { lunName } from '../../shared/scsi/lun-name.ts'
import { code } from '../../shared/text.ts'
import { isSlow, millis } from '../words.ts'
import { datastoreCheck, followUp } from './next.ts'
import type { Scene } from './scene.ts'

type Event = Scene['events'][number]
type Say = {
  code: string
  severity: 'ok' | 'info' | 'warning' | 'critical'
  summary: string
  details?: string[]
}

/** Later messages that take earlier ones back. */
const ENDS: Partial<Record<EventKind, EventKind>> = {
  'apd-start': 'apd-end',
  'apd-timeout': 'apd-end',
  'latency-up': 'latency-down',
  'access-lost': 'access-restored',
  'path-dead': 'path-up',
}

/** One finding for each kind of trouble of each device; what the log itself takes back is told as past. */
export function judgeEvents(scene: Scene): void {
  const groups = new Map<string, Event[]>()
  for (const event of scene.events) {
    const kind = event.failure ? `failed ${event.failure.meaning}` : event.kind
    const key = `${kind} ${subjectOf(event)}`
    const group = groups.get(key)
    if (group) group.push(event)
    else groups.set(key, [event])
  }
  for (const events of groups.values()) {
    const last = events.at(-1)!
    const end = ENDS[last.kind]
    const over =
      end !== undefined &&
      scene.events
        .slice(scene.events.lastIndexOf(last))
        .some((each) => each.kind === end && subjectOf(each) === subjectOf(last))
    const say = meaningOf(last, events.length)
    if (!say) continue
    scene.tell.find({
      ...say,
      ...(over && { severity: 'info' as const, summary: `${say.summary} A later line takes it back.` }),
      verdict: say.severity === 'ok' ? 'ruled-out' : 'confirmed',
      lines: events.flatMap(({ lines }) => lines),
    })
    if (over || say.severity === 'ok' || say.severity === 'info') continue
    const device = last.device === undefined ? undefined : lunName(last.device)
    followUp(scene, device, last.host)
    if (device === undefined && last.volume?.name !== undefined)
      scene.tell.next(datastoreCheck(last.volume.name), 'See which LUN it lies on')
  }
}

const subjectOf = ({ device, path, volume }: Event) => device ?? volume?.name ?? volume?.uuid ?? path ?? ''

function meaningOf(event: Event, count: number): Say | undefined {
  const name = subjectOf(event)
  const on = name === '' ? 'a device' : code(name)
  const times = count > 1 ? ` (${count} messages)` : ''
  const { failure, latency } = event
  switch (event.kind) {
    case 'command-failed':
      return failure && failed(failure, on, times)
    case 'read-failed':
      return { code: 'device-io-error', severity: 'warning', summary: `ESXi could not read ${on}${times}.` }
    case 'volume-unreadable':
      return {
        code: 'volume-unreadable',
        severity: 'warning',
        summary: `ESXi could not open the volume on ${on}${times}.`,
      }
    case 'reserve-failed':
      return {
        code: 'reserve-failed',
        severity: 'warning',
        summary: `ESXi could not reserve ${name === '' ? 'a volume' : on}${times}.`,
      }
    case 'apd-start':
      return {
        code: 'all-paths-down',
        severity: 'critical',
        summary: `All paths to ${on} went down (APD)${times}.`,
      }
    case 'apd-timeout':
      return {
        code: 'all-paths-down',
        severity: 'critical',
        summary: `All paths to ${on} stayed down: ESXi fails I/O at once (APD timeout).`,
      }
    case 'pdl':
      return {
        code: 'permanent-device-loss',
        severity: 'critical',
        summary: `The target says that ${on} is gone for good (PDL)${times}.`,
      }
    case 'ats-miscompare':
      return {
        code: 'ats-miscompare',
        severity: 'warning',
        summary: `ESXi's heartbeat on ${on} met another value than it wrote (ATS miscompare)${times}.`,
      }
    case 'latency-up':
      return {
        code: 'slow',
        severity: isSlow(latency) ? 'warning' : 'info',
        summary: `${on} became ${isSlow(latency) ? 'slow' : 'slower than usual, and is still fast'}${latency ? `: ${millis(latency.to)} instead of ${millis(latency.from)}` : ''}.`,
      }
    case 'snapshot':
      return {
        code: 'snapshot-volume',
        severity: 'warning',
        summary: `ESXi takes ${on} for a copy of another LUN, and does not mount it.`,
      }
    case 'path-dead':
      return { code: 'path-lost', severity: 'warning', summary: `A path to ${on} went down${times}.` }
    case 'in-doubt':
      return {
        code: 'in-doubt',
        severity: 'warning',
        summary: `ESXi doubts whether ${on} is there, and looks at its paths again${times}.`,
      }
    case 'access-lost':
      return { code: 'access-lost', severity: 'critical', summary: `ESXi lost access to ${on}${times}.` }
    case 'out-of-space':
      return { code: 'array-full', severity: 'critical', summary: `The storage behind ${on} is full.` }
    default:
      return { code: event.kind, severity: 'info', summary: `${on}: ${event.kind.replaceAll('-', ' ')}.` }
  }
}

function failed({ meaning, words, command }: NonNullable<Event['failure']>, on: string, times: string): Say {
  const what = command === undefined ? 'A command' : `Command ${command}`
  const say = (code_: string, severity: Say['severity'], rest: string, ...details: string[]): Say => ({
    code: code_,
    severity,
    summary: `${what} to ${on} ${rest}${times}.`,
    details,
  })
  switch (meaning) {
    case 'reservation-conflict':
      return say(
        'reservation-conflict',
        'warning',
        'was refused: reservation conflict',
        'The line names who was refused (this host), not who holds the reservation.',
      )
    case 'array-full':
      return say('array-full', 'critical', `was refused because the storage is full (${words})`)
    case 'not-there':
      return say('permanent-device-loss', 'critical', `was refused: ${words} (PDL)`)
    case 'ats-miscompare':
      return say('ats-miscompare', 'warning', `met another value than expected (${words})`)
    case 'medium-error':
      return say('medium-error', 'critical', `met a medium error (${words})`)
    case 'no-answer':
      return say(
        'commands-time-out',
        'warning',
        'was not answered (H:0x3, time-out)',
        'Slow is not reserved: a reservation conflict is D:0x18.',
      )
    case 'aborted':
      return say('commands-time-out', 'warning', `was aborted (${words})`)
    case 'no-connection':
      return say('path-lost', 'warning', 'found no connection (H:0x1)')
    case 'busy':
      return say('target-busy', 'warning', `was turned away: ${words}`)
    case 'not-ready':
      return say('not-ready', 'warning', `: ${words}`)
    case 'reservation-lost':
      return say('reservation-lost', 'warning', `: ${words}`)
    case 'snapshot':
      return say('snapshot-volume', 'warning', 'was stopped: ESXi takes it for a copy')
    case 'not-supported':
      return say(
        'not-supported',
        'info',
        `was not understood (${words}): targets refuse what they do not know; no fault`,
      )
    case 'reset':
      return say('reset', 'info', `: ${words}`)
    default:
      return say('command-failed', 'info', `failed: ${words}`)
  }
}

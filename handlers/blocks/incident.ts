import type { KnownBlock } from '@slack/types'
import { duration, type Incident, nameOf, stateOf } from '../alerts/incident.ts'
import { button, context, escaped, type Message, message, section, timeOfDay } from './message.ts'

const ALERTS_SHOWN = 10

/** The first message of an incident: what fires, since when; or how long it lasted. Edited in place. */
export function incidentMessage(incident: Incident, id: string, now: number): Message {
  const alerts = Object.values(incident.alerts)
  const firing = alerts.filter(({ status }) => status === 'firing')
  const resolved = stateOf(incident) === 'resolved'
  const blocks: KnownBlock[] = []
  const length = duration((incident.endedAt ?? now) - incident.startedAt)
  const state = resolved ? `*Resolved* after ${length}:` : '*Alert:*'
  blocks.push(section(`${state} *${escaped(incident.title)}*`))
  if (!resolved) {
    const shown = firing
      .slice(0, ALERTS_SHOWN)
      .map((alert) => `• ${escaped(nameOf(alert))}, since ${timeOfDay(alert.startsAt)}`)
    const more = firing.length - shown.length + incident.leftOut
    blocks.push(section([...shown, ...(more > 0 ? [`… and ${more} more`] : [])].join('\n')))
  }
  const flaps =
    incident.flaps === 0 ? '' : ` · fired again ${incident.flaps} time${incident.flaps === 1 ? '' : 's'}`
  const muted =
    incident.mutedUntil !== undefined && incident.mutedUntil > now
      ? ` · muted until ${timeOfDay(incident.mutedUntil)}`
      : ''
  blocks.push(
    context(
      `${escaped(incident.source)} · ${firing.length} of ${alerts.length} firing · began ${timeOfDay(incident.startedAt)}${flaps}${muted}`,
    ),
  )
  if (!resolved && muted === '')
    blocks.push({ type: 'actions', elements: [button({ label: 'Mute 1 h', action: 'mute', value: id })] })
  return message(blocks)
}

/** The thread's running account of an incident; one message, edited in place. */
export function incidentLines(incident: Incident): Message {
  const lines = incident.lines.map(({ at, text }) => `${timeOfDay(at, '{time_secs}')} ${escaped(text)}`)
  return message([section(lines.join('\n') || 'Nothing has happened yet.')])
}

/** One message for many incidents that came at once. */
export function digestMessage(incidents: readonly Incident[]): Message {
  const firing = incidents.filter((incident) => stateOf(incident) === 'firing')
  const shown = incidents
    .slice(0, 30)
    .map((incident) => `• ${stateOf(incident) === 'firing' ? '' : 'resolved: '}${escaped(incident.title)}`)
  const more = incidents.length - shown.length
  return message([
    section(`*${incidents.length} more alerts came at once*, ${firing.length} of them still firing.`),
    section([...shown, ...(more > 0 ? [`… and ${more} more`] : [])].join('\n')),
  ])
}

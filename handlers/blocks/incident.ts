import type { KnownBlock } from '@slack/types'
import type { CheckRequest } from '../../jobs/contracts.ts'
import { countOf, duration, type Incident, isMuted, nameOf, stateOf } from '../alerts/incident.ts'
import {
  button,
  context,
  cut,
  escaped,
  fitting,
  listed,
  type Message,
  message,
  section,
  timeOfDay,
} from './message.ts'

const ALERTS_SHOWN = 10
/** Below Slack's 3000 for a section. */
const SECTION_CHARACTERS = 2800
/** Titles of a digest and its pages; they all have to fit into one message. */
const TITLE_CHARACTERS = 100
/** How many incidents one message of a digest's thread lists. */
export const DIGEST_PAGE = 30

/** The first message of an incident: what fires, since when; or how long it lasted. Edited in place. */
export function incidentMessage(incident: Incident, id: string, now: number): Message {
  const firing = Object.values(incident.alerts).filter(({ status }) => status === 'firing')
  const resolved = stateOf(incident) === 'resolved'
  const muted = isMuted(incident, now)
  const blocks: KnownBlock[] = []
  // of alerts that the sender left out nobody knows whether they fire
  const over = incident.leftOut === 0 ? '*Resolved*' : '*Resolved, as far as it was sent,*'
  const state = resolved ? `${over} after ${lengthOf(incident, now)}:` : '*Alert:*'
  blocks.push(section(`${state} *${escaped(incident.title)}*`))
  if (!resolved) {
    const lines = firing
      .slice(0, ALERTS_SHOWN)
      .map((alert) => `• ${escaped(nameOf(alert, incident.title))}, since ${timeOfDay(alert.startsAt)}`)
    blocks.push(section(listed(lines, SECTION_CHARACTERS, { total: firing.length + incident.leftOut })))
  }
  blocks.push(context(circumstances(incident, now)))
  if (!resolved && !muted)
    blocks.push({ type: 'actions', elements: [button({ label: 'Mute 1 h', action: 'mute', value: id })] })
  return message(blocks)
}

function circumstances(incident: Incident, now: number): string {
  const { source, flaps, leftOut, startedAt, mutedUntil } = incident
  const { firing, all } = countOf(incident)
  return [
    escaped(source),
    `${firing} of ${all} firing`,
    ...(leftOut === 0 ? [] : [`${leftOut} more left out by the sender`]),
    `began ${dayAndTime(startedAt)}`,
    ...(flaps === 0 ? [] : [`fired again ${flaps} time${flaps === 1 ? '' : 's'}`]),
    ...(isMuted(incident, now) ? [`muted until ${timeOfDay(mutedUntil ?? now)}`] : []),
  ].join(' · ')
}

/** The thread's running account of an incident, the last words in it; one message, edited in place. */
export function incidentLines(incident: Incident): Message {
  const lines = incident.lines.map(({ at, text }) => `${timeOfDay(at, '{time_secs}')} ${escaped(text)}`)
  const last = fitting(lines.reverse(), SECTION_CHARACTERS).reverse()
  return message([section(last.join('\n') || 'Nothing has happened yet.')])
}

/** One message for many incidents that came at once: how many, and the first of them. Its thread has them all. */
export function digestMessage(incidents: readonly Incident[]): Message {
  const firing = incidents.filter((incident) => stateOf(incident) === 'firing').length
  const alerts = incidents.reduce((sum, incident) => sum + countOf(incident).all, 0)
  const still = firing === 0 ? 'all of them are over' : `${firing} of them still firing`
  const lines = incidents.slice(0, ALERTS_SHOWN).map(digestLine)
  return message([
    section(
      `*${incidents.length} more incident${incidents.length === 1 ? '' : 's'} came at once*, ${still}.`,
    ),
    section(listed(lines, SECTION_CHARACTERS, { total: incidents.length })),
    context(
      `${alerts} alert${alerts === 1 ? '' : 's'} in all · ${incidents.length > ALERTS_SHOWN ? 'every incident is in the thread' : 'more that come now are added here'}`,
    ),
  ])
}

/** A part of a digest's incidents, for its thread; edited in place. */
export function digestPage(incidents: readonly Incident[]): Message {
  const lines = incidents.map(digestLine)
  const sections: string[][] = []
  let rest = lines
  while (rest.length > 0) {
    const some = fitting(rest, SECTION_CHARACTERS)
    sections.push(some)
    rest = rest.slice(some.length)
  }
  return message(sections.map((some) => section(some.join('\n'))))
}

function digestLine(incident: Incident): string {
  const { firing, all } = countOf(incident)
  const title = cut(escaped(incident.title.slice(0, TITLE_CHARACTERS)), 130)
  if (stateOf(incident) === 'resolved')
    return `• ${title}: resolved after ${lengthOf(incident, 0)} (${firing} of ${all} firing)`
  return `• ${title}: ${firing} of ${all} firing, since ${timeOfDay(incident.startedAt)}`
}

function lengthOf({ startedAt, endedAt }: Incident, now: number): string {
  return duration((endedAt ?? now) - startedAt)
}

/** Open incidents for `/unwedge status`: what, since when, muted until, and where its thread is. */
export function openIncidents(
  incidents: readonly { incident: Incident; link?: string }[],
  more: number,
  now: number,
): KnownBlock {
  const lines = incidents.map(({ incident, link }) => {
    const { firing, all } = countOf(incident)
    const muted = isMuted(incident, now) ? `, muted until ${timeOfDay(incident.mutedUntil ?? now)}` : ''
    return `• ${linked(incident.title, link)}: ${firing} of ${all} firing, since ${dayAndTime(incident.startedAt)}${muted} · <#${incident.channel}>`
  })
  const list = listed(lines, SECTION_CHARACTERS, { total: lines.length + more })
  return section(`*Alerts*\n${list === '' ? 'none is open' : list}`)
}

/** The last checks for `/unwedge status`: what they said, and where. */
export function lastChecks(
  checks: readonly { request: CheckRequest; said: string; link?: string }[],
): KnownBlock {
  const lines = checks.map(
    ({ request, said, link }) =>
      `• ${linked(said, link)} · *${escaped(request.cluster)}*, ${dayAndTime(request.requestedAt)}`,
  )
  return section(`*Last checks*\n${fitting(lines, SECTION_CHARACTERS).join('\n') || 'none yet'}`)
}

/** Text from outside as a link: a bar would end the address, a line break the link. */
function linked(text: string, link: string | undefined): string {
  const words = cut(escaped(text.slice(0, 200).replace(/[|\s]+/g, ' ')), 300)
  return link === undefined ? words : `<${link}|${words}>`
}

/** A day and a time as each reader's own clock shows it. */
function dayAndTime(ms: number): string {
  const utc = new Date(ms).toISOString().slice(0, 16).replace('T', ' ')
  return `<!date^${Math.floor(ms / 1000)}^{date_short_pretty} {time}|${utc} UTC>`
}

import { z } from 'zod'
import { Alert, type AlertUpdate } from './update.ts'

/** One incident as it stands: what its thread shows. Times are ms since the epoch. */
export const Incident = z.object({
  source: z.string(),
  incident: z.string(),
  title: z.string(),
  url: z.string().optional(),
  channel: z.string(),
  /** tells this incident from an earlier one of the same name */
  round: z.number(),
  /** by alert id */
  alerts: z.record(z.string(), Alert),
  /** alerts that ended and are not kept any more, because there are very many */
  past: z.number(),
  leftOut: z.number(),
  /** when its first alert began, and when the last one ended */
  startedAt: z.number(),
  endedAt: z.number().optional(),
  /** how often it fired again after it had been resolved */
  flaps: z.number(),
  /** what happened, for the thread; only the last ones are kept */
  lines: z.array(z.object({ at: z.number(), text: z.string() })),
  mutedUntil: z.number().optional(),
})
export type Incident = z.infer<typeof Incident>

const LINES_KEPT = 20
/** More alerts than this that have ended are only counted. */
const ENDED_KEPT = 500
/** An incident that is over for this long is another one when it comes back. */
const OVER_MS = 24 * 3_600_000

/** `firing` while any alert of it is. */
export function stateOf(incident: Incident): 'firing' | 'resolved' {
  return Object.values(incident.alerts).some(({ status }) => status === 'firing') ? 'firing' : 'resolved'
}

/**
 * An incident after a delivery. The same delivery again, or an older one that comes late, changes nothing: an alert
 * that began again later counts as new, one that has ended does not come back with its old beginning. What fires again
 * a day after everything was over is a new incident.
 */
export function withUpdate(
  known: Incident | undefined,
  update: AlertUpdate,
  channel: string,
  now: number,
): { incident: Incident; changed: boolean; began: boolean } {
  const dated = update.alerts.map((alert) => withBeginning(alertOf(known, alert.id), alert))
  const news = dated.filter((alert) => isNews(alertOf(known, alert.id), alert))
  if (known && news.length === 0 && update.leftOut === known.leftOut)
    return { incident: known, changed: false, began: false }
  const before = known && isOver(known, now) ? undefined : known
  const startedAt = news.reduce((first, { startsAt }) => Math.min(first, startsAt), before?.startedAt ?? now)
  const base: Incident = before ?? {
    source: update.source,
    incident: update.incident,
    title: update.title,
    channel,
    round: now,
    alerts: {},
    past: 0,
    leftOut: 0,
    startedAt,
    flaps: 0,
    lines: [],
  }
  const all = { ...base.alerts, ...Object.fromEntries(news.map((alert) => [alert.id, alert])) }
  const { alerts, dropped } = bounded(all)
  const { endedAt: _, ...open } = base
  const next: Incident = {
    ...open,
    alerts,
    past: base.past + dropped,
    title: update.title,
    ...(update.url && { url: update.url }),
    leftOut: update.leftOut,
    startedAt,
  }
  const [was, is] = [before && stateOf(before), stateOf(next)]
  const flaps = base.flaps + (was === 'resolved' && is === 'firing' ? 1 : 0)
  const ended = is === 'resolved' ? { endedAt: lastEnd(Object.values(all)) } : {}
  const lines = [...base.lines, ...linesFor(base, news, update.title, now)].slice(-LINES_KEPT)
  return { incident: { ...next, ...ended, flaps, lines }, changed: true, began: before === undefined }
}

/** Ids come from outside: one that every object has (`constructor`) is none of ours. */
function alertOf(incident: Incident | undefined, id: string): Alert | undefined {
  return incident && Object.hasOwn(incident.alerts, id) ? incident.alerts[id] : undefined
}

function isOver({ endedAt }: Incident, now: number): boolean {
  return endedAt !== undefined && now - endedAt > OVER_MS
}

function lastEnd(alerts: Alert[]): number {
  return alerts.reduce((last, { endsAt, startsAt }) => Math.max(last, endsAt ?? startsAt), 0)
}

/** Without a beginning of its own, an alert is the one that fires already, or ends it; else it begins now. */
function withBeginning(known: Alert | undefined, alert: Alert): Alert {
  if (!alert.undated || !known) return alert
  const goesOn = known.status === 'firing' || alert.status === 'resolved'
  return goesOn ? { ...alert, startsAt: known.startsAt } : alert
}

function isNews(known: Alert | undefined, alert: Alert): boolean {
  if (!known) return true
  if (known.saidAt !== undefined && alert.saidAt !== undefined) return alert.saidAt > known.saidAt
  if (alert.startsAt !== known.startsAt) return alert.startsAt > known.startsAt
  return known.status === 'firing' && alert.status === 'resolved'
}

/** All that fire, and of those that ended the last ones. */
function bounded(all: Record<string, Alert>): { alerts: Record<string, Alert>; dropped: number } {
  const ended = Object.values(all).filter(({ status }) => status === 'resolved')
  const dropped = ended.sort((a, b) => (b.endsAt ?? b.startsAt) - (a.endsAt ?? a.startsAt)).slice(ENDED_KEPT)
  if (dropped.length === 0) return { alerts: all, dropped: 0 }
  const gone = new Set(dropped.map(({ id }) => id))
  const kept = Object.entries(all).filter(([id]) => !gone.has(id))
  return { alerts: Object.fromEntries(kept), dropped: dropped.length }
}

/** How many alerts an incident has had, and how many of them fire. */
export function countOf(incident: Incident): { firing: number; all: number } {
  const alerts = Object.values(incident.alerts)
  const firing = alerts.filter(({ status }) => status === 'firing').length
  return { firing, all: alerts.length + incident.past }
}

export function isMuted({ mutedUntil }: Incident, now: number): boolean {
  return mutedUntil !== undefined && mutedUntil > now
}

function linesFor(base: Incident, news: Alert[], title: string, now: number): Incident['lines'] {
  return news.flatMap((alert) => {
    const known = alertOf(base, alert.id)
    // the source said it once more, in other words
    if (known?.status === alert.status && known.startsAt === alert.startsAt) return []
    const name = nameOf(alert, title)
    if (alert.status === 'resolved')
      return { at: now, text: `${name} resolved after ${duration((alert.endsAt ?? now) - alert.startsAt)}` }
    return { at: now, text: known ? `${name} fires again` : `${name} fires` }
  })
}

/** What tells one alert of a group from the others, in a few words; `title`: of its incident. */
export function nameOf({ labels, annotations }: Alert, title: string): string {
  const words = [annotations.summary, labels.instance, labels.alertname].map((each) => each?.trim())
  // on one line, whatever was written into it
  return (words.find(Boolean) ?? title).replace(/\s+/g, ' ').slice(0, 150)
}

/** `4 s`, `12 min`, `3 h 5 min`, `2 d 4 h`. */
export function duration(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000))
  if (s < 60) return `${s} s`
  const min = Math.round(s / 60)
  if (min < 60) return `${min} min`
  const h = Math.floor(min / 60)
  if (h < 24) return min % 60 === 0 ? `${h} h` : `${h} h ${min % 60} min`
  return h % 24 === 0 ? `${h / 24} d` : `${Math.floor(h / 24)} d ${h % 24} h`
}

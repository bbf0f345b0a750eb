import { z } from 'zod'
import { Alert, type AlertUpdate } from './sources.ts'

/** One incident as it stands: what its thread shows. Times are ms since the epoch. */
export const Incident = z.object({
  source: z.string(),
  incident: z.string(),
  title: z.string(),
  url: z.string().optional(),
  channel: z.string(),
  /** by alert id */
  alerts: z.record(z.string(), Alert),
  leftOut: z.number(),
  /** when its first alert began, and when the last one ended */
  startedAt: z.number(),
  endedAt: z.number().optional(),
  /** how often it fired again after it had been resolved */
  flaps: z.number(),
  /** what happened, for the thread; only the last ones are kept */
  lines: z.array(z.object({ at: z.number(), text: z.string() })),
  mutedUntil: z.number().optional(),
  /** checks that were started by themselves: rule → when */
  checked: z.record(z.string(), z.number()),
})
export type Incident = z.infer<typeof Incident>

const LINES_KEPT = 20

/** `firing` while any alert of it is. */
export function stateOf(incident: Incident): 'firing' | 'resolved' {
  return Object.values(incident.alerts).some(({ status }) => status === 'firing') ? 'firing' : 'resolved'
}

/**
 * An incident after a delivery. The same delivery again, or an older one that comes late, changes nothing: an alert
 * that began again later counts as new, one that has ended does not come back with its old beginning.
 */
export function withUpdate(
  before: Incident | undefined,
  update: AlertUpdate,
  channel: string,
  now: number,
): { incident: Incident; changed: boolean } {
  const base: Incident = before ?? {
    source: update.source,
    incident: update.incident,
    title: update.title,
    channel,
    alerts: {},
    leftOut: 0,
    startedAt: Math.min(...update.alerts.map(({ startsAt }) => startsAt)),
    flaps: 0,
    lines: [],
    checked: {},
  }
  const news = update.alerts.filter((alert) => isNews(base.alerts[alert.id], alert))
  if (before && news.length === 0 && update.leftOut === before.leftOut)
    return { incident: before, changed: false }
  const alerts = { ...base.alerts, ...Object.fromEntries(news.map((alert) => [alert.id, alert])) }
  const next: Incident = {
    ...base,
    alerts,
    title: update.title,
    ...(update.url && { url: update.url }),
    leftOut: update.leftOut,
  }
  const [was, is] = [before && stateOf(before), stateOf(next)]
  const flaps = base.flaps + (was === 'resolved' && is === 'firing' ? 1 : 0)
  const { endedAt: _, ...open } = next
  const ended =
    is === 'resolved'
      ? { endedAt: Math.max(...Object.values(alerts).map(({ endsAt, startsAt }) => endsAt ?? startsAt)) }
      : {}
  const lines = [...base.lines, ...linesFor(base, news, now)].slice(-LINES_KEPT)
  return { incident: { ...open, ...ended, flaps, lines }, changed: true }
}

function isNews(known: Alert | undefined, alert: Alert): boolean {
  if (!known) return true
  if (alert.startsAt !== known.startsAt) return alert.startsAt > known.startsAt
  return known.status === 'firing' && alert.status === 'resolved'
}

function linesFor(base: Incident, news: Alert[], now: number): Incident['lines'] {
  return news.map((alert) => {
    const known = base.alerts[alert.id]
    const name = nameOf(alert)
    if (alert.status === 'resolved')
      return { at: now, text: `${name} resolved after ${duration((alert.endsAt ?? now) - alert.startsAt)}` }
    return { at: now, text: known ? `${name} fires again` : `${name} fires` }
  })
}

/** What tells one alert of a group from the others, in a few words. */
export function nameOf({ labels, annotations }: Alert): string {
  const name = annotations.summary ?? labels.instance ?? labels.alertname ?? labels.title ?? 'alert'
  return name.slice(0, 150)
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

import { z } from 'zod'
import { BadAlert, fitting, line, Time } from './fields.ts'
import type { AlertUpdate } from './update.ts'

/** PagerDuty's webhook, version 3: https://developer.pagerduty.com/docs/webhooks-overview */
const PagerDuty = z.object({
  event: z.object({
    event_type: z.string(),
    occurred_at: Time,
    // pings and notes have less
    data: z.object({
      id: z.string().min(1).nullish(),
      type: z.string(),
      title: z.string().nullish(),
      status: z.enum(['triggered', 'acknowledged', 'resolved']).optional(),
      html_url: z.string().nullish(),
      urgency: z.string().nullish(),
      created_at: Time.nullish(),
      resolve_reason: z
        .object({
          type: z.string().nullish(),
          incident: z.object({ id: z.string().nullish(), summary: z.string().nullish() }).nullish(),
        })
        .nullish(),
      service: z.object({ summary: z.string().nullish() }).nullish(),
    }),
  }),
})

/** Their signature never runs out, and what came of an event is remembered only so long: an older one is a replay. */
const OLDEST_MS = 29 * 86_400_000

/** Undefined for what is about no incident: pings, notes. Throws BadAlert. */
export function fromPagerDuty(source: string, received: unknown, now: number): AlertUpdate | undefined {
  const { event } = fitting(PagerDuty, received)
  if (now - event.occurred_at > OLDEST_MS)
    throw new BadAlert('event.occurred_at: more than four weeks ago, and that is no news')
  const { id, status } = event.data
  if (!event.event_type.startsWith('incident.') || event.data.type !== 'incident' || !id || !status)
    return undefined
  const { title, html_url: url, urgency, service, created_at: created } = event.data
  return {
    source,
    incident: id,
    title: `${line(title ?? '').slice(0, 180) || `Incident ${id}`}${mergedInto(event.data.resolve_reason)}`,
    ...(url && { url: url.slice(0, 1000) }),
    leftOut: 0,
    alerts: [
      {
        id,
        status: status === 'resolved' ? 'resolved' : 'firing',
        startsAt: created ?? event.occurred_at,
        ...(status === 'resolved' && { endsAt: event.occurred_at }),
        saidAt: event.occurred_at,
        labels: {
          ...(urgency && { urgency }),
          ...(service?.summary && { service: service.summary }),
          title: (title ?? '').slice(0, 2000),
        },
        annotations: {},
      },
    ],
  }
}

type Reason = z.infer<typeof PagerDuty>['event']['data']['resolve_reason']

/** What was merged is resolved there, and goes on elsewhere. */
function mergedInto(reason: Reason): string {
  if (reason?.type !== 'merge_resolve_reason') return ''
  const other = reason.incident?.summary || reason.incident?.id || 'another incident'
  return ` (merged into ${line(other).slice(0, 80)})`
}

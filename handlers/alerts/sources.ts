import { z } from 'zod'
import { fromAlertmanager } from './alertmanager.ts'
import { fitting, identity, Labels, line, Time } from './fields.ts'
import { fromPagerDuty } from './pagerduty.ts'
import type { AlertUpdate } from './update.ts'

/** What a sender speaks. */
export type SourceKind = 'alertmanager' | 'pagerduty' | 'generic'

/** Our own form, for everything else; documented in docs/alerts.md. */
const Generic = z.strictObject({
  incident: z.string().min(1),
  status: z.enum(['firing', 'resolved']),
  title: z.string().min(1),
  url: z.string().optional(),
  labels: Labels.default({}),
  annotations: Labels.default({}),
  startsAt: Time.optional(),
  endsAt: Time.optional(),
})

/**
 * A parsed JSON body → what it says; undefined when it says nothing about an incident (PagerDuty's pings and notes,
 * a group without alerts). `now` stands in for times that a source leaves out. Throws BadAlert.
 */
export function readDelivery(
  kind: SourceKind,
  source: string,
  body: unknown,
  now: number,
): AlertUpdate | undefined {
  if (kind === 'alertmanager') return fromAlertmanager(source, body, now)
  if (kind === 'pagerduty') return fromPagerDuty(source, body, now)
  return fromGeneric(source, body, now)
}

function fromGeneric(source: string, received: unknown, now: number): AlertUpdate {
  const body = fitting(Generic, received)
  const startsAt = body.startsAt ?? body.endsAt ?? now
  return {
    source,
    incident: identity(body.incident, 2000),
    title: line(body.title) || 'Alert',
    ...(body.url && { url: body.url.slice(0, 1000) }),
    leftOut: 0,
    alerts: [
      {
        id: identity(body.incident, 200),
        status: body.status,
        startsAt,
        ...(body.status === 'resolved' && { endsAt: body.endsAt ?? now }),
        ...(body.startsAt === undefined && { undated: true as const }),
        labels: body.labels,
        annotations: body.annotations,
      },
    ],
  }
}

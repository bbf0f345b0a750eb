import { createHash } from 'node:crypto'
import { z } from 'zod'

/** One alert of an incident, whoever sent it. Times are ms since the epoch. */
export const Alert = z.object({
  /** the same for the same alert, however often it is sent */
  id: z.string().max(200),
  status: z.enum(['firing', 'resolved']),
  startsAt: z.number(),
  /** only of a resolved one */
  endsAt: z.number().optional(),
  /** when the source said so; of two with the same beginning the later word counts */
  saidAt: z.number().optional(),
  /** the source named no beginning: `startsAt` is when we heard of it, unless more is known */
  undated: z.literal(true).optional(),
  labels: z.record(z.string(), z.string()),
  annotations: z.record(z.string(), z.string()),
})
export type Alert = z.infer<typeof Alert>

/** What one delivery says about one incident; an incident is one thread. */
export const AlertUpdate = z.object({
  /** name of the configured source */
  source: z.string(),
  /** the source's own identity of the incident: group key, incident id */
  incident: z.string().max(2000),
  title: z.string().max(300),
  url: z.string().max(1000).optional(),
  alerts: z.array(Alert).min(1),
  /** alerts that the sender left out of this delivery */
  leftOut: z.number(),
})
export type AlertUpdate = z.infer<typeof AlertUpdate>

/** A delivery that does not fit: says which field and what was expected. Its sender gets a 400, so that it does not repeat it. */
export class BadAlert extends Error {
  readonly code = 'bad-alert'
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'BadAlert'
  }
}

/** What a sender speaks. */
export type SourceKind = 'alertmanager' | 'pagerduty' | 'generic'

// more labels than this in one alert are an accident, and Slack could not show them
const Labels = z
  .record(
    z.string().max(200),
    z.coerce.string().transform((text) => text.slice(0, 2000)),
  )
  .transform((all) => Object.fromEntries(Object.entries(all).slice(0, 64)))
/** Senders in other languages write `null` for what they have none of. */
const SomeLabels = Labels.nullish().transform((all) => all ?? {})
const Time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))

/**
 * Alertmanager's webhook, version 4. Grafana sends the same, calls it version 1 and adds its organisation:
 * https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/
 * `status` of the group is not used: alerts carry their own.
 */
const Alertmanager = z
  .object({
    version: z.enum(['4', '1'], 'version 4 of the webhook'),
    orgId: z.number().optional(),
    groupKey: z.string().min(1),
    truncatedAlerts: z.number().nullish(),
    groupLabels: SomeLabels,
    commonLabels: SomeLabels,
    alerts: z.array(
      z.object({
        status: z.enum(['firing', 'resolved']),
        labels: SomeLabels,
        annotations: SomeLabels,
        startsAt: Time,
        endsAt: Time.nullish(),
        fingerprint: z.string().nullish(),
        generatorURL: z.string().nullish(),
      }),
    ),
  })
  .refine(({ version, orgId }) => version === '4' || orgId !== undefined, {
    path: ['version'],
    message: 'version 4 of the webhook',
  })

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
  if (kind === 'alertmanager') return fromAlertmanager(source, fitting(Alertmanager, body), now)
  if (kind === 'pagerduty') return fromPagerDuty(source, fitting(PagerDuty, body), now)
  return fromGeneric(source, fitting(Generic, body), now)
}

function fitting<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new BadAlert(`${issue?.path.join('.') || 'body'}: ${issue?.message ?? 'does not fit'}`)
}

function fromAlertmanager(
  source: string,
  body: z.infer<typeof Alertmanager>,
  now: number,
): AlertUpdate | undefined {
  if (body.alerts.length === 0) return undefined
  const { alertname, ...rest } = { ...body.commonLabels, ...body.groupLabels }
  const name = alertname || body.alerts[0]?.labels.alertname || 'Alert'
  const grouped = Object.entries(rest).filter(([key]) => key in body.groupLabels)
  const where = grouped.map(([key, value]) => `${key}=${value}`).join(' ')
  return {
    source,
    incident: identity(body.groupKey, 2000),
    title: line(`${name}${where === '' ? '' : ` (${where})`}`),
    ...(body.alerts[0]?.generatorURL && { url: body.alerts[0].generatorURL.slice(0, 1000) }),
    leftOut: body.truncatedAlerts ?? 0,
    alerts: body.alerts.map(({ fingerprint, status, startsAt, endsAt, labels, annotations }) => ({
      id: identity(fingerprint || JSON.stringify(Object.entries(labels).sort()), 200),
      status,
      // a time of Go that was not set is the year 1
      ...(startsAt > 0 ? { startsAt } : { startsAt: now, undated: true as const }),
      // nor does a firing alert end
      ...(status === 'resolved' && { endsAt: endsAt && endsAt > 0 ? endsAt : now }),
      labels,
      annotations,
    })),
  }
}

/** What tells one from another, also where only its end does. */
const identity = (text: string, limit: number) =>
  text.length <= limit
    ? text
    : `${text.slice(0, limit - 65)} ${createHash('sha256').update(text).digest('hex')}`

/** Words of a heading: one line, of which some is enough. */
const line = (text: string) => text.replace(/\s+/g, ' ').trim().slice(0, 300)

/** Their signature never runs out, and what came of an event is remembered only so long: an older one is a replay. */
const OLDEST_MS = 29 * 86_400_000

function fromPagerDuty(
  source: string,
  { event }: z.infer<typeof PagerDuty>,
  now: number,
): AlertUpdate | undefined {
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

function fromGeneric(source: string, body: z.infer<typeof Generic>, now: number): AlertUpdate {
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

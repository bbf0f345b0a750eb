import { z } from 'zod'
import { fitting, identity, line, SomeLabels, Time } from './fields.ts'
import type { AlertUpdate } from './update.ts'

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

/** Undefined for a group without alerts. Throws BadAlert. */
export function fromAlertmanager(source: string, received: unknown, now: number): AlertUpdate | undefined {
  const body = fitting(Alertmanager, received)
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

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

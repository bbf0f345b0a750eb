import { createHash } from 'node:crypto'
import { z } from 'zod'

// more labels than this in one alert are an accident, and Slack could not show them
export const Labels = z
  .record(
    z.string().max(200),
    z.coerce.string().transform((text) => text.slice(0, 2000)),
  )
  .transform((all) => Object.fromEntries(Object.entries(all).slice(0, 64)))
/** Senders in other languages write `null` for what they have none of. */
export const SomeLabels = Labels.nullish().transform((all) => all ?? {})
export const Time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))

/** What tells one from another, also where only its end does. */
export const identity = (text: string, limit: number) =>
  text.length <= limit
    ? text
    : `${text.slice(0, limit - 65)} ${createHash('sha256').update(text).digest('hex')}`

/** Words of a heading: one line, of which some is enough. */
export const line = (text: string) => text.replace(/\s+/g, ' ').trim().slice(0, 300)

/** A delivery that does not fit: says which field and what was expected. Its sender gets a 400, so that it does not repeat it. */
export class BadAlert extends Error {
  readonly code = 'bad-alert'
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'BadAlert'
  }
}

/** The body as the schema has it. Throws BadAlert, which names the first field that does not fit. */
export function fitting<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new BadAlert(`${issue?.path.join('.') || 'body'}: ${issue?.message ?? 'does not fit'}`)
}

import { z } from 'zod'
import { canonical, canonicalHash } from './canonical.ts'

/** What stands where the first entry would name the one before it. */
export const NO_ENTRY = '0'.repeat(64)

/** One line of the audit trail. `hash` covers everything else in it, `prev` is the hash of the line before. */
export const AuditEntry = z.strictObject({
  /** 1, 2, 3 … */
  seq: z.number().int().positive(),
  /** milliseconds since the epoch */
  at: z.number(),
  /** Slack user id, `bot`, or `worker <id>` */
  actor: z.string(),
  /** what was decided or done: `approved`, `blocked` */
  action: z.string(),
  /** what it was about: an approval or check id */
  subject: z.string(),
  detail: z.record(z.string(), z.json()),
  prev: z.string(),
  hash: z.string(),
})
export type AuditEntry = z.infer<typeof AuditEntry>

export type AuditNote = Pick<AuditEntry, 'at' | 'actor' | 'action' | 'subject' | 'detail'>

export type AuditVerdict =
  | { ok: true; count: number; head: string }
  /** `seq`: the first place where something is wrong */
  | { ok: false; seq: number; why: string }

/** The entry that follows `last` (undefined: the first one). */
export function chained(note: AuditNote, last: Pick<AuditEntry, 'seq' | 'hash'> | undefined): AuditEntry {
  const { at, actor, action, subject, detail } = note
  const body = { seq: (last?.seq ?? 0) + 1, at, actor, action, subject, detail, prev: last?.hash ?? NO_ENTRY }
  return AuditEntry.parse({ ...body, hash: canonicalHash(body) })
}

/** The line of an entry, as it is stored and exported. */
export function auditLine(entry: AuditEntry): string {
  return canonical(entry)
}

/**
 * Checks a whole trail, from its first entry: nothing changed, removed, swapped or put in between. An end that was
 * cut off shows only against a `head` noted earlier: give it as `expectedHead`, it has to occur.
 * Takes JSON lines as exported (or entries); needs no Redis. An empty trail is whole, its head is NO_ENTRY.
 */
export function verifyAudit(trail: string | Iterable<unknown>, expectedHead = NO_ENTRY): AuditVerdict {
  const entries = typeof trail === 'string' ? trail.split('\n').filter((line) => line.trim() !== '') : trail
  let last: AuditEntry | undefined
  let seen = expectedHead === NO_ENTRY
  for (const item of entries) {
    const seq = (last?.seq ?? 0) + 1
    const parsed = AuditEntry.safeParse(typeof item === 'string' ? jsonOf(item) : item)
    if (!parsed.success) return { ok: false, seq, why: 'this is not an audit entry' }
    const { hash, ...body } = parsed.data
    if (body.seq !== seq) return { ok: false, seq, why: `number ${body.seq} stands in place of ${seq}` }
    if (body.prev !== (last?.hash ?? NO_ENTRY))
      return { ok: false, seq, why: 'it does not follow the one before' }
    if (canonicalHash(body) !== hash) return { ok: false, seq, why: 'it was changed after it was written' }
    last = parsed.data
    seen ||= hash === expectedHead
  }
  const count = last?.seq ?? 0
  if (!seen) return { ok: false, seq: count + 1, why: `the trail ends before ${expectedHead}` }
  return { ok: true, count, head: last?.hash ?? NO_ENTRY }
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

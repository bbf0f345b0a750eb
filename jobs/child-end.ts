import type { Job } from 'bullmq'

/** How the check or remedy that a report waited for has ended. */
export type ChildEnd =
  | { ended: 'completed'; value: unknown }
  /** it threw on its last attempt, or its worker died over it; `reason` is the message */
  | { ended: 'failed'; reason: string }
  /** taken out of the queue before a worker had it */
  | { ended: 'removed' }

/** Reads it from the report's own record, where BullMQ put it when the child ended. For jobs `check` and `remedy`. */
export async function childEnd(report: Job): Promise<ChildEnd> {
  const [value] = Object.entries(await report.getChildrenValues())
  if (value) return { ended: 'completed', value: value[1] }
  const [reason] = Object.values(await report.getIgnoredChildrenFailures())
  return reason === undefined ? { ended: 'removed' } : { ended: 'failed', reason }
}

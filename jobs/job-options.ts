import type { JobsOptions } from 'bullmq'
import { UNDO_TRIES } from './queue-names.ts'

export const HOUR_S = 3600
export const DAY_S = 24 * HOUR_S

/** As long as its job is kept, the same request again is ignored. A count cuts that short on a very busy day. */
export const KEPT = { age: 2 * DAY_S, count: 10_000 }
/** Longer than any approval lives; the approval's own state is the second gate. */
const REMEDIES_KEPT = { age: 30 * DAY_S, count: 10_000 }

export const reportOptions = {
  // Slack may be away for days
  attempts: 1_000_000,
  backoff: { type: 'patient' },
  stackTraceLimit: 3,
  removeOnComplete: KEPT,
  removeOnFail: KEPT,
} satisfies JobsOptions

export const checkOptions = {
  attempts: 3,
  backoff: { type: 'exponential', delay: 1000 },
  removeOnComplete: KEPT,
  removeOnFail: KEPT,
  // the report becomes due also when the check fails for good
  ignoreDependencyOnFailure: true,
} satisfies JobsOptions

export const remedyOptions = {
  attempts: 1,
  removeOnComplete: REMEDIES_KEPT,
  removeOnFail: REMEDIES_KEPT,
  ignoreDependencyOnFailure: true,
} satisfies JobsOptions

export const undoOptions = {
  attempts: UNDO_TRIES,
  backoff: { type: 'patient' },
  stackTraceLimit: 3,
  removeOnComplete: REMEDIES_KEPT,
  removeOnFail: REMEDIES_KEPT,
  ignoreDependencyOnFailure: true,
} satisfies JobsOptions

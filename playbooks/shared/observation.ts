import { z } from 'zod'

/**
 * How one run of a command on a host ended. Only `exited` says anything about the system that was
 * looked at; everything else means "not seen".
 * - `timed-out`: ended by us at its time limit
 * - `unkillable`: did not end even on SIGKILL (state D); left behind, its resource is quarantined
 * - `quarantined`: not started, because an earlier command still hangs on the same resource
 * - `unreachable`: the host could not be reached
 * - `not-found`: the program is not installed there
 * - `denied`: the program was not started, because we may not run it there: sudo, permissions
 * - `cancelled`: the check was cancelled
 * - `not-recorded`: a replayed cluster has no recording of this command
 */
export const Outcome = z.enum([
  'exited',
  'timed-out',
  'unkillable',
  'quarantined',
  'unreachable',
  'not-found',
  'denied',
  'cancelled',
  'not-recorded',
])
export type Outcome = z.infer<typeof Outcome>

/** What one command on one host returned, raw. Text is UTF-8 with replacement of invalid bytes. */
export const Observation = z.object({
  /** the probe's id within its check, e.g. `listwatchers-2` */
  probe: z.string(),
  host: z.string(),
  argv: z.array(z.string()).min(1),
  /** milliseconds since the epoch, by the worker's clock */
  startedAt: z.number(),
  durationMs: z.number(),
  outcome: Outcome,
  /** only with outcome `exited`; null when a signal that was not ours ended it */
  exitCode: z.number().int().nullable(),
  stdout: z.string(),
  stderr: z.string(),
  /** true when output beyond the byte limit was dropped */
  truncated: z.boolean(),
  /** one line for people when outcome is not `exited` */
  reason: z.string().optional(),
})
export type Observation = z.infer<typeof Observation>

import type { Observation } from '../../playbooks/shared/observation.ts'

/** One command for one host. */
export type Command = {
  argv: readonly [string, ...string[]]
  /** after this it is ended and reported as `timed-out` (or `unkillable`) */
  limitMs: number
  /** bytes of stdout and of stderr kept, each */
  maxBytes: number
  /** what hangs if this hangs; a stuck child quarantines it */
  touches: string
  /** longest wait for a place among the commands of its host, where that is shorter than the transport's own */
  queueMs?: number
  signal?: AbortSignal
  /** without sudo, also on a host that is set up with it */
  asLoginUser?: boolean
}

/** How a command ended: an observation that does not know yet which probe it belongs to. */
export type Ran = Omit<Observation, 'probe'>

/**
 * Runs commands on hosts of one kind. Never throws for what a command or a host does: that is an outcome.
 * Safe to call in parallel.
 */
export type Transport = {
  run(host: string, command: Command): Promise<Ran>
  /** ends what is still running, within a second */
  close(): Promise<void>
}

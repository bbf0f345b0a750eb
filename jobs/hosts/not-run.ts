import type { Ran } from './transport.ts'

/** A command that returned nothing: when it was asked for (`startedAt` by the cluster's clock, `from` by performance.now()), and why. */
export function notRun(
  { host, argv, startedAt, from }: { host: string; argv: readonly string[]; startedAt: number; from: number },
  outcome: Ran['outcome'],
  reason: string,
): Ran {
  return {
    host,
    argv: [...argv],
    startedAt,
    durationMs: Math.round(performance.now() - from),
    outcome,
    exitCode: null,
    stdout: '',
    stderr: '',
    truncated: false,
    reason,
  }
}

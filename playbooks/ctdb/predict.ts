import type { Stuck } from './waiting.ts'

/** What the count of one node will come to, if nothing changes. Times are the worker's, ms. */
export type Prediction = {
  /** how long from one monitor run to the next, as measured or as set */
  intervalMs: number
  measured: boolean
  lastRunAt: number
  /** the run in which the count began */
  failingSince: number
  /** undefined: the count has been reached */
  shutdownAt: number | undefined
}

export type Counted = {
  count: number
  shutdownAt: number
  intervalS: number
  /** when the counter was read and last changed */
  readAt: number
  changedAt: number
  stuck: readonly Stuck[]
}

const TICKS_USED = 24

/**
 * Each monitor run adds one, and leaves one more `stat` that was started in that moment: their start times say how far
 * apart the runs really are (the interval starts anew when a run ends, so 15 s become 15.2 s, and 40 s in 200 runs).
 * When a node becomes unhealthy CTDB runs it sooner for a while (`next_interval` in ctdb_monitor.c): gaps that are no
 * interval are left out, of the others the median counts. With fewer than two of them the tunable has to do.
 */
export function predict({ count, shutdownAt, intervalS, readAt, changedAt, stuck }: Counted): Prediction {
  const starts = stuck
    .filter(({ role }) => role === 'stat')
    .map(({ startedAt }) => startedAt)
    // what was started after the counter had been read is not in it
    .filter((at) => at <= readAt + 500)
    .sort((a, b) => a - b)
    .slice(-TICKS_USED)
  const gaps = starts
    .slice(1)
    .map((at, index) => at - starts[index]!)
    .filter((gap) => gap >= intervalS * 900 && gap <= intervalS * 2000)
  const measured = gaps.length >= 2
  const intervalMs = measured ? median(gaps) : intervalS * 1000
  const newest = starts.at(-1)
  const lastRunAt = newest !== undefined && Math.abs(newest - changedAt) < 5_000 ? newest : changedAt
  return {
    intervalMs,
    measured,
    lastRunAt,
    failingSince: began(count, shutdownAt, stuck) ?? lastRunAt - (count - 1) * intervalMs,
    shutdownAt: count >= shutdownAt ? undefined : lastRunAt + (shutdownAt - count) * intervalMs,
  }
}

/** The oldest stat, where about as many hang as were started: one for each run, until `df` comes first. */
function began(count: number, shutdownAt: number, stuck: readonly Stuck[]): number | undefined {
  const stats = stuck.filter(({ role }) => role === 'stat')
  if (stats.length < Math.min(count, shutdownAt) - 2) return undefined
  return stats.length === 0 ? undefined : Math.min(...stats.map(({ startedAt }) => startedAt))
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2
}

import { NotSeen, type Output } from '../shared/probe.ts'
import { lines } from '../shared/text.ts'

/** What CTDB's own log says about its lock, by what the last words were. */
export type LockLog = {
  /** it could not take the lock because somebody holds it, and nothing after that says that it was settled */
  contention: LogLine | undefined
  /** the lock's file was replaced, removed or could not be opened */
  lost: LogLine | undefined
  /** the recovery daemon banned a node by itself */
  banning: LogLine | undefined
  /** 01.reclock has begun to shut this node down */
  shuttingDown: LogLine | undefined
}

/** `local` is the time on that host's own clock as if it were UTC, in ms; undefined for a line without a time. */
export type LogLine = { text: string; local: number | undefined }

const CONTENTION =
  /Unable to take (?:cluster|recovery) lock - contention|Unable to get recovery lock|Failed to get recovery lock|ctdb_recovery_lock: Failed to get lock/
const SETTLED =
  /(?:[Cc]luster|[Rr]ecovery) lock taken successfully|Took (?:cluster|recovery) lock|Received leader broadcast|Recovery has finished/
const LOST = /lock lost - lock file|[Rr]ecovery lock file .*inode changed/
// `Banning this node for 300 seconds` is no proof: ctdbd says so for `ctdb ban`, too (ctdb_control_set_ban_state)
const BANNING = /Banning node \d+ for \d+ seconds|Unable to get cluster lock, banning node|Banning this node$/
const SHUTTING = /01\.reclock.*can not be accessed\. Shutting down/

/**
 * The end of log.ctdb: `2017/05/12 17:57:09.830888 [recoverd:269627]: …` or, in 4.17,
 * `2026-11-20T18:08:05.454124+00:00 n0 ctdb-recoverd[29347]: …`. The first line may be cut. No lines: nothing was logged.
 */
export function readLockLog(output: Output): LockLog {
  if (/permission denied/i.test(output.stderr)) throw new NotSeen('denied', 'the log may not be read')
  if (output.exitCode !== 0 && output.stdout === '')
    throw new NotSeen('absent', `there is no log: ${output.stderr.trim().split('\n')[0]!.slice(0, 160)}`)
  // what is dropped is the end: that it was settled may be in it
  if (output.truncated) throw new NotSeen('unparsable', 'the end of the log is longer than what is kept')
  const log: LockLog = { contention: undefined, lost: undefined, banning: undefined, shuttingDown: undefined }
  for (const text of lines(output.stdout)) {
    const line = () => ({ text: text.slice(0, 240), local: stampOf(text) })
    if (SETTLED.test(text)) log.contention = undefined
    if (CONTENTION.test(text)) log.contention = line()
    if (LOST.test(text)) log.lost = line()
    if (BANNING.test(text)) log.banning = line()
    if (SHUTTING.test(text)) log.shuttingDown = line()
  }
  return log
}

function stampOf(text: string): number | undefined {
  const match = /^(\d{4})[/-](\d\d)[/-](\d\d)[T ](\d\d):(\d\d):(\d\d)/.exec(text)
  if (!match) return undefined
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  return Date.UTC(year, month - 1, day, hour, minute, second)
}

/** A host's clock: seconds since the epoch, and what it calls them. */
export type HostClock = { epochS: number; local: number }

export const CLOCK_ARGV = ['date', '+%s %Y/%m/%d %H:%M:%S'] as const

/** Output of CLOCK_ARGV, `1494610629 2017/05/12 17:57:09`. */
export function readClock(output: Output): HostClock {
  const match = /^(\d{9,11}) (\d{4}\/.*)$/.exec(output.stdout.trim())
  const local = match ? stampOf(match[2]!) : undefined
  if (!match || local === undefined) throw new NotSeen('unparsable', 'date does not print a time')
  return { epochS: Number(match[1]), local }
}

import { NotSeen, type Output } from '../shared/probe.ts'
import { lines } from '../shared/text.ts'

/**
 * What this node's own `01.reclock` does when it is asked to monitor. Each release counts differently, vendors too,
 * so the numbers are read from the script that is installed.
 * - `none`: it only makes a folder at start (from 4.9)
 * - `counts`: adds one per run; what a stat of the lock file takes back in the background
 */
export type ReclockScript =
  | { kind: 'none'; path: string }
  | { kind: 'counts'; path: string; unhealthyAt: number; shutdownAt: number; runsDf: boolean }

/**
 * `grep -sH '' FILES` of the event script, e.g. `/etc/ctdb/events.d/01.reclock:	(ctdb_check_counter_limit 200 …`.
 * Known forms: `counter_limit N` (1.0.114 to 2.x), `-ge N` (4.0 to 4.8), `-gt N` (1.0.x: 19, and 2).
 * Throws NotSeen('absent') when there is no such script.
 */
export function readReclockScript(output: Output): ReclockScript {
  if (/permission denied/i.test(output.stderr)) throw new NotSeen('denied', '01.reclock may not be read')
  if (output.truncated) throw new NotSeen('unparsable', '01.reclock is longer than what is kept')
  const rows = lines(output.stdout)
  if (rows.length === 0) throw new NotSeen('absent', 'there is no event script 01.reclock')
  const path = /^([^:]+):/.exec(rows[0]!)?.[1]
  if (path === undefined) throw new NotSeen('unparsable', '01.reclock: not what grep prints')
  const text = rows.filter((row) => row.startsWith(`${path}:`)).map((row) => row.slice(path.length + 1))
  const code = text.map((row) => row.replace(/^\s*#.*$/, ''))
  const shutdown = code.findIndex((row) => /(?:\bctdb|\$\{?CTDB\}?)"?\s+shutdown\b/.test(row))
  if (shutdown === -1) return { kind: 'none', path }
  const limits = code.flatMap((row, at) => {
    const limit = limitIn(row)
    return limit === undefined ? [] : [{ at, limit }]
  })
  const before = limits.filter(({ at }) => at <= shutdown).at(-1)
  const others = limits.filter((each) => each !== before).map(({ limit }) => limit)
  if (!before || others.length === 0)
    throw new NotSeen(
      'unparsable',
      `${path} ends with \`ctdb shutdown\`, but not after a count that is known here`,
    )
  const runsDf = code.slice(before.at, shutdown).some((row) => /^\s*df\b/.test(row))
  return { kind: 'counts', path, unhealthyAt: Math.min(...others), shutdownAt: before.limit, runsDf }
}

/** The count at which a condition starts to hold. */
function limitIn(row: string): number | undefined {
  const match = /(?:counter_limit|-(ge|gt))\s+"?(\d{1,6})\b/.exec(row)
  return match ? Number(match[2]) + (match[1] === 'gt' ? 1 : 0) : undefined
}

/** A file as `stat -L -c '%a %s %Y %n'` shows it. */
export type FileFact = { path: string; executable: boolean; bytes: number; modifiedS: number }

/** `755 1211 1494582540 /etc/ctdb/events.d/01.reclock`, one line for each file that is there; no lines: none is. */
export function readFiles(output: Output): FileFact[] {
  if (/permission denied/i.test(output.stderr)) throw new NotSeen('denied', 'CTDB’s state may not be read')
  if (output.truncated) throw new NotSeen('unparsable', 'the list of files is longer than what is kept')
  return lines(output.stdout).map((row, index) => {
    const match = /^([0-7]{1,5}) (\d{1,15}) (\d{1,12}) (\/.*)$/.exec(row)
    if (!match) throw new NotSeen('unparsable', `stat, line ${index + 1}: not a file: ${row.slice(0, 120)}`)
    const [, mode, bytes, modified, path] = match as unknown as string[]
    const executable = (Number.parseInt(mode!, 8) & 0o111) !== 0
    return { path: path!, executable, bytes: Number(bytes), modifiedS: Number(modified) }
  })
}

/** Where the event script is, newest layout first. */
export function scriptPaths(base: string): string[] {
  return [`${base}/events/legacy/01.reclock.script`, `${base}/events.d/01.reclock`]
}

/**
 * Where its counter may be: a file whose length is the number of failures in a row.
 * Sources: `ctdb_counter_*` in config/functions of 1.0.x to 4.8, and the report of 2017 (/var/lib/ctdb/failcount).
 */
export function counterPaths(base: string): string[] {
  return [
    '/var/lib/ctdb/scripts/legacy/01.reclock/failcount',
    '/var/lib/ctdb/scripts/01.reclock/failcount',
    '/var/lib/ctdb/state/failcount/01.reclock',
    '/var/lib/ctdb/failcount/01.reclock',
    '/var/ctdb/state/failcount/01.reclock',
    '/var/ctdb/failcount/01.reclock',
    '/var/spool/ctdb/failcount/01.reclock',
    `${base}/state/failcount/01.reclock`,
    `${base}/state/reclock-fail-count`,
  ]
}

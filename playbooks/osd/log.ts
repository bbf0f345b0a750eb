import { NotSeen, type Output } from '../shared/probe.ts'
import { lines } from '../shared/text.ts'

/** Whose the last failing accept was, by the last start in the log: the loop's is the hour before it. */
type FailedBy = 'this process' | 'one within an hour before it' | 'an earlier one'

/** What the end of an OSD's log says about accepting connections and about restarts. Times are the log's own text. */
export type OsdLog = {
  /** accepts that failed; errno 24: the process's limit, 23: the machine's, anything else as it stands */
  failed: { count: number; errno: string; first: string; last: string; by: FailedBy } | undefined
  /** starts in the hour before the last of them that follow no orderly stop; 0: none in this part of the log */
  starts: number
  aborts: number
}

/** Enough for some thousand lines, and no more than a link at night can carry. */
const KEPT_BYTES = 262_144

export const logArgv = (path: string): [string, ...string[]] => ['tail', '-c', String(KEPT_BYTES), path]
export const journalArgv = (unit: string): [string, ...string[]] => [
  'journalctl',
  '-q',
  '--no-pager',
  '-o',
  'short-iso',
  '-n',
  '2000',
  '-u',
  unit,
]

const STAMP = /(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)/
// old: "accepter no incoming connection?  sd = -1 errno 24 (24) Too many open files" (Accepter::entry, SimpleMessenger)
// new: "Processor -- accept open file descriptions limit reached sd = 19 errno -24 (24) Too many open files"
const ACCEPT = /(?:accepter|Processor -- accept)\b.*\berrno -?(\d+)/
const START = /ceph version .*process ceph-osd, pid \d+/
/** What a crash repeats of what was logged before (`Log::dump_recent`): `   -79> 2026-11-20T18:10:29.980+0000 7f18… -1 …`. */
const REPEATED = /(?:^|\s)-?\d+> \d{4}-\d\d-\d\d[T ]/
/** Somebody stops it, as before a restart by hand: `received  signal: Terminated from …`, `*** Got signal Terminated ***`. */
const STOP = /received +signal: (?:Terminated|Interrupt)\b|\*\*\* Got signal (?:Terminated|Interrupt) \*\*\*/
const ABORT = /ceph_abort\(|\bin thread .* thread_name:|Caught signal \(/

/** The end of a log file or journal. Cut lines, colours and CRLF are fine; an empty log says nothing and is not seen. */
export function readLog(output: Output): OsdLog {
  if (output.exitCode !== 0) {
    if (/No such file/.test(output.stderr)) throw new NotSeen('absent', 'there is no such log')
    if (/Permission denied/.test(output.stderr)) throw new NotSeen('denied', 'the log is not readable')
    throw new NotSeen('failed', `ended with ${output.exitCode}: ${output.stderr.trim().slice(0, 200)}`)
  }
  const all = lines(output.stdout)
  if (!all.some((line) => line.trim() !== '')) throw new NotSeen('absent', 'the log is empty')
  let failed: Omit<NonNullable<OsdLog['failed']>, 'by'> | undefined
  let aborts = 0
  const starts: { at: number; after: 'a stop' | 'anything else' }[] = []
  let before: (typeof starts)[number]['after'] = 'anything else'
  for (const line of all.filter((text) => !REPEATED.test(text))) {
    const stamp = STAMP.exec(line)
    const at = stamp ? `${stamp[1]} ${stamp[2]}` : undefined
    const errno = ACCEPT.exec(line)?.[1]
    // ECONNABORTED: whoever connected was gone before it was taken
    if (errno !== undefined && errno !== '103' && at !== undefined) {
      failed = { count: (failed?.count ?? 0) + 1, errno, first: failed?.first ?? at, last: at }
    }
    if (STOP.test(line)) before = 'a stop'
    if (START.test(line) && at !== undefined) {
      starts.push({ at: timeOf(at), after: before })
      before = 'anything else'
    }
    if (ABORT.test(line)) aborts += 1
  }
  const last = Math.max(...starts.map(({ at }) => at))
  return {
    failed: failed && { ...failed, by: failedBy(last - timeOf(failed.last)) },
    aborts,
    starts: starts.filter(({ at, after }) => after !== 'a stop' && last - at < HOUR_MS).length,
  }
}

const HOUR_MS = 3_600_000
const timeOf = (at: string) => Date.parse(`${at.replace(' ', 'T')}Z`)

function failedBy(beforeStartMs: number): FailedBy {
  // no start in this part of the log: minus infinity
  if (beforeStartMs <= 0) return 'this process'
  return beforeStartMs < HOUR_MS ? 'one within an hour before it' : 'an earlier one'
}

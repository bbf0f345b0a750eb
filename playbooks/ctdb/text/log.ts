import { rowsIn } from '../../shared/linux/pasted-rows.ts'
import type { Teller } from '../../shared/linux/telling.ts'
import type { Passage } from '../../shared/triage.ts'
import type { LogEvent, SeenInText } from './seen.ts'

type Row = { time: string; host: string | undefined; program: string; text: string }

const STAMP =
  '(?<time>\\d{4}[/-]\\d\\d[/-]\\d\\d[T ]\\d\\d:\\d\\d:\\d\\d(?:[.,]\\d+)?(?:[+-]\\d\\d:?\\d\\d|Z)?|[A-Z][a-z]{2} +\\d+ \\d\\d:\\d\\d:\\d\\d)'
/** `2017/05/12 17:57:09.830888 [recoverd:269627]:`, `… ctdb-recoverd[29347]:`, and with a host before it */
const ROW = new RegExp(
  `^${STAMP} +(?:(?<host>[A-Za-z0-9][\\w.-]*) +)?(?<program>\\[(?:[\\w-]+: *)?\\d+\\]|ctdb[\\w-]*(?:\\[\\d+\\])?): ?(?<text>.*)$`,
)

type Rule = readonly [pattern: RegExp, kind: LogEvent['kind']]

/** First match decides. Sources: ctdb_recoverd.c, ctdb_monitor.c, ctdb_server.c, ctdb_mutex_fcntl_helper.c and 01.reclock of 1.0.114 to 4.22. */
const RULES: readonly Rule[] = [
  [
    /Unable to take (?:cluster|recovery) lock - contention|Unable to get (?:recovery|cluster) lock|Failed to get recovery lock|ctdb_recovery_lock: (?:Failed to get|Unable to open|Got recovery lock.*when not)|Unable to get RECLOCK/i,
    'contention',
  ],
  [
    /(?:Unable to take (?:cluster|recovery|recover) lock - (?:timeout|unknown)|check_reclock child process hung|High RECLOCK latency|[Cc]luster lock.*timed out)/,
    'lock-slow',
  ],
  [/lock lost - lock file|lock file .*inode changed|(?:Cluster|Recovery) lock helper terminated/i, 'lost'],
  [
    /(?:[Cc]luster|[Rr]ecovery) lock taken successfully|Took (?:cluster|recovery) lock|Received leader broadcast|We are the (?:recovery master|leader)/,
    'settled',
  ],
  [/Attempting to take (?:cluster|recovery) lock/, 'attempt'],
  [/01\.reclock:.*can not be accessed\. Shutting down/, 'reclock-shutdown'],
  [/(?:more|less) than (?<about>\d+) consecutive failures(?: \(\d+\))? for 01\.reclock/, 'reclock-count'],
  [
    /[Ee]vent script timed out ?: (?<about>\d\d\.\S+)|(?<script>\d\d\.[\w.-]+):? (?:\w+ )?(?:event )?timed out|(?<event>\w+)(?: event|_event \S+) timed out|Ignoring hung script/,
    'script-timeout',
  ],
  [
    /(?:Un-?[Bb]anning|unbanned|Banning (?:timed out|timeout)|re-enabling node after ban|Node \d+ has been unbanned)/,
    'unbanned',
  ],
  [
    /Banning (?:this )?node ?(?<about>\d*) ?.*for \d+ seconds|banning it for \d+ seconds|ban ourself for \d+ seconds|banning node|Node (?<node>\d+) has been banned|This node has been banned/i,
    'banned',
  ],
  [/Node became UNHEALTHY|monitor event failed/, 'unhealthy'],
  [/Node became HEALTHY|monitor event OK/, 'healthy'],
  [
    /node (?<about>\S+) is dead|dead count reached for node (?<node>\d+)|Tearing down connection to dead node/i,
    'dead',
  ],
  [/connected to (?<about>\S+) - \d+ connected|node (?<node>\S+) (?:is )?(?:now )?connected/i, 'connected'],
  [
    /[Ll]eader broadcast timeout|Recmaster node \d+ no longer available|No leader|Current recmaster node \d+ does not have CAP/,
    'leader-timeout',
  ],
  [
    /[Rr]ecovery (?:failed|aborted)|Failed to recover|Unable to (?:set recovery mode|freeze|thaw)|[Ff]reeze.*timed out|database recovery failed|Recovery with .* failed/i,
    'recovery-failed',
  ],
  [/Recovery has finished|Recovery mode set to NORMAL|recovery complete/i, 'recovered'],
  [
    /Shutdown sequence complete|CTDB daemon shutting down|Received SHUTDOWN command|Shutting down (?:recovery daemon|CTDB)|Monitoring has been stopped|Shutting down$/i,
    'shutdown',
  ],
  [/CTDB starting on node|Starting CTDBD|Starting CTDB daemon/, 'started'],
]
const SCRIPT_ERROR = /^(?<about>\d\d\.[\w.-]+): (?:ERROR|.*\bfailed\b|.*not running|.*not listening)/

/** Lines of log.ctdb, of syslog too. What is ordinary gives no event, and counts as read. */
export function readLog(passage: Passage, seen: SeenInText, tell: Teller): void {
  const { rows } = rowsIn<Row>(passage.lines, {
    read: (text) => {
      const groups = ROW.exec(text)?.groups
      return groups && { time: groups.time!, host: groups.host, program: groups.program!, text: groups.text! }
    },
    open: 'log',
  })
  for (const { value, lines } of rows) {
    const { text, time } = value
    const host = value.host ?? passage.host
    seen.logLines.push(...lines)
    factsIn(text, host, tell)
    const found = RULES.map(([pattern, kind]) => ({ kind, match: pattern.exec(text) })).find(
      ({ match }) => match,
    )
    const error = found ? undefined : SCRIPT_ERROR.exec(text)
    if (!found && !error) continue
    const groups = (found?.match ?? error)!.groups ?? {}
    const about = [groups.about, groups.node, groups.script, groups.event].find(
      (each) => each !== undefined && each !== '',
    )
    seen.events.push({ kind: found?.kind ?? 'script-error', about, time, host, text, line: lines[0]! })
  }
  tell.saw(
    'log.ctdb',
    rows.flatMap(({ lines }) => lines),
  )
}

/** Identifiers that messages name. */
function factsIn(text: string, host: string | undefined, tell: Teller): void {
  const version = /CTDBD? \(?[Vv]ersion[: ]+([\w.-]+)|Starting CTDBD \(Version ([\w.-]+)\)/.exec(text)
  if (version) tell.fact('ctdbVersions', { version: version[1] ?? version[2], host })
  const lock =
    /take (?:cluster|recovery) lock \(([^()]+)\)|lock file "([^"]+)"|Reclock file (\/[^\s"]+)|get recovery lock '([^']+)'/.exec(
      text,
    )
  const path = lock?.slice(1).find((each) => each !== undefined)
  if (path !== undefined)
    tell.fact('recoveryLocks', path.startsWith('!') ? { helper: path.slice(1), host } : { path, host })
  const leader = /leader=(\d+)/.exec(text)?.[1]
  if (leader !== undefined && leader !== '4294967295') tell.fact('ctdbCluster', { leader, host })
  for (const [, address] of text.matchAll(/(?<![\d.])(\d{1,3}(?:\.\d{1,3}){3})(?::4379)?(?![\d.])/g))
    tell.fact('addresses', { address })
  for (const [, pnn] of text.matchAll(/\b[Nn]ode[: ](\d{1,4})\b/g)) tell.fact('ctdbNodes', { pnn })
  const pid = /pid ?: ?(\d+)/.exec(text)?.[1]
  if (pid !== undefined) tell.fact('processes', { pid, host })
}

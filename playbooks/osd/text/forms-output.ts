import type { Form } from '../../shared/ceph/pasted/records.ts'

const STATE =
  '(?:active|clean|down|peering|peered|degraded|undersized|remapped|stale|incomplete|inconsistent|creating|activating|unknown|recovering|recovery_wait|recovery_toofull|recovery_unfound|backfilling|backfill_wait|backfill_toofull|backfill_unfound|backfill|scrubbing|deep|repair|replay|splitting|inactive|snaptrim|snaptrim_wait|snaptrim_error|premerge|wait|forced_recovery|forced_backfill|laggy|failed_repair)'
export const STATES = String.raw`${STATE}(?:\+${STATE})*`

/** Codes of health checks as Luminous to Nautilus print them, without brackets. */
const CODE =
  '(?:OSD|OSDMAP|PG|POOL|MON|MGR|MDS|FS|REQUEST|SLOW|OBJECT|CACHE|RECENT|DEVICE|BLUESTORE|BLUEFS|AUTH|TOO|OLD|TELEMETRY|SMALLER|MANY)_[A-Z0-9_]+'
const SIZE = String.raw`[\d.]+\s?(?:[KMGTPEkm]i?B?|B)`

/** Outputs of commands: what is. */
export const OUTPUT = [
  {
    name: 'coded',
    starts: new RegExp(String.raw`^\s*(?:\(MUTED[^)]*\)\s*)?(?:\[(?:WRN|ERR)\] [A-Z]|${CODE}:? )`),
    whole: new RegExp(
      String.raw`^\s*(\(MUTED[^)]*\)\s*)?(?:\[(WRN|ERR)\] ([A-Z][A-Z0-9]+(?:_[A-Z0-9]+)*)|(${CODE})):? (\S.*)$`,
    ),
  },
  {
    name: 'status',
    long: true,
    starts: /(?:health:? +)?\bHEALTH_(?:OK|WARN|ERR)\b/,
    whole: /(?:^|health:?\s+|\s)(HEALTH_(?:OK|WARN|ERR))\b(?:[ ;]+(.*?))?\s*$/,
  },
  {
    name: 'counted',
    starts: /(?<!\d)(?:osd: |osdmap e\d+: )?\d+ (?:osds:|total,) \d+ up/,
    whole: /(\d+) (?:osds:|total,) (\d+) up(?: \([^)]*\))?, (\d+) in\b/,
  },
  {
    name: 'mons',
    starts: /^\s*mon: \d+ daemons/,
    whole: /^\s*mon: (\d+) daemons, quorum (\S+)(?: \([^)]*\))?(?:, out of quorum: (\S+(?:, \S+)*))?\s*$/,
  },
  {
    name: 'monmap',
    starts: /(?<!\d)(?:(?:monmap )?e\d+: )?\d+ mons at \{/,
    whole: /e(\d+): (\d+) mons at \{([^}]*)\}(?:.*?quorum [\d,]+ (\S+))?/,
  },
  {
    name: 'fsid',
    starts: /^\s*(?:id:|cluster|fsid) +[0-9a-f]{8}-/,
    whole: /^\s*(?:id:|cluster|fsid)\s+([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\s*$/,
  },
  {
    name: 'pgs-count',
    starts: new RegExp(String.raw`^\s*(?:pgs:\s+)?\d+\s+${STATES}\s*$`),
    whole: new RegExp(String.raw`^\s*(?:pgs:\s+)?(\d+)\s+(${STATES})\s*$`),
  },
  {
    name: 'pg-stat',
    starts: /(?<!\d)(?:(?:pgmap )?v\d+: )?\d+ pgs: \d+ /,
    whole: /(\d+) pgs: (\d+ [a-z_+]+(?:, \d+ [a-z_+]+)*);/,
  },
  {
    name: 'pg-not',
    starts: /% pgs (?:not active|unknown)|objects (?:degraded|misplaced) \(/,
    whole: /([\d.]+)% pgs (not active|unknown)|([\d/]+) objects (degraded|misplaced) \(([\d.]+)%\)/,
  },
  {
    name: 'pg-line',
    starts: /\bpg \d+\.[0-9a-f]+ (?:is|has|not) /,
    whole: new RegExp(
      String.raw`\bpg (\d+\.[0-9a-f]+) (?:is (?:stuck \w+ (?:for \S+|since \S+?),? ?(?:current state )?)?(${STATES})(?:.*?acting \[([^\]]*)\])?(?:.*?blocked by \[?([\d, ]+)\]?)?|has (\d+) unfound|not (?:deep-)?scrubbed)`,
    ),
  },
  {
    name: 'osd-is',
    starts: /^\s*osd\.\d+ (?:\([^)]*\) )?(?:is|has|crashed) /,
    whole:
      /^\s*osd\.(\d+) (?:\(([^)]*)\) )?(?:is (down|near full|nearfull|backfill ?full|full)(?: since epoch \d+, last address (\S+:\d+\/\d+)(?!\S))?(?: at (\d+)%)?|has (slow \w+|[^,]*)|crashed on host (\S+) at (\S+))/,
  },
  {
    name: 'mon-is',
    starts: /^\s*mon\.\S+ .*(?:out of quorum|is down)/,
    whole: /^\s*mon\.(\S+) .*?(?:addr (\S+) )?is down \(out of quorum\)/,
  },
  { name: 'host-is', starts: /^\s*host \S+ \(.*is down/, whole: /^\s*host (\S+) \(.*\(\d+ osds\) is down/ },
  {
    name: 'blocked',
    starts:
      /(?:\d+ (?:\w+ )?)?(?:ops|requests) are blocked >|osds? [\d,]+ ha(?:s|ve) (?:blocked|slow)|have slow ops|has slow ops/,
    whole:
      /(?:(\d+) (?:ops|requests) are blocked > ([\d.]+) sec(?: on osd\.(\d+))?|osds? ([\d,]+) ha(?:s|ve) (?:blocked|slow|stuck)|daemons? \[([^\]]*)\] have slow ops|(osd\.\d+) has slow ops)/,
  },
  {
    name: 'tree-bucket',
    starts: /^\s*-\d+\s.*\s(?:root|host|rack|row|room|chassis|datacenter|region|zone|pod|pdu)\s/,
    whole:
      /^\s*(-\d+)\s+(?:[a-z]\w*\s+)?(?:[\d.]+|-)?.*?\s(root|host|rack|row|room|chassis|datacenter|region|zone|pod|pdu)\s+(\S+)\s*$/,
  },
  {
    name: 'tree-osd',
    starts: /^\s*\d+\s.*\bosd\.\d+\s+(?:up|down|destroyed|DNE)\b/,
    whole:
      /^\s*(\d+)\s+(?:([a-z]\w*)\s+)?([\d.]+|-)\s+osd\.(\d+)\s+(up|down|destroyed|DNE)(?:\s+([\d.]+))?(?:\s+([\d.]+))?\s*$/,
  },
  { name: 'df-head', starts: /%USE\b/, whole: /%USE\b/ },
  {
    name: 'df-osd',
    // one that is out has nothing but zeros: `0 B … 0 B 0 0 0 down`
    starts: new RegExp(
      String.raw`^\s*\d+\s+.*${SIZE}.*\s(?:\d+\.\d+(?:\s|$)|0\s+0\s+0(?:\s+(?:up|down|destroyed))?\s*$)`,
    ),
    whole: new RegExp(
      String.raw`^\s*(\d+)\s+(?:([a-z]\w*)\s+)?[\d.]+\s+([\d.]+)\s+(${SIZE})\s.*\s(\d+(?:\.\d+)?)\s+\d+(?:\.\d+)?\s+(\d+)(?:\s+(up|down|destroyed))?(?:\s+osd\.\d+)?\s*$`,
    ),
  },
  {
    name: 'dump-osd',
    starts: /^\s*osd\.\d+\s+(?:up|down)\s+(?:in|out)\b/,
    whole:
      /^\s*osd\.(\d+)\s+(up|down)\s+(in|out)\s+weight\s+([\d.]+)\s+(.*\s(?:\w+,)*exists(?:,\w+)*(?: [0-9a-f]{8}-[0-9a-f-]{27})?)\s*$/,
  },
  {
    name: 'dump-osd-cut',
    last: true,
    starts: /^\s*osd\.\d+\s+(?:up|down)\s+(?:in|out)\b/,
    whole: /^\s*osd\.(\d+)\s+(up|down)\s+(in|out)\b/,
  },
  {
    name: 'dump-pool',
    starts: /^\s*pool \d+ '/,
    whole: /^\s*pool (\d+) '([^']+)' (\w+) (?:profile \S+ )?(?:rep )?size (\d+) min_size (\d+)/,
  },
  {
    name: 'flags',
    starts: /^\s*flags [a-z]/,
    whole:
      /^\s*flags ((?:[a-z_]+,)*(?:no(?:out|down|up|in|backfill|rebalance|recover|scrub|deep-scrub|tieragent|snaptrim)|pause\w*|full|sortbitwise|require_\w+|recovery_deletes|purged_snapdirs|pglog_hardlimit)(?:,[a-z_-]+)*)\s*$/,
  },
  { name: 'perf-head', starts: /^\s*osd\s+\S*commit_latency/, whole: /^\s*osd\s+\S*commit_latency/ },
  { name: 'blockedby-head', starts: /^\s*osd\s+num_blocked/, whole: /^\s*osd\s+num_blocked/ },
  { name: 'numbers', starts: /^\s*\d+\s+\d+(?:\s+\d+)?\s*$/, whole: /^\s*(\d+)\s+(\d+)(?:\s+(\d+))?\s*$/ },
  {
    name: 'pg-row',
    starts: /^\s*\d{1,6}\.[0-9a-f]{1,6}\s.*\[\d/,
    whole: new RegExp(
      String.raw`^\s*(\d{1,6}\.[0-9a-f]{1,6})\s+(?:.*?\s)??(${STATES})\s+(?:.*?\s)??\[([\d,]*)\](?:p\d+)?\s+(?:-?\d+\s+)?\[([\d,]*)\]`,
    ),
  },
  {
    name: 'osd-map',
    starts: /^\s*osdmap e\d+ pool '/,
    whole:
      /^\s*osdmap e(\d+) pool '([^']+)' \((\d+)\) object '([^']+)' -> pg \S+ \((\d+\.[0-9a-f]+)\) -> up \(\[([\d,]*)\].*?acting \(\[([\d,]*)\]/,
  },
  {
    name: 'may-stop',
    starts: /ok to stop without reducing/,
    whole: /OSD\(s\) ([\d,]+) are ok to stop without reducing/,
  },
  {
    name: 'not-stop',
    starts: /unsafe to stop|PGs are (?:already|or would)|are not ok to stop/,
    whole:
      /(?:Error EBUSY: )?(unsafe to stop osd\(s\).*|\d+ PGs are (?:already|or would).*|.*not ok to stop.*)$/,
  },
  {
    name: 'crash-row',
    starts: /^\s*\d{4}-\d\d-\d\d[T_ ]\d\d:\d\d:\d\d\.\d+Z?_[0-9a-f]{8}-/,
    whole:
      /^\s*(\d{4}-\d\d-\d\d[T_ ]\d\d:\d\d:\d\d\.\d+Z?_[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\s+([a-z][\w.-]+)\s*(\*)?\s*$/,
  },
  { name: 'no-osd', starts: /(?:Error \w+: )?osd\.\d+ does not exist/, whole: /osd\.(\d+) does not exist/ },
  {
    name: 'no-tell',
    starts: /(?:Error \w+: )?problem getting command descriptions from/,
    whole: /Error (E[A-Z]+): problem getting command descriptions from (\S+)/,
  },
  {
    name: 'no-socket',
    starts: /admin_socket: exception|Can't get admin socket path/,
    whole: /(admin_socket: exception .*|Can't get admin socket path.*)$/,
  },
  {
    name: 'listen',
    starts: /\bLISTEN\b.*ceph-osd/,
    whole: /\bLISTEN\s+(\d+)\s+(\d+)\s+(\S+):(\d+)\s+\S+.*?"ceph-osd",(?:pid=)?(\d+),/,
  },
  {
    name: 'netstat',
    starts: /\bLISTEN\s+\d+\/ceph-osd/,
    whole: /^\s*tcp6?\s+(\d+)\s+(\d+)\s+(\S+):(\d+)\s+\S+\s+LISTEN\s+(\d+)\/ceph-osd/,
  },
  {
    name: 'lsof',
    starts: /^\s*(?:ceph-osd|ms_accept\w*|msgr\S*)\s+\d+\s/,
    whole:
      /^\s*\S+\s+(\d+)\s+(?:\d+\s+)?\S+\s+(\*?\d+[a-zA-Z]*|cwd|rtd|txt|mem|DEL|NOFD)\s+(\S+)\s.*?(?:TCP (\S+?)(?:->(\S+))? \((\w+)\))?\s*$/,
  },
  {
    name: 'limits',
    starts: /(?:\/proc\/\d+\/limits:)?Max open files\s/,
    whole: /(?:\/proc\/(\d+)\/limits:)?\s*Max open files\s+(\d+|unlimited)\s+(\d+|unlimited)\s+files/,
  },
  {
    name: 'prlimit',
    starts: /^\s*NOFILE\s/,
    whole: /^\s*NOFILE\s+max number of open files\s+(\d+|unlimited)\s+(\d+|unlimited)/,
  },
  { name: 'file-nr', starts: /file-nr\s*[=:]/, whole: /file-nr\s*[=:]\s*(\d+)\s+(\d+)\s+(\d+)\s*$/ },
  {
    name: 'ps',
    starts: /\bceph-osd\s+.*(?:--id|-i)[ =]?\d+/,
    whole: /^\s*(?:[a-z_][\w-]*\s+)?(\d+)\s+(.*?)(\S*\bceph-osd\s+.*?(?:--id|-i)[ =]?(\d+)\b.*)$/,
  },
  {
    name: 'log-line',
    last: true,
    starts:
      /^(?:.*?\s)?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\.\d+\S*\s+(?:[0-9a-f]{6,16}\s+-?\d+ |(?:mon|osd|mgr|mds)\.\S+ )/,
    whole:
      /\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\.\d+\S*\s+(?:[0-9a-f]{6,16}\s+-?\d+ |(?:mon|osd|mgr|mds)\.\S+ )(.*)$/,
  },
] as const satisfies readonly Form[]

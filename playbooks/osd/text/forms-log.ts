import type { Form } from '../../shared/ceph/pasted/records.ts'

export const ADDR = String.raw`(?:(?:v1|v2|any):)?(?:\[[0-9a-fA-F:.]+\]|\d{1,3}(?:\.\d{1,3}){3}):\d+(?:\/\d+)?`

/** Logs of daemons and the kernel: what happened. Texts from the source of Giant to Squid, and as captured with 16.2. */
export const LOG = [
  {
    name: 'accept',
    starts: /accepter no incoming|Processor -- accept/,
    whole: /(?:accepter no incoming|Processor -- accept)\b.*?\berrno\s+-?(\d+)/,
  },
  {
    name: 'accept-abort',
    starts: /accept has encountered enough error/,
    whole: /accept has encountered enough error/,
  },
  {
    name: 'no-reply',
    starts: /heartbeat_check: no reply/,
    whole: new RegExp(
      String.raw`(?:\bosd\.(\d+) \d+ )?heartbeat_check: no reply from (?:(${ADDR}|0x[0-9a-f]+) )?osd\.(\d+)`,
    ),
  },
  {
    name: 'failed',
    starts: /osd\.\d+ (?:\S+ )?(?:failed \(|reported (?:immediately )?failed)/,
    whole: /osd\.(\d+) (?:\S+ )?(?:failed \((.*)\)|reported (?:immediately )?failed by (?:osd\.(\d+))?)/,
  },
  {
    name: 'wrongly',
    starts: /wrongly marked me down|down, but it is still running/,
    whole:
      /(?:\bosd\.(\d+) \d+ .*wrongly marked me down|marked osd\.(\d+) down, but it is still running|wrongly marked me down)/,
  },
  {
    name: 'marked-down',
    starts: /osd\.\d+\b.*marked (?:itself )?(?:down|dead)/,
    whole: /osd\.(\d+)\b.*marked (?:itself )?(?:down|dead)/,
  },
  {
    name: 'marked-out',
    starts: /[Mm]arking osd\.\d+ out/,
    whole: /[Mm]arking osd\.(\d+) out \(has been down for (\d+) seconds\)/,
  },
  { name: 'boot', starts: /osd\.\d+ (?:\S+ )?boot\s*$/, whole: /osd\.(\d+) (?:\S+ )?boot\s*$/ },
  {
    name: 'slow-request',
    starts: /slow request \d/,
    whole: /slow request ([\d.]+) seconds old.*?: (\S+\(.*?\))(?: (?:v\d+ )?currently (.+?))?\s*$/,
  },
  {
    name: 'slow-summary',
    starts: /(?<!\d)\d+ slow requests?,/,
    whole: /(\d+) slow requests?, .*oldest blocked for > ([\d.]+) secs/,
  },
  {
    name: 'slow-metric',
    starts: /get_health_metrics reporting/,
    whole: /(?:\bosd\.(\d+) \d+ )?get_health_metrics reporting (\d+) slow ops, oldest is (\w+\(.*\))\s*$/,
  },
  {
    name: 'slow-metric-cut',
    last: true,
    starts: /get_health_metrics reporting/,
    whole: /(?:\bosd\.(\d+) \d+ )?get_health_metrics reporting (\d+) slow ops/,
  },
  {
    name: 'slow-heartbeat',
    starts: /Slow (?:OSD )?heartbeat/i,
    whole: /Slow (?:OSD )?heartbeats? .*?osd\.(\d+).*?osd\.(\d+)/i,
  },
  { name: 'signal', starts: /\*\*\* Caught signal/, whole: /\*\*\* Caught signal \(([^)]+)\)/ },
  { name: 'assert', starts: /FAILED (?:ceph_)?assert/, whole: /FAILED (?:ceph_)?assert\w*\((.+)\)/ },
  {
    name: 'abort',
    starts: /(?<!_)ceph_abort(?:_msg)?\(/,
    whole: /(?<!_)ceph_abort(?:_msg)?\((?:"([^"]*)")?/,
  },
  {
    name: 'thread',
    starts: /in thread [0-9a-f]+ thread_name:/,
    whole: /in thread [0-9a-f]+ thread_name:(\S+)/,
  },
  {
    name: 'suicide',
    starts: /suicide time/,
    whole: /(?:'(.+?)' had suicide timed out after ([\d.]+)|hit suicide timeout)/,
  },
  {
    name: 'stalled',
    starts: /heartbeat_map (?:is_healthy|reset_timeout)/,
    whole: /heartbeat_map \w+ '(.+?)' had timed out after ([\d.]+)/,
  },
  {
    name: 'start',
    starts: /process ceph-(?:osd|mon|mgr|mds)/,
    whole: /ceph version (\d\S*).*process (ceph-(?:osd|mon|mgr|mds)),? pid (\d+)/,
  },
  {
    name: 'disk',
    starts:
      /\bbdev\(.*(?:error|\(5\)|stalled)|_verify_csum|rocksdb:.*[Cc]orruption|filestore.*error \(5\)|bluestore.*bad crc|(?:deep-)?scrub \d+ errors|candidate had a read error/,
    whole:
      /(\bbdev\(.*(?:error|\(5\)|stalled)|_verify_csum.*|rocksdb:.*[Cc]orruption.*|filestore.*error \(5\).*|bluestore.*bad crc.*|\d+\.[0-9a-f]+ (?:deep-)?scrub [1-9]\d* errors|candidate had a read error)/,
  },
  {
    name: 'check-log',
    starts: /Health check (?:failed|update|cleared): /,
    whole: /Health check (failed|update|cleared): (.+?)(?: \(([A-Z][A-Z0-9_]+|was: .*)\))?\s*$/,
  },
  {
    name: 'healthy-log',
    starts: /Cluster is now healthy|overall HEALTH_OK/,
    whole: /Cluster is now healthy|overall HEALTH_OK/,
  },
  {
    name: 'auth',
    starts:
      /handle_auth_bad_method|authentication error|verify_(?:reply|authorizer).*decrypt|couldn't decrypt|RADOS permission denied|PermissionDeniedError/,
    whole:
      /(handle_auth_bad_method .*|client\.\S+ authentication error \((\d+)\).*|.*decrypt.*|RADOS permission denied.*|PermissionDeniedError.*)$/,
  },
  {
    name: 'mon-timeout',
    starts:
      /authenticate timed out|RADOS timed out|couldn't connect to the cluster|error connecting to the cluster|failed to fetch mon config/,
    whole:
      /authenticate timed out(?: after (\d+))?|RADOS timed out|couldn't connect to the cluster|error connecting to the cluster|failed to fetch mon config/,
  },
  {
    name: 'no-keyring',
    starts: /unable to find a keyring|no keyring found|missing keyring/,
    whole: /(?:unable to find a keyring|no keyring found|missing keyring)(?: on (\S+))?/,
  },
  // changes of the map carry cluster and epoch in newer kernels (osdmap_info): `libceph (fb30d64e-… e857): osd2 down`
  {
    name: 'libceph',
    starts: /libceph(?: \([0-9a-f-]{36} e\d+\))?: (?:mon|osd|mds)\d+/,
    whole: new RegExp(
      String.raw`libceph(?: \([0-9a-f-]{36} e\d+\))?: (mon|osd|mds)(\d+)(?: (?:\(\d+\))?(${ADDR}))? (\S.*)$`,
    ),
  },
  {
    name: 'objecter',
    starts: /objecter.*timed out|\bms_handle_(?:reset|connect)/,
    whole: /(objecter.*timed out|\bms_handle_(?:reset|connect))/,
  },
  { name: 'skew', starts: /clock skew/, whole: /(?:(mon\.\S+) .*)?clock skew ([\d.]+)s > max/ },
] as const satisfies readonly Form[]

import type { Severity } from '../../shared/finding.ts'

/** How bad a complaint of the cluster is, in the words of a finding; `doNot` is what it tempts people to. */
export type Meaning = { severity: Severity; doNot?: [what: string, why: string]; osds?: true }

const RESTART: [string, string] = [
  'restart all OSDs, or every one that is slow',
  'each restart makes PGs peer anew; look at the one that the others wait for',
]

/** https://docs.ceph.com/en/latest/rados/operations/health-checks/; codes that are not here are as bad as Ceph says. */
export const MEANINGS: Record<string, Meaning> = {
  OSD_DOWN: { severity: 'warning', osds: true },
  OSD_HOST_DOWN: { severity: 'warning', osds: true },
  OSD_RACK_DOWN: { severity: 'critical', osds: true },
  OSD_ROOT_DOWN: { severity: 'critical', osds: true },
  SLOW_OPS: { severity: 'warning', osds: true, doNot: RESTART },
  REQUEST_SLOW: { severity: 'warning', osds: true, doNot: RESTART },
  REQUEST_STUCK: { severity: 'critical', osds: true, doNot: RESTART },
  OSD_SLOW_PING_TIME_BACK: { severity: 'warning', osds: true },
  OSD_SLOW_PING_TIME_FRONT: { severity: 'warning', osds: true },
  PG_AVAILABILITY: {
    severity: 'critical',
    osds: true,
    doNot: [
      'declare OSDs lost, lower min_size or force-create PGs to get going',
      'that can throw away the newest data; bring back the OSD that peering waits for',
    ],
  },
  PG_DEGRADED: { severity: 'warning' },
  PG_DEGRADED_FULL: { severity: 'critical' },
  PG_BACKFILL_FULL: { severity: 'warning' },
  PG_RECOVERY_FULL: { severity: 'critical' },
  OBJECT_MISPLACED: { severity: 'info' },
  PG_DAMAGED: {
    severity: 'critical',
    doNot: [
      'run `ceph pg repair` before it is known which copy is right',
      'in old releases it copies the primary over the others',
    ],
  },
  OSD_SCRUB_ERRORS: { severity: 'critical' },
  OBJECT_UNFOUND: {
    severity: 'critical',
    osds: true,
    doNot: [
      'run `mark_unfound_lost`',
      'it gives the objects up for good; an OSD that is down may still have them',
    ],
  },
  OSD_FULL: {
    severity: 'critical',
    osds: true,
    doNot: [
      'raise `full_ratio` a lot, or delete files of an OSD by hand',
      'an OSD whose disk is really full cannot start any more',
    ],
  },
  OSD_BACKFILLFULL: { severity: 'warning', osds: true },
  OSD_NEARFULL: { severity: 'warning', osds: true },
  POOL_FULL: { severity: 'critical' },
  POOL_NEARFULL: { severity: 'warning' },
  OSDMAP_FLAGS: { severity: 'info' },
  OSD_FLAGS: { severity: 'info' },
  MON_DOWN: {
    severity: 'warning',
    doNot: ['remove the monitor, or restart the others', 'another one less, and there is no quorum'],
  },
  MON_CLOCK_SKEW: { severity: 'warning' },
  MON_DISK_LOW: { severity: 'warning' },
  MON_DISK_CRIT: { severity: 'critical' },
  MGR_DOWN: { severity: 'warning' },
  RECENT_CRASH: { severity: 'warning', osds: true },
  POOL_NO_REDUNDANCY: { severity: 'info' },
  POOL_APP_NOT_ENABLED: { severity: 'info' },
  POOL_TOO_MANY_PGS: { severity: 'info' },
  POOL_TOO_FEW_PGS: { severity: 'info' },
  POOL_PG_NUM_NOT_POWER_OF_TWO: { severity: 'info' },
  SMALLER_PGP_NUM: { severity: 'info' },
  TOO_FEW_PGS: { severity: 'info' },
  TOO_MANY_PGS: { severity: 'info' },
  TOO_FEW_OSDS: { severity: 'warning' },
  OLD_CRUSH_TUNABLES: { severity: 'info' },
  PG_NOT_SCRUBBED: { severity: 'info' },
  PG_NOT_DEEP_SCRUBBED: { severity: 'info' },
  AUTH_INSECURE_GLOBAL_ID_RECLAIM_ALLOWED: { severity: 'info' },
  AUTH_INSECURE_GLOBAL_ID_RECLAIM: { severity: 'info' },
  MON_MSGR2_NOT_ENABLED: { severity: 'info' },
  TELEMETRY_CHANGED: { severity: 'info' },
  DEVICE_HEALTH: { severity: 'warning' },
  BLUESTORE_NO_PER_POOL_OMAP: { severity: 'info' },
  BLUESTORE_NO_PER_PG_OMAP: { severity: 'info' },
  BLUEFS_SPILLOVER: { severity: 'info' },
  CACHE_POOL_NO_HIT_SET: { severity: 'info' },
}

/** Messages without a code (`ceph -s`, and everything before Luminous) → the code that later releases give them. The first that fits. */
const MESSAGES: [RegExp, string][] = [
  [/clock skew/i, 'MON_CLOCK_SKEW'],
  [/no active mgr|no daemons active/i, 'MGR_DOWN'],
  [/mons? (?:are |is )?down|out of quorum/i, 'MON_DOWN'],
  [/flags? (?:\S+ )?(?:is|are)? ?set|flag\(s\) set/i, 'OSDMAP_FLAGS'],
  [/unfound/i, 'OBJECT_UNFOUND'],
  [/scrub errors|pgs? inconsistent|possible data damage/i, 'PG_DAMAGED'],
  [/slow ops|slow requests|(?:ops|requests) are blocked|blocked requests/i, 'SLOW_OPS'],
  [/Slow OSD heartbeats on back/i, 'OSD_SLOW_PING_TIME_BACK'],
  [/Slow OSD heartbeats on front/i, 'OSD_SLOW_PING_TIME_FRONT'],
  [/not deep-scrubbed/i, 'PG_NOT_DEEP_SCRUBBED'],
  [/not scrubbed/i, 'PG_NOT_SCRUBBED'],
  [/near ?full osd|osds?\)? nearfull|osd.*near ?full/i, 'OSD_NEARFULL'],
  [/backfill ?full osd|osd.*backfill ?full/i, 'OSD_BACKFILLFULL'],
  [/(?:^|\s)full osd/i, 'OSD_FULL'],
  [/pool(?:s|\(s\))? .*near ?full/i, 'POOL_NEARFULL'],
  [/pool(?:s|\(s\))? .*full|reached quota/i, 'POOL_FULL'],
  [
    /reduced data availability|pgs? (?:are )?(?:stuck )?(?:down|inactive|incomplete|stale|peering)\b/i,
    'PG_AVAILABILITY',
  ],
  [
    /degraded data redundancy|pgs? (?:are )?(?:stuck )?(?:degraded|undersized|unclean|recovering|recovery_wait|backfill\w*)|objects degraded|recovery \d+\/\d+/i,
    'PG_DEGRADED',
  ],
  [/misplaced|remapped pgs?/i, 'OBJECT_MISPLACED'],
  [/hosts? \(.*down|\d+ hosts? .*down/i, 'OSD_HOST_DOWN'],
  [/osds? (?:is |are )?down|osds are down/i, 'OSD_DOWN'],
  [/recently crashed/i, 'RECENT_CRASH'],
  [/no replicas configured/i, 'POOL_NO_REDUNDANCY'],
  [/insecure global_id/i, 'AUTH_INSECURE_GLOBAL_ID_RECLAIM_ALLOWED'],
  [/too few placement groups/i, 'POOL_TOO_FEW_PGS'],
  [/too many placement groups/i, 'POOL_TOO_MANY_PGS'],
  [/non-power-of-two pg_num/i, 'POOL_PG_NUM_NOT_POWER_OF_TWO'],
  [/not enabled msgr2/i, 'MON_MSGR2_NOT_ENABLED'],
  [/bluefs spillover/i, 'BLUEFS_SPILLOVER'],
  [/too few pgs/i, 'TOO_FEW_PGS'],
  [/too many pgs/i, 'TOO_MANY_PGS'],
  [/pg_num .*pgp_num/i, 'SMALLER_PGP_NUM'],
  [/legacy tunables|crush map/i, 'OLD_CRUSH_TUNABLES'],
  [/application not enabled|not have an application enabled/i, 'POOL_APP_NOT_ENABLED'],
  [/low (?:disk|on available) space/i, 'MON_DISK_LOW'],
]

/** Ceph's code for a message; undefined: it is none of those that are known. */
export function codeOfMessage(message: string): string | undefined {
  return MESSAGES.find(([pattern]) => pattern.test(message))?.[1]
}

/** What is set while something is wrong hides it; what somebody sets before work on a host is plain. */
const BAD_FLAGS = /\b(?:nodown|noup|noin|pause(?:rd|wr)?|full)\b/

export function severityOf(code: string, severity: string | undefined, text: string): Severity {
  if ((code === 'OSDMAP_FLAGS' || code === 'OSD_FLAGS') && BAD_FLAGS.test(text)) return 'warning'
  const known = MEANINGS[code]?.severity
  if (code === 'PG_AVAILABILITY' && !/down|incomplete|stale|inactive|unknown|HEALTH_ERR/.test(text))
    return 'warning'
  return known ?? (severity === 'ERR' || severity === 'HEALTH_ERR' ? 'critical' : 'warning')
}

import type { Host } from '../shared/inventory.ts'
import { FAMILY_ARGV, readFamily } from '../shared/linux/family.ts'
import { readUptime, UPTIME_ARGV } from '../shared/linux/kernel-log.ts'
import { MOUNTS_ARGV, readMounts } from '../shared/linux/mountinfo.ts'
import { readWaits, waitsArgv } from '../shared/linux/threads.ts'
import type { Output, Probe } from '../shared/probe.ts'
import { readScriptRuns, readTunables, readVersion } from './events.ts'
import { readConfig, readReclock } from './lock-setting.ts'
import { CLOCK_ARGV, readClock, readLockLog } from './log.ts'
import { counterPaths, readFiles, readReclockScript, scriptPaths } from './reclock-script.ts'
import { readClusterState, readStatus } from './status.ts'

const LIMIT_MS = 6_000
/** where releases log to when nothing is set */
const USUAL_LOGS = ['/var/log/ctdb/log.ctdb', '/var/log/log.ctdb']
const LOG_LINES = '400'

/** What is asked of one node. None of it touches the lock's file or its file system. */
export function nodeProbes({ name: host }: Host, base: string) {
  const probe = <T>(
    id: string,
    looking: string,
    argv: readonly string[],
    parse: (output: Output) => T,
    touches = `ctdb:${id}`,
  ): Probe<T> => ({
    id: `${id}@${host}`,
    host,
    argv: argv as readonly [string, ...string[]],
    limitMs: LIMIT_MS,
    touches,
    looking: `${looking} of ${host}`,
    parse,
  })
  const files = ['stat', '-L', '-c', '%a %s %Y %n', ...scriptPaths(base), ...counterPaths(base)]
  return {
    status: () => probe('status', 'status', ['ctdb', '-X', 'status'], readStatus),
    /** releases before 2.5 know no -X */
    oldStatus: () => probe('status-y', 'status', ['ctdb', '-Y', 'status'], readStatus),
    state: () => probe('state', 'status', ['ctdb', 'status'], readClusterState),
    version: () => probe('version', 'release', ['ctdb', 'version'], readVersion),
    lock: () => probe('lock', 'lock setting', ['ctdb', 'getreclock'], readReclock),
    runs: () => probe('runs', 'event scripts', ['ctdb', 'scriptstatus'], readScriptRuns),
    tunables: () => probe('tunables', 'tunables', ['ctdb', 'listvars'], readTunables),
    config: () =>
      probe(
        'config',
        'lock setting',
        [
          'grep',
          '-sH',
          '',
          `${base}/ctdb.conf`,
          `${base}/ctdbd.conf`,
          '/etc/sysconfig/ctdb',
          '/etc/default/ctdb',
        ],
        readConfig,
      ),
    script: () =>
      probe('script', 'event scripts', ['grep', '-sH', '', ...scriptPaths(base)], readReclockScript),
    files: () => probe('files', 'failure counter', files, readFiles),
    mounts: () => probe('mounts', 'mounts', MOUNTS_ARGV, readMounts),
    clock: () => probe('clock', 'clock', CLOCK_ARGV, readClock),
    uptime: () => probe('uptime', 'clock', UPTIME_ARGV, readUptime),
    family: () => probe('processes', 'processes', FAMILY_ARGV, readFamily),
    waits: (look: 1 | 2, processes: readonly { pid: string }[]) =>
      probe(
        `waits-${look}`,
        'waiting processes',
        waitsArgv(processes.map(({ pid }) => ({ pid, tid: pid }))),
        readWaits,
      ),
    log: (path: string | undefined) =>
      probe(
        'log',
        'log',
        ['tail', '-q', '-n', LOG_LINES, ...(path === undefined ? USUAL_LOGS : [path])],
        readLockLog,
      ),
  }
}

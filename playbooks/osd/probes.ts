import { orOtherAdmins } from '../shared/ceph/admin-host.ts'
import { readCrashes } from '../shared/ceph/crashes.ts'
import { readHealth } from '../shared/ceph/health.ts'
import { readManager } from '../shared/ceph/manager.ts'
import { readOkToStop } from '../shared/ceph/ok-to-stop.ts'
import { readOsdFind } from '../shared/ceph/osd-find.ts'
import { readOsdMap } from '../shared/ceph/osd-map.ts'
import { readPgs } from '../shared/ceph/pgs.ts'
import { readReleases } from '../shared/ceph/release.ts'
import type { Host, Inventory } from '../shared/inventory.ts'
import { bannerArgv, type Endpoint, PYTHONS, readAnswers, WAIT_S } from '../shared/linux/banner.ts'
import {
  descriptorsArgv,
  FILE_NR_ARGV,
  limitsArgv,
  readDescriptors,
  readFileNr,
  readLimits,
} from '../shared/linux/descriptors.ts'
import { LISTENERS_ARGV, readListeners } from '../shared/linux/listeners.ts'
import { PROCESSES_ARGV, parseProcesses } from '../shared/linux/processes.ts'
import { readUnits, readUpstart, unitsArgv } from '../shared/linux/service.ts'
import { NotSeen, type Output, type Probe } from '../shared/probe.ts'
import { journalArgv, logArgv, readLog } from './log.ts'
import { readBlockedOps } from './ops.ts'

// Ceph's tools wait 300 s for a monitor; this bounds it (tried on 16.2: 5.1 s)
const LIMIT_MS = 12_000
const HOST_LIMIT_MS = 8_000
// the OSD map and the PGs of a few thousand OSDs
const BIG = 32 * 2 ** 20

/** The probes of the cluster, run on one of its ceph-admin hosts. */
export function clusterProbes(inventory: Inventory, host: Host) {
  const ceph = cephArgv(inventory)
  const probe = <T>(
    id: string,
    looking: string,
    argv: readonly [string, ...string[]],
    parse: (output: Output) => T,
  ): Probe<T> => ({
    id,
    looking,
    argv,
    parse,
    host: host.name,
    ...orOtherAdmins(inventory, host),
    limitMs: LIMIT_MS,
    touches: 'ceph',
    maxBytes: BIG,
  })
  return {
    map: () => probe('osd-map', 'OSD map', ceph('osd', 'dump', '-f', 'json'), readOsdMap),
    manager: () => probe('status', 'cluster status', ceph('status', '-f', 'json'), readManager),
    health: () => probe('health', 'health', ceph('health', 'detail', '-f', 'json'), readHealth),
    find: (id: string) =>
      probe('find', 'host of the OSD', ceph('osd', 'find', id, '-f', 'json'), readOsdFind),
    okToStop: (id: string) =>
      probe('ok-to-stop', 'what a restart would stop', ceph('osd', 'ok-to-stop', id), readOkToStop),
    // PGs count as stuck after 60 s unless a time is given
    stuck: () =>
      probe(
        'stuck-pgs',
        'PGs that do not serve',
        ceph('pg', 'dump_stuck', 'inactive', '1', '-f', 'json'),
        readPgs,
      ),
    pgsOf: (id: string) =>
      probe('own-pgs', 'PGs of the OSD', ceph('pg', 'ls-by-osd', id, '-f', 'json'), readPgs),
    crashes: () => probe('crashes', 'crash reports', ceph('crash', 'ls', '-f', 'json'), readCrashes),
    releases: () => probe('releases', 'release', ceph('versions', '-f', 'json'), readReleases),
    tell: (id: string) =>
      probe('tell', 'a new connection to the OSD', ceph('tell', `osd.${id}`, 'version'), answersTell),
  }
}

/** `ceph` with the configured user and configuration, bounded. */
export function cephArgv({ ceph }: Inventory) {
  const who = [
    ...(ceph?.conf === undefined ? [] : ['-c', ceph.conf]),
    ...(ceph?.user === undefined ? [] : ['--id', ceph.user]),
  ]
  return (...words: string[]) => ['ceph', ...who, '--connect-timeout', '5', ...words] as [string, ...string[]]
}

/** The probes of one host. */
export function hostProbes(inventory: Inventory, { name: host }: Host) {
  const probe = <T>(
    id: string,
    argv: readonly [string, ...string[]],
    parse: (output: Output) => T,
    touches = `host:${id}`,
  ): Probe<T> => ({
    id: `${id}@${host}`,
    host,
    argv,
    parse,
    touches,
    limitMs: HOST_LIMIT_MS,
    maxBytes: BIG,
    looking: `host ${host}`,
  })
  return {
    listeners: () => probe('listeners', LISTENERS_ARGV, readListeners),
    processes: () => probe('processes', PROCESSES_ARGV, parseProcesses),
    descriptors: (pids: readonly string[]) => probe('descriptors', descriptorsArgv(pids), readDescriptors),
    limits: (pids: readonly string[]) => probe('limits', limitsArgv(pids), readLimits),
    fileNr: () => probe('file-nr', FILE_NR_ARGV, readFileNr),
    threads: (pid: string) => probe('threads', ['grep', '^Threads:', `/proc/${pid}/status`], readThreadCount),
    units: (names: readonly string[]) => probe('units', unitsArgv(names), readUnits),
    upstart: (id: string) => probe('upstart', ['initctl', 'status', 'ceph-osd', `id=${id}`], readUpstart),
    sysvinit: (id: string) => probe('sysvinit', ['service', 'ceph', 'status', `osd.${id}`], readSysvinit),
    log: (path: string) => probe('log', logArgv(path), readLog, 'file:/var/log'),
    journal: (unit: string) => probe('journal', journalArgv(unit), readLog, 'file:/var/log'),
    blockedOps: (id: string) =>
      probe(
        'blocked-ops',
        cephArgv(inventory)('daemon', `osd.${id}`, 'dump_blocked_ops'),
        readBlockedOps,
        'ceph-daemon',
      ),
    /** connects from this host to the OSDs on another (or the same) one */
    answers: (to: string, python: (typeof PYTHONS)[number], targets: readonly Endpoint[]) => ({
      ...probe(
        `answers-${to}${python === PYTHONS[0] ? '' : '-2'}`,
        bannerArgv(python, targets),
        readAnswers,
        'network',
      ),
      // each batch of 250 waits for its slowest
      limitMs: 6_000 + Math.ceil(targets.length / 250) * (WAIT_S + 1) * 1000,
      looking: `connections from ${host}`,
    }),
  }
}

function readThreadCount(output: Output): number {
  const count = /^Threads:\s+(\d+)\s*$/.exec(output.stdout)?.[1]
  if (count === undefined) throw new NotSeen('unparsable', 'no number of threads in /proc/PID/status')
  return Number(count)
}

/** `osd.4: running {"version":"0.87"}`. */
function readSysvinit({ stdout, exitCode, truncated }: Output): boolean {
  if (exitCode !== 0 || truncated || !/osd\.\d+\W+running/.test(stdout))
    throw new NotSeen('absent', 'the service `ceph` does not run it there')
  return true
}

function answersTell({ stdout, stderr, exitCode }: Output): true {
  if (exitCode === 0 && /ceph version|"version"/.test(stdout)) return true
  throw new NotSeen('failed', `it does not answer: ${stderr.trim().split('\n').at(-1)?.slice(0, 200) ?? ''}`)
}

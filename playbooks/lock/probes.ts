import {
  fdinfoArgv,
  lockOwnersArgv,
  openFilesArgv,
  readFdinfo,
  readLockOwners,
  readOpenFiles,
} from '../shared/linux/fdinfo.ts'
import { KERNEL_LOG_ARGV, readKernelLog, readUptime, UPTIME_ARGV } from '../shared/linux/kernel-log.ts'
import { MOUNTS_ARGV, mountsOfArgv, readMounts } from '../shared/linux/mountinfo.ts'
import { nfsdClientsArgv, readNfsdClients } from '../shared/linux/nfsd-clients.ts'
import {
  locksArgv,
  locksOfArgv,
  PID_NAMESPACE_ARGV,
  readLocks,
  readPidNamespace,
} from '../shared/linux/proc-locks.ts'
import { PROCESSES_ARGV, parseProcesses } from '../shared/linux/processes.ts'
import { readRealPath, readStat, realPathArgv, statArgv, statThroughArgv } from '../shared/linux/stat.ts'
import { MONITORED_ARGV, readMonitored } from '../shared/linux/statd.ts'
import { readThreads, readWaits, THREADS_ARGV, waitsArgv } from '../shared/linux/threads.ts'
import type { Output, Probe } from '../shared/probe.ts'

const LIMIT_MS = 5_000
/** A path may hang for ever; nobody should wait longer than this to hear so. */
const PATH_LIMIT_MS = 3_000
// the locks or the threads of a very large server
const BIG = 32 * 2 ** 20

/** The probes of one host. Those that touch a path say which mount: what hangs there blocks no other probe. */
export function probesOf(host: string) {
  const probe = <T>(
    id: string,
    argv: readonly string[],
    parse: (output: Output) => T,
    more: Partial<Probe<T>> = {},
  ): Probe<T> => ({
    id: `${id}@${host}`,
    host,
    argv: argv as readonly [string, ...string[]],
    limitMs: LIMIT_MS,
    touches: `proc:${id.replace(/[-:].*/, '')}`,
    looking: host,
    parse,
    ...more,
  })
  const onMount = (mount: string) => ({ limitMs: PATH_LIMIT_MS, touches: `mount:${mount}` })
  const locks = (look: 1 | 2, inodes: readonly string[]) =>
    probe(`locks-${look}${idOf(inodes)}`, locksArgv(inodes), (output) => readLocks(output, new Set(inodes)), {
      maxBytes: BIG,
    })

  return {
    threads: () => probe('threads', THREADS_ARGV, readThreads, { maxBytes: BIG }),
    /** command lines can hang; asked only for a name that no thread has */
    processes: () => probe('processes', PROCESSES_ARGV, parseProcesses, { maxBytes: BIG }),
    waits: (look: 1 | 2, threads: readonly { pid: string; tid: string }[]) =>
      probe(`waits-${look}${idOf(threads.map(({ tid }) => tid))}`, waitsArgv(threads), readWaits),
    mounts: (pid?: string) =>
      pid === undefined
        ? probe('mounts', MOUNTS_ARGV, readMounts)
        : probe(`mounts-${pid}`, mountsOfArgv(pid), readMounts),
    openFiles: (pid: string) => probe(`files-${pid}`, openFilesArgv(pid), readOpenFiles),
    fdinfo: (pid: string) => probe(`fdinfo-${pid}`, fdinfoArgv(pid), readFdinfo),
    locks,
    namespace: () => probe('namespace', PID_NAMESPACE_ARGV, readPidNamespace),
    locksOf: (pids: readonly string[]) => probe('locks-of', locksOfArgv(pids), (output) => readLocks(output)),
    lockOwners: (inodes: readonly string[]) =>
      probe(`lock-owners${idOf(inodes)}`, lockOwnersArgv(inodes), readLockOwners, { limitMs: 10_000 }),
    /** a file through symlinks, as programs open it */
    file: (path: string, mount: string) =>
      probe(`file:${path}`, statThroughArgv(path), readStat, onMount(mount)),
    /** the name itself, for what would be renamed */
    name: (path: string, mount: string) => probe(`name:${path}`, statArgv(path), readStat, onMount(mount)),
    realPath: (path: string, mount: string) =>
      probe(`real:${path}`, realPathArgv(path), readRealPath, onMount(mount)),
    kernelLog: () => probe('kernel-log', KERNEL_LOG_ARGV, readKernelLog, { maxBytes: BIG }),
    uptime: () => probe('uptime', UPTIME_ARGV, readUptime),
    nfsdClients: (inodes: readonly string[]) =>
      probe(`nfsd${idOf(inodes)}`, nfsdClientsArgv(inodes), readNfsdClients, { maxBytes: BIG }),
    monitored: () => probe('statd', MONITORED_ARGV, readMonitored),
  }
}

/** Probe ids say what was asked for, so that another question is another probe. */
function idOf(words: readonly string[]): string {
  const all = words.join('+')
  return all === '' ? '' : `:${all.length <= 60 ? all : `${all.slice(0, 40)}…${words.length}-${sum(all)}`}`
}

function sum(text: string): string {
  let total = 7
  for (const character of text) total = (total * 31 + character.codePointAt(0)!) % 0xffffffff
  return total.toString(36)
}

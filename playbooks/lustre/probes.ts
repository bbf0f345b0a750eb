import type { Host } from '../shared/inventory.ts'
import { KERNEL_LOG_ARGV, readUptime, UPTIME_ARGV } from '../shared/linux/kernel-log.ts'
import { CLOCK_ARGV, readClock } from '../shared/linux/log-time.ts'
import { MOUNTS_ARGV, readMounts } from '../shared/linux/mountinfo.ts'
import { NotSeen, type Output, type Probe } from '../shared/probe.ts'
import { readImports } from './imports.ts'
import {
  readDevices,
  readExports,
  readFileSystems,
  readNetShow,
  readNids,
  readPing,
  readVersion,
} from './lctl.ts'
import { type LustreText, readLustreText } from './log.ts'
import { FSTAB_ARGV, readFstab } from './mounts.ts'
import type { Nid } from './nid.ts'

const LIMIT_MS = 8_000
/** The kernel's ring buffer is at most a few MiB; a syslog line has about 200 bytes. */
const LOG_BYTES = 16 * 2 ** 20
const LOG_LINES = '20000'
/** lctl's own is one second, too short for a first connection over a busy net. */
const PING_S = '5'

/** Where a kernel's log may be read, in the order in which they are tried. */
export const LOG_SOURCES = [
  { name: 'dmesg', argv: KERNEL_LOG_ARGV },
  {
    name: 'journalctl',
    argv: ['journalctl', '-k', '-b', '--no-pager', '-o', 'short-iso', '-n', LOG_LINES],
  },
  { name: '/var/log/messages', argv: ['tail', '-n', LOG_LINES, '/var/log/messages'] },
] as const

/** Output of any of LOG_SOURCES → what Lustre said. An empty log was cleared: nothing is known from it. */
export function readLog({ stdout, stderr, exitCode, truncated }: Output): LustreText {
  if (/not permitted|permission denied|insufficient permissions/i.test(stderr))
    throw new NotSeen('denied', `reading the kernel's log is not permitted: ${stderr.trim().slice(0, 120)}`)
  if (exitCode !== 0)
    throw new NotSeen('failed', `the kernel's log could not be read: ${stderr.trim().slice(0, 160)}`)
  // what is dropped is the end, the newest
  if (truncated)
    throw new NotSeen(
      'unparsable',
      'the kernel’s log is longer than what is kept; its newest part is missing',
    )
  const text = readLustreText(stdout)
  if (text.lines.length === 0 || /^-- No entries --\s*$/.test(stdout))
    throw new NotSeen('absent', 'the kernel’s log is empty: it was cleared')
  // without times (printk.time=0) at least Lustre's own words must be there
  if (
    text.ours === 0 &&
    text.lines.every(({ bootS, wallMs, local }) => (bootS ?? wallMs ?? local) === undefined)
  )
    throw new NotSeen('unparsable', 'this is not a kernel’s log: no line has a time, and none is of Lustre')
  return text
}

/** The probes of one host, client or server. Nothing of it touches a mounted file system. */
export function hostProbes({ name: host }: Host) {
  const probe = <T>(
    id: string,
    looking: string,
    argv: readonly [string, ...string[]],
    parse: (output: Output) => T,
    touches = `lustre:${id}`,
  ): Probe<T> => ({
    id: `${id}@${host}`,
    host,
    argv,
    limitMs: LIMIT_MS,
    touches,
    looking: `${looking} of ${host}`,
    parse,
  })
  const log = (at: 0 | 1 | 2) => {
    const { name, argv } = LOG_SOURCES[at]
    return { ...probe(`log-${at + 1}`, 'kernel log', argv, readLog, `log:${name}`), maxBytes: LOG_BYTES }
  }
  return {
    log,
    clock: () => probe('clock', 'clock', CLOCK_ARGV, readClock),
    uptime: () => probe('uptime', 'clock', UPTIME_ARGV, readUptime),
    version: () => probe('version', 'release', ['lctl', 'get_param', '-n', 'version'], readVersion),
    devices: () => probe('devices', 'devices', ['lctl', 'dl'], readDevices),
    nids: () => probe('nids', 'LNet', ['lctl', 'list_nids'], readNids),
    net: () => probe('net', 'LNet', ['lnetctl', 'net', 'show'], readNetShow),
    ping: (nid: Nid) => ({
      ...probe(`ping-${nid}`, 'LNet', ['lctl', 'ping', nid, PING_S], readPing, `nid:${nid}`),
      looking: `NID ${nid}`,
    }),
    imports: () =>
      probe(
        'imports',
        'connections',
        ['lctl', 'get_param', 'mgc.*.import', 'mdc.*.import', 'osc.*.import'],
        readImports,
      ),
    mounts: () => probe('mounts', 'mounts', MOUNTS_ARGV, readMounts),
    fstab: () => probe('fstab', 'fstab', FSTAB_ARGV, readFstab),
    fileSystems: () =>
      probe('file-systems', 'MGS', ['lctl', 'get_param', '-n', 'mgs.MGS.filesystems'], readFileSystems),
    exports: () => probe('exports', 'MGS', ['lctl', 'get_param', 'mgs.MGS.exports.*.uuid'], readExports),
  }
}

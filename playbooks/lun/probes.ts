import { rowsOf } from '../shared/esxi/esxcli.ts'
import { eventsOf, type LogEvent } from '../shared/esxi/events.ts'
import { readLogRecords } from '../shared/esxi/log.ts'
import { deviceStats, devices, extents, fileSystems, paths, snapshotVolumes } from '../shared/esxi/storage.ts'
import { CLOCK_ARGV, readClock } from '../shared/linux/log-time.ts'
import { NotSeen, type Output, type Probe } from '../shared/probe.ts'
import { readAnswer, readPersistent } from '../shared/scsi/sg.ts'

/** esxcli waits for a device that does not answer; nobody should wait longer than this to hear so. */
export const ESXI_LIMIT_MS = 15_000
/** The same for a SCSI command of a Linux initiator. */
export const SCSI_LIMIT_MS = 10_000
const LOG_LINES = '4000'

type Make = <T>(
  id: string,
  argv: readonly string[],
  parse: (output: Output) => T,
  more?: Partial<Probe<T>>,
) => Probe<T>

/** Ids begin with `lun-`: the watchers' probes run in the same check. */
export const probesOn =
  (host: string, looking: string, limitMs: number): Make =>
  (id, argv, parse, more = {}) => ({
    id: `lun-${id}@${host}`,
    host,
    argv: argv as readonly [string, ...string[]],
    limitMs,
    touches: `lun:${id.replace(/[-:].*/, '')}`,
    looking,
    parse,
    ...more,
  })

/** ESXi has busybox and esxcli; lists are asked for as CSV, because names may hold blanks. */
export function esxiProbes(host: string) {
  const make = probesOn(host, `ESXi ${host}`, ESXI_LIMIT_MS)
  const list = (...words: string[]) => ['esxcli', '--formatter=csv', 'storage', ...words]
  const about = (device: string) => ({ touches: `device:${device}` })
  return {
    fileSystems: () =>
      make('filesystems', list('filesystem', 'list'), (output) => some(fileSystems(rowsOf(output)))),
    extents: () => make('extents', list('vmfs', 'extent', 'list'), (output) => extents(rowsOf(output))),
    snapshots: () =>
      make('snapshots', ['esxcli', 'storage', 'vmfs', 'snapshot', 'list'], (output) =>
        snapshotVolumes(rowsOf(output)),
      ),
    device: (device: string) =>
      make(
        `device:${device}`,
        ['esxcli', 'storage', 'core', 'device', 'list', '-d', device],
        (output) => one(devices(rowsOf(output)), device),
        about(device),
      ),
    paths: (device: string) =>
      make(
        `paths:${device}`,
        ['esxcli', 'storage', 'core', 'path', 'list', '-d', device],
        (output) => paths(rowsOf(output)),
        about(device),
      ),
    stats: (device: string, look: 1 | 2) =>
      make(
        `stats-${look}:${device}`,
        ['esxcli', 'storage', 'core', 'device', 'stats', 'get', '-d', device],
        (output) => one(deviceStats(rowsOf(output)), device),
        about(device),
      ),
    log: () =>
      make('vmkernel', ['tail', '-n', LOG_LINES, '/var/log/vmkernel.log'], readVmkernel, {
        maxBytes: 4 * 2 ** 20,
      }),
    clock: () => make('clock', CLOCK_ARGV, readClock),
  }
}

/** Every ESXi has file systems, were it only those that it boots from: an empty list was not listed. */
function some<T>(list: readonly T[]): T[] {
  if (list.length === 0) throw new NotSeen('unparsable', 'esxcli lists no file system at all')
  return [...list]
}

function one<T>(list: readonly T[], device: string): T {
  const [only, ...more] = list
  if (!only) throw new NotSeen('absent', `esxcli shows no device ${device}`)
  if (more.length > 0) throw new NotSeen('unparsable', `esxcli shows ${list.length} devices for one name`)
  return only
}

/** The end of vmkernel.log: what it says about devices, and how far back it goes. */
export type Vmkernel = { events: LogEvent[]; fromMs: number | undefined; toMs: number | undefined }

function readVmkernel(output: Output): Vmkernel {
  if (output.exitCode !== 0)
    throw new NotSeen(
      /denied/i.test(output.stderr) ? 'denied' : 'failed',
      `vmkernel.log could not be read: ${output.stderr.trim().slice(0, 160)}`,
    )
  if (output.truncated) throw new NotSeen('unparsable', 'vmkernel.log was cut at its size limit')
  const records = readLogRecords(output.stdout)
  const times = records.flatMap(({ at }) => at ?? [])
  return { events: eventsOf(records), fromMs: times[0], toMs: times.at(-1) }
}

/** A Linux machine that is logged in to the same target, with sg3-utils. */
export function initiatorProbes(host: string) {
  const make = probesOn(host, `initiator ${host}`, SCSI_LIMIT_MS)
  const on = (file: string) => ({ touches: `device:${file}` })
  return {
    links: () => make('links', ['find', '/dev/disk/by-id', '-type', 'l', '-printf', '%f\\t%l\\n'], readLinks),
    ready: (file: string) => make(`turs:${file}`, ['sg_turs', file], readAnswer, on(file)),
    inquiry: (file: string) => make(`inq:${file}`, ['sg_inq', file], readAnswer, on(file)),
    status: (file: string) =>
      make(`pr-status:${file}`, ['sg_persist', '--in', '--read-full-status', file], readPersistent, on(file)),
    keys: (file: string) =>
      make(`pr-keys:${file}`, ['sg_persist', '--in', '--read-keys', file], readPersistent, on(file)),
    reservation: (file: string) =>
      make(`pr-held:${file}`, ['sg_persist', '--in', '--read-reservation', file], readPersistent, on(file)),
  }
}

/** `scsi-26465336666353233\t../../sdd` lines. Empty: no disk has an identifier. */
function readLinks(output: Output): { link: string; device: string }[] {
  if (output.exitCode !== 0) {
    // udev makes the folder with the first link in it
    if (/No such file or directory/.test(output.stderr)) return []
    throw new NotSeen('failed', `/dev/disk/by-id could not be read: ${output.stderr.trim().slice(0, 160)}`)
  }
  return output.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [, link, device] = /^([^\t/]+)\t(?:\.\.\/)*([^\t/]+)$/.exec(line) ?? []
      if (link === undefined) throw new NotSeen('unparsable', `not a link of udev: ${line.slice(0, 120)}`)
      return { link, device: device! }
    })
}

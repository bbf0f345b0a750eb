import { type Host, hostsWith, type Inventory } from '../shared/inventory.ts'
import type { Device } from '../shared/linux/device.ts'
import { isLocalType, type Mount, mountAbove, pathOnServer } from '../shared/linux/mountinfo.ts'
import type { FileStat } from '../shared/linux/stat.ts'
import type { Look } from '../shared/look.ts'
import type { Reading } from '../shared/probe.ts'
import type { LockArgs } from './args.ts'
import { probesOf } from './probes.ts'
import type { ProcessView } from './processes.ts'

/** A file that locks are looked for on, known by its inode; where it is on each host is told by `placeOn`. */
export type LockFile = {
  ino: string
  /** the host where it was named or found open; undefined: named by its inode, wherever that is */
  at: Host | undefined
  path: string | undefined
  /** on `at`; undefined: any device */
  devices: Device[] | undefined
  /** of its file system on `at` */
  type: string | undefined
  /** when it is on an NFS mount of `at` */
  mount: Mount | undefined
  /** its path on the server that exports it (or on `at` itself, when it is local there) */
  serverPath: string | undefined
  /** processes on `at` that have it open, or wait for it */
  usedBy: string[]
}

/** Why a path could not be followed to an inode. */
export type Lost = {
  host: Host
  path: string
  mount: Mount | undefined
  reading: Extract<Reading<unknown>, { seen: false }> | undefined
  stale: boolean
}

export type Found = { files: LockFile[]; lost: Lost[]; settled: boolean }

const FILES_FOLLOWED = 16

/** The host of that name or address; the only host there is when none is named. */
export function hostNamed(inventory: Inventory, name: string | undefined): Host | undefined {
  if (name === undefined) return inventory.hosts.length === 1 ? inventory.hosts[0] : undefined
  const wanted = name.toLowerCase()
  return inventory.hosts.find((host) => host.name.toLowerCase() === wanted || host.addresses.includes(wanted))
}

/** From a path, an inode or open files to files with inodes; a path is only ever touched in a child with its own limit. */
export function findFiles(
  look: Look,
  args: LockArgs,
  inventory: Inventory,
  processes: ProcessView | undefined,
): Found {
  const { subject } = args
  const named = args.on === undefined ? undefined : hostNamed(inventory, args.on)
  if (subject.kind === 'inode') {
    const devices = subject.device === undefined ? undefined : [subject.device]
    return {
      files: [
        {
          ino: subject.ino,
          at: named,
          path: undefined,
          devices,
          type: undefined,
          mount: undefined,
          serverPath: undefined,
          usedBy: [],
        },
      ],
      lost: [],
      settled: true,
    }
  }
  if (subject.kind === 'path') {
    const only = named ?? (args.on === undefined ? hostNamed(inventory, undefined) : undefined)
    const hosts = only ? [only] : hostsWith(inventory, 'nfs-server')
    const found = merge(hosts.map((host) => followPath(look, inventory, host, subject.path)))
    return { ...found, files: withoutCopies(found.files) }
  }
  if (!processes?.settled) return { files: [], lost: [], settled: false }
  return merge([openFiles(look, processes), waitedFor(processes)])
}

function merge(parts: Found[]): Found {
  return {
    files: parts.flatMap(({ files }) => files).slice(0, FILES_FOLLOWED),
    lost: parts.flatMap(({ lost }) => lost),
    settled: parts.every(({ settled }) => settled),
  }
}

/** One file that several servers share is one file. */
function withoutCopies(files: LockFile[]): LockFile[] {
  return files.filter(
    (file, index) =>
      !files
        .slice(0, index)
        .some((earlier) => earlier.ino === file.ino && earlier.path === file.path && !isLocalType(file.type)),
  )
}

export const settledIn = (reading: Reading<unknown>) => reading.seen || reading.code !== 'pending'

function followPath(look: Look, inventory: Inventory, host: Host, path: string): Found {
  const mounts = look.ask(probesOf(host.name).mounts())
  const mount = mounts.seen ? mountAbove(mounts.value, path) : undefined
  // without the list of mounts the path is its own resource
  const file = settledIn(mounts) ? look.ask(probesOf(host.name).file(path, mount?.path ?? path)) : mounts
  if (!settledIn(file)) return { files: [], lost: [], settled: false }
  const at = fileAt(host, path, mount, mounts, file as Reading<FileStat>)
  if (at) return { files: [at], lost: [], settled: true }
  const stale = file.seen && (file.value as FileStat).kind === 'stale'
  const lost: Lost = { host, path, mount, reading: file.seen ? undefined : file, stale }
  const elsewhere = mount && pathOnServer(mount, path)
  if (!mount || elsewhere === undefined) return { files: [], lost: [lost], settled: true }
  // the client cannot look: its server can, at the same file's path there
  const servers = serversOf(inventory, mount).filter(({ name }) => name !== host.name)
  const there = merge(servers.map((server) => followPath(look, inventory, server, elsewhere)))
  return { files: there.files, lost: [lost, ...there.lost], settled: there.settled }
}

function fileAt(
  host: Host,
  path: string,
  mount: Mount | undefined,
  mounts: Reading<Mount[]>,
  file: Reading<FileStat>,
): LockFile | undefined {
  if (!file.seen || file.value.kind === 'stale') return undefined
  const { device, ino } = file.value
  // a symlink may lead to another mount; btrfs and overlayfs tell stat another device than /proc/locks
  const real = mounts.seen ? mounts.value.find((each) => each.device === device) : undefined
  const on = mount?.device === device ? mount : (real ?? mount)
  const devices = [...new Set([device, ...(real || !mount ? [] : [mount.device])])]
  return {
    ino,
    at: host,
    path,
    devices,
    type: on?.type,
    mount: on?.nfs ? on : undefined,
    // without the list of mounts it may as well be on NFS, under another path there
    serverPath: on?.nfs ? pathOnServer(on, path) : mounts.seen ? path : undefined,
    usedBy: [],
  }
}

/** Files that processes have open on NFS. Where fdinfo does not tell the inode, a child asks stat. */
function openFiles(look: Look, { host, files }: ProcessView): Found {
  const found = new Map<string, LockFile>()
  const lost: Lost[] = []
  let settled = true
  for (const { pid, fd, path, mount, ino: told, deleted } of files.slice(0, FILES_FOLLOWED)) {
    const stat =
      told === undefined ? look.ask(probesOf(host.name).file(`/proc/${pid}/fd/${fd}`, mount.path)) : undefined
    const ino = told ?? (stat?.seen && stat.value.kind !== 'stale' ? stat.value.ino : undefined)
    if (stat && !settledIn(stat)) settled = false
    else if (ino === undefined)
      lost.push({ host, path, mount, reading: stat?.seen ? undefined : stat, stale: stat?.seen === true })
    else {
      const before = found.get(`${mount.device} ${ino}`)
      if (before) before.usedBy = [...new Set([...before.usedBy, pid])]
      else
        found.set(`${mount.device} ${ino}`, {
          ino,
          at: host,
          path,
          devices: [mount.device],
          type: mount.type,
          mount,
          serverPath: deleted ? undefined : pathOnServer(mount, path),
          usedBy: [pid],
        })
    }
  }
  return { files: [...found.values()], lost, settled }
}

/** Files that the processes wait for by this host's own /proc/locks. */
function waitedFor({ host, locks, files, names }: ProcessView): Found {
  const waits = locks?.seen ? locks.value.filter(({ waits, device }) => waits && device !== undefined) : []
  const known = (ino: string) => files.some((file) => file.ino === ino)
  const found = waits
    .filter(({ ino }) => !known(ino))
    .map(
      ({ ino, device, pid }): LockFile => ({
        ino,
        at: host,
        path: names.get(`${pid} ${ino}`),
        devices: [device!],
        type: undefined,
        mount: undefined,
        serverPath: names.get(`${pid} ${ino}`),
        usedBy: [pid],
      }),
    )
  return { files: found, lost: [], settled: true }
}

/** The hosts that serve this mount; all NFS servers when none of them is known by that name or address. */
export function serversOf(inventory: Inventory, mount: Pick<Mount, 'nfs'>): Host[] {
  const named = knownServersOf(inventory, mount)
  return named.length > 0 ? named : hostsWith(inventory, 'nfs-server')
}

/** The NFS servers of that name or address; none for one that is reached by another name or is not in the configuration. */
export function knownServersOf(inventory: Inventory, { nfs }: Pick<Mount, 'nfs'>): Host[] {
  const names = [nfs?.server, nfs?.address].flatMap((name) =>
    name === undefined ? [] : [name.toLowerCase()],
  )
  return hostsWith(inventory, 'nfs-server').filter(
    (host) =>
      names.includes(host.name.toLowerCase()) || host.addresses.some((address) => names.includes(address)),
  )
}

import { type Host, hostsWith, type Inventory } from '../shared/inventory.ts'
import type { Mount } from '../shared/linux/mountinfo.ts'
import { isHeldLock, type Lock } from '../shared/linux/proc-locks.ts'
import type { FileStat } from '../shared/linux/stat.ts'
import { type Look, lookAt } from '../shared/look.ts'
import { type Observations, type Probe, type Reading, read } from '../shared/probe.ts'
import type { LockArgs } from './args.ts'
import { type Found, findFiles, hostNamed, type LockFile } from './files.ts'
import { lookAtLocks, type Seen } from './host-locks.ts'
import type { Place } from './place.ts'
import { probesOf } from './probes.ts'
import { lookAtProcesses, type ProcessView } from './processes.ts'
import type { HostView, LockRecord } from './records.ts'

export type FileView = {
  file: LockFile
  places: { host: Host; place: Place }[]
  records: LockRecord[]
  /** the same inode number on other file systems of these hosts: not this file */
  elsewhere: { host: Host; lock: Lock }[]
  /** the name that would be moved aside, where one is known */
  name:
    | { host: Host; path: string; mount: Mount; stat: Reading<FileStat>; realPath: Reading<string> }
    | undefined
  /** something that decides about it is still being looked at */
  pending: boolean
}

export type Evidence = {
  processes: ProcessView | undefined
  found: Found
  hosts: HostView[]
  files: FileView[]
  /** ids of all probes so far */
  asked: string[]
  /** every probe so far that could not be answered */
  gaps: { probe: Probe<unknown>; reading: Extract<Reading<unknown>, { seen: false }> }[]
}

/** The host that processes are looked at on: named, or the only one. */
export function startOf(args: LockArgs, inventory: Inventory): Host | undefined {
  return hostNamed(inventory, args.on)
}

/** One pass: what is known, and through `look` what is wanted next. */
export function gather(
  args: LockArgs,
  inventory: Inventory,
  seen: Observations,
): { evidence: Evidence; wanted: Probe<unknown>[] } {
  const look = lookAt(seen)
  const { subject } = args
  const start = startOf(args, inventory)
  const processes =
    subject.kind === 'processes' && start ? lookAtProcesses(look, start, subject, args) : undefined
  const lostHost = args.on !== undefined && !start
  const found = lostHost
    ? { files: [], lost: [], settled: true }
    : findFiles(look, args, inventory, processes)
  const ready = found.settled && found.files.length > 0
  const hosts = ready ? lockHosts(args, inventory, found.files) : []
  const inodes = [...new Set(found.files.map(({ ino }) => ino))]
  const heldSomewhere = hosts.some((host) => isHeldOn(look, host, found.files, inodes))
  const seenHosts = hosts.map((host) =>
    lookAtLocks(look, args, inventory, host, found.files, inodes, heldSomewhere),
  )
  const files = found.files.map((file) => viewOf(look, file, seenHosts))
  const wanted = look.wanted()
  const gaps = wanted.flatMap((probe) => {
    const reading = read(seen, probe)
    return reading.seen || reading.code === 'pending' ? [] : [{ probe, reading }]
  })
  return {
    wanted,
    evidence: {
      processes,
      found,
      hosts: seenHosts.map(({ view }) => view),
      files,
      asked: wanted.map(({ id }) => id),
      gaps,
    },
  }
}

function isHeldOn(look: Look, host: Host, files: LockFile[], inodes: string[]): boolean {
  const locks = look.ask(probesOf(host.name).locks(1, inodes))
  return (
    locks.seen && locks.value.some((lock) => isHeldLock(lock) && files.some(({ ino }) => ino === lock.ino))
  )
}

/** Hosts whose /proc/locks may show these files: where they were named, every server, and the clients of what is exported. */
function lockHosts(args: LockArgs, inventory: Inventory, files: LockFile[]): Host[] {
  const at = files.flatMap((file) => (file.at ? [file.at] : []))
  const alone = args.subject.kind === 'inode' && args.on !== undefined
  const all = alone
    ? at
    : [...at, ...hostsWith(inventory, 'nfs-server'), ...hostsWith(inventory, 'nfs-client')]
  const chosen = all.length > 0 ? all : inventory.hosts.length === 1 ? inventory.hosts : []
  return [...new Map(chosen.map((host) => [host.name, host])).values()]
}

function viewOf(look: Look, file: LockFile, hosts: Seen[]): FileView {
  const records = hosts.flatMap((seen) => seen.records.get(file) ?? [])
  const places = hosts.flatMap(({ view, places: all }) =>
    all.has(file) ? [{ host: view.host, place: all.get(file)! }] : [],
  )
  const pending = hosts.some((seen) => seen.pending)
  const held = records.find(({ lock }) => !lock.waits)
  const home =
    places.find(({ host, place }) => place.serverPath && host.name === held?.host.name) ??
    places.find(({ place }) => place.serverPath)
  const ask = held && home?.place.serverPath && !pending
  const probes = home && probesOf(home.host.name)
  const where = home?.place.serverPath
  return {
    file,
    places,
    records,
    pending,
    elsewhere: hosts.flatMap(({ view, elsewhere }) =>
      (elsewhere.get(file) ?? []).map((lock) => ({ host: view.host, lock })),
    ),
    name:
      ask && probes && where
        ? {
            host: home.host,
            path: where.path,
            mount: where.mount,
            stat: look.ask(probes.name(where.path, where.mount.path)),
            realPath: look.ask(probes.realPath(where.path, where.mount.path)),
          }
        : undefined,
  }
}

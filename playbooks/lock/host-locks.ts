import type { Host, Inventory } from '../shared/inventory.ts'
import { isLock, type Lock } from '../shared/linux/proc-locks.ts'
import type { Look } from '../shared/look.ts'
import type { Reading } from '../shared/probe.ts'
import type { LockArgs } from './args.ts'
import type { LockFile } from './files.ts'
import { doubtful, needsFdinfo, ownersOf } from './owners.ts'
import { type Place, placeOn } from './place.ts'
import { probesOf } from './probes.ts'
import type { HostView, LockRecord } from './records.ts'

export type Seen = {
  view: HostView
  records: Map<LockFile, LockRecord[]>
  elsewhere: Map<LockFile, Lock[]>
  places: Map<LockFile, Place>
  pending: boolean
}

export function lookAtLocks(
  look: Look,
  args: LockArgs,
  inventory: Inventory,
  host: Host,
  files: LockFile[],
  inodes: string[],
  heldSomewhere: boolean,
): Seen {
  const probes = probesOf(host.name)
  const mounts = look.ask(probes.mounts())
  const first = probes.locks(1, inodes)
  const locks = look.ask(first)
  const namespace = look.ask(probes.namespace())
  const all = locks.seen ? locks.value.filter(isLock) : []
  const places = new Map<LockFile, Place>()
  for (const file of files) {
    // where nothing is locked, nothing has to be placed: no path is touched there
    const place = all.length > 0 ? placeOn(look, inventory, file, host, mounts) : undefined
    if (place) places.set(file, place)
  }
  const isOn = (lock: Lock, place: Place | undefined) =>
    place !== undefined &&
    (place.devices === 'any' || (lock.device !== undefined && place.devices.includes(lock.device)))
  const mine = (file: LockFile) => all.filter((lock) => lock.ino === file.ino && isOn(lock, places.get(file)))
  const relevant = files.flatMap(mine)
  const pids = [...new Set(relevant.map(({ pid }) => pid))].filter((pid) => Number(pid) > 0)
  // a lock that only a server shows is left over when no client has it: clients are asked twice, too
  const again = heldSomewhere && args.intervalMs > 0
  const after = { after: { probe: first.id, ms: args.intervalMs } }
  const later = again ? look.ask({ ...probes.locks(2, inodes), ...after }) : undefined

  const placesPending = [...places.values()].some(
    (place) => place.serverPath && !place.serverPath.stat.seen && place.serverPath.stat.code === 'pending',
  )
  const settled = locks.seen && mounts.seen && !placesPending
  const byPid =
    settled && pids.length > 0 ? lookAtPids(look, args, host, pids) : { first: undefined, second: undefined }
  const waitingForPids = byPid.first !== undefined && !byPid.first.seen && byPid.first.code === 'pending'
  const search = settled && !waitingForPids && relevant.some((lock) => needsFdinfo(lock, host, byPid.first))
  const fdinfo = search ? look.ask(probes.lockOwners(inodes)) : undefined
  const shared = fdinfo?.seen
    ? [...new Set(fdinfo.value.map(({ pid }) => pid))].filter((pid) => !pids.includes(pid))
    : []
  const byFd = shared.length > 0 ? lookAtPids(look, args, host, shared) : undefined
  const known = {
    first: joined(byPid.first, byFd?.first),
    second: joined(byPid.second, byFd?.second),
    fdinfo,
    host,
  }
  const opened = new Map(
    doubtful(relevant, known).map((pid) => [pid, look.ask(probes.openFiles(pid))] as const),
  )
  const readings = { ...known, opened }
  const pathsOf = (file: LockFile) =>
    [file.at?.name === host.name ? file.path : undefined, places.get(file)?.serverPath?.path].filter(
      (path) => path !== undefined,
    )

  const records = new Map(
    files.map((file): [LockFile, LockRecord[]] => [
      file,
      mine(file).map((lock) => ({
        host,
        lock,
        owners: ownersOf(lock, readings, pathsOf(file)),
        sure: places.get(file)?.sure === true,
        lasted: later?.seen ? later.value.some((each) => sameLock(each, lock)) : undefined,
      })),
    ]),
  )
  const forOthers = [...records.values()]
    .flat()
    .some(({ owners, lock }) => !lock.waits && owners.some(({ kind }) => kind !== 'process'))
  const isServer = host.roles.includes('nfs-server') && forOthers && fdinfoDone(fdinfo)
  const delegates = delegationsIn({ host, locks }, inodes).length > 0
  return {
    view: {
      host,
      mounts,
      locks,
      namespace,
      later,
      nfsd: isServer || delegates ? look.ask(probes.nfsdClients(inodes)) : undefined,
      monitored: isServer ? look.ask(probes.monitored()) : undefined,
      threads: isServer ? look.ask(probes.threads()) : undefined,
    },
    records,
    places,
    elsewhere: new Map(
      files.map((file) => [
        file,
        all.filter((lock) => lock.ino === file.ino && !isOn(lock, places.get(file))),
      ]),
    ),
    pending:
      [
        mounts,
        locks,
        ...(byPid.first ? [byPid.first] : []),
        ...(fdinfo ? [fdinfo] : []),
        ...(byFd ? [byFd.first] : []),
        ...opened.values(),
      ].some((reading) => !reading.seen && reading.code === 'pending') || placesPending,
  }
}

/** Delegations that this server has given out on these inodes: who has one may lock the file without asking the server. */
export function delegationsIn(
  { host, locks }: Pick<HostView, 'host' | 'locks'>,
  inodes: readonly string[],
): Lock[] {
  if (!host.roles.includes('nfs-server') || !locks.seen) return []
  return locks.value.filter(({ kind, waits, ino }) => kind === 'DELEG' && !waits && inodes.includes(ino))
}

const fdinfoDone = (fdinfo: Reading<unknown> | undefined) =>
  !fdinfo || fdinfo.seen || fdinfo.code !== 'pending'

function lookAtPids(look: Look, { intervalMs }: LockArgs, host: Host, pids: string[]) {
  const threads = pids.map((pid) => ({ pid, tid: pid }))
  const first = probesOf(host.name).waits(1, threads)
  const second =
    intervalMs > 0
      ? { ...probesOf(host.name).waits(2, threads), after: { probe: first.id, ms: intervalMs } }
      : undefined
  return { first: look.ask(first), second: second && look.ask(second) }
}

/** Two readings of the same kind as one; the gap of either is the gap of both. */
function joined<T>(a: Reading<T[]> | undefined, b: Reading<T[]> | undefined): Reading<T[]> | undefined {
  if (!a || !b) return a ?? b
  if (!a.seen || !b.seen) return a.seen ? b : a
  return { ...a, value: [...a.value, ...b.value] }
}

export function sameLock(a: Lock, b: Lock): boolean {
  return (
    a.kind === b.kind &&
    a.mode === b.mode &&
    a.waits === b.waits &&
    a.pid === b.pid &&
    a.device === b.device &&
    a.ino === b.ino &&
    a.from === b.from &&
    a.to === b.to
  )
}

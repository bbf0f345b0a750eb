import type { Host } from '../shared/inventory.ts'
import type { FdInfo, OpenFile } from '../shared/linux/fdinfo.ts'
import type { Lock } from '../shared/linux/proc-locks.ts'
import type { Wait } from '../shared/linux/threads.ts'
import { waitKind } from '../shared/linux/wchan.ts'
import type { Reading } from '../shared/probe.ts'
import { hasMoved } from './moved.ts'

/** Who stands behind a line of /proc/locks on the host where it stands. */
export type Owner =
  | {
      kind: 'process'
      pid: string
      name: string
      startTicks: string
      state: 'works' | 'hangs' | 'stopped'
      wchan: string | undefined
    }
  /** the NFS server itself, for a client; which one, the line does not say */
  | { kind: 'daemon'; pid: string; name: string }
  /** no process of this number here: before Linux 5.3 lockd shows the client's own number */
  | { kind: 'nobody'; pid: string }
  | { kind: 'unseen'; pid: string; why: string; startTicks?: string }
  /** a process lives that may have the lock, which could not be made sure of */
  | { kind: 'perhaps'; pid: string; name: string; why: string }

/** Programs that hold locks for others. */
const DAEMON = /^(lockd|nfsd|nfsd4.*|ganesha\.nfsd|smbd|rpc\.lockd)$/

/** What the owners are told by: a first and perhaps a second look at their pids, and the fdinfo of all processes. */
export type OwnerReadings = {
  first: Reading<Wait[]> | undefined
  second: Reading<Wait[]> | undefined
  fdinfo: Reading<FdInfo[]> | undefined
  /** open files of a process that has the number of a lock; undefined: not asked, because fdinfo tells */
  opened: ReadonlyMap<string, Reading<OpenFile[]>>
  host: Pick<Host, 'roles'>
}

/**
 * The owners of one lock. flock and OFD locks belong to an open file description, which several processes may share
 * and which outlives the process that asked: those come from fdinfo. Empty only while that is not known.
 */
export function ownersOf(lock: Lock, readings: OwnerReadings, paths: readonly string[] = []): Owner[] {
  const { first, fdinfo } = readings
  if (lock.waits && Number(lock.pid) <= 0) return waitersWithoutPid(lock, readings)
  const byPid = Number(lock.pid) > 0 ? ownerByPid(lock.pid, readings) : undefined
  if (byPid?.kind === 'process' && mayBeClients(lock, readings.host))
    return confirmed(byPid, lock, paths, readings)
  if (byPid && byPid.kind !== 'nobody' && !isHeldFlock(lock)) return [byPid]
  if (byPid && lock.kind === 'POSIX') return [hasThreadsLeft(lock.pid, first) ?? byPid]
  if (!fdinfo) return byPid && !isHeldFlock(lock) ? [byPid] : []
  if (!fdinfo.seen) return [perhaps(byPid, fdinfo.why) ?? { kind: 'unseen', pid: lock.pid, why: fdinfo.why }]
  const sharing = fdinfo.value.filter(({ locks }) => locks.some((each) => isSame(each, lock)))
  if (sharing.length === 0) return [perhaps(byPid, NOT_TOLD) ?? byPid ?? { kind: 'nobody', pid: lock.pid }]
  if (!first) return []
  return [...new Set(sharing.map(({ pid }) => pid))].map((pid) => ownerByPid(pid, readings))
}

/**
 * Its number is of the process that took it. That one may have ended since, and left the lock to a child, and its number
 * to another process (`flock_make_lock` in the kernel's fs/locks.c; flock(2)).
 */
const isHeldFlock = ({ kind, waits }: Lock) => kind === 'FLOCK' && !waits

const NOT_TOLD =
  'no open file shows this lock, as before Linux 4.1; who took it may have left it to a child, and its number to another'

/** A process of the number of a flock, of which open files do not tell that it has it. */
const perhaps = (byPid: Owner | undefined, why: string): Owner | undefined =>
  byPid?.kind === 'process' ? { kind: 'perhaps', pid: byPid.pid, name: byPid.name, why } : undefined

/** Whether fdinfo has to be searched for this lock. */
export function needsFdinfo(
  lock: Lock,
  host: Pick<Host, 'roles'>,
  first: Reading<Wait[]> | undefined,
): boolean {
  if (Number(lock.pid) <= 0 || isHeldFlock(lock)) return true
  if (lock.waits || !first?.seen) return false
  const alive = first.value.find(({ pid, state }) => pid === lock.pid && !isDead(state))
  return mayBeClients(lock, host)
    ? alive !== undefined && !DAEMON.test(alive.name)
    : !alive && lock.kind !== 'POSIX'
}

/**
 * Before Linux 5.3 an NFS server shows a number of its client's, which counts from 0 there (`__nlm_alloc_pid` in
 * fs/lockd/clntproc.c): on the server it is the number of some process that has nothing to do with it.
 */
const mayBeClients = ({ kind, waits }: Lock, { roles }: Pick<Host, 'roles'>) =>
  kind === 'POSIX' && !waits && roles.includes('nfs-server')

/** A process whose main thread has ended lives on in its other threads, with its locks. */
function hasThreadsLeft(pid: string, first: OwnerReadings['first']): Owner | undefined {
  const shown = first?.seen === true && first.value.some((wait) => wait.pid === pid)
  return shown ? { kind: 'unseen', pid, why: 'its main thread has ended, others of it may live' } : undefined
}

/** Processes of which fdinfo does not tell that they have the lock that is under their number (before Linux 4.1 it never does). */
export function doubtful(
  locks: readonly Lock[],
  { first, fdinfo, host }: Omit<OwnerReadings, 'opened'>,
): string[] {
  if (!first?.seen || !fdinfo?.seen) return []
  const pids = locks
    .filter(
      (lock) => needsFdinfo(lock, host, first) && mayBeClients(lock, host) && !tells(fdinfo.value, lock),
    )
    .map(({ pid }) => pid)
  return [...new Set(pids)]
}

const tells = (fdinfo: readonly FdInfo[], lock: Lock) =>
  fdinfo.some(({ pid, locks }) => pid === lock.pid && locks.some((one) => isSame(one, lock)))

/** The process of that number, if the lock is among its open files, or the file is where locks are not told. */
function confirmed(
  owner: Extract<Owner, { kind: 'process' }>,
  lock: Lock,
  paths: readonly string[],
  { fdinfo, opened }: OwnerReadings,
): Owner[] {
  const { pid, name } = owner
  if (!fdinfo) return []
  if (!fdinfo.seen) return [{ kind: 'perhaps', pid, name, why: fdinfo.why }]
  if (tells(fdinfo.value, lock)) return [owner]
  const files = opened.get(pid)
  if (!files?.seen) return files ? [{ kind: 'perhaps', pid, name, why: files.why }] : []
  if (files.value.some(({ path }) => paths.includes(path))) return [owner]
  const why = `\`${name}\` of that number has no such lock among its open files; before Linux 5.3 the number may be one of an NFS client`
  return [{ kind: 'unseen', pid, why }]
}

/** Who waits for an OFD lock stands nowhere: it has the file open, no such lock on it, and is in the kernel for a lock. */
function waitersWithoutPid(lock: Lock, readings: OwnerReadings): Owner[] {
  const { first, fdinfo } = readings
  if (!fdinfo?.seen || !first?.seen) return []
  const waits = (pid: string) => first.value.some((wait) => wait.pid === pid && waitKind(wait) === 'lock')
  const open = fdinfo.value.filter(({ ino, pid }) => ino === lock.ino && waits(pid))
  return [...new Set(open.map(({ pid }) => pid))].map((pid) => ownerByPid(pid, readings))
}

function isSame(a: Lock, b: Lock): boolean {
  return (
    a.kind === b.kind &&
    a.mode === b.mode &&
    a.ino === b.ino &&
    a.device === b.device &&
    a.from === b.from &&
    a.to === b.to
  )
}

function ownerByPid(pid: string, { first, second }: OwnerReadings): Owner {
  if (!first?.seen) return { kind: 'unseen', pid, why: first?.why ?? 'not looked at yet' }
  const wait = first.value.find((each) => each.pid === pid && each.tid === pid)
  if (!wait) return { kind: 'nobody', pid }
  if (isDead(wait.state)) return { kind: 'nobody', pid }
  const { name, startTicks, wchan } = wait
  if (DAEMON.test(name)) return { kind: 'daemon', pid, name }
  const process = { kind: 'process', pid, name, startTicks, wchan } as const
  if (wait.state !== 'D' && !isStopped(wait.state)) return { ...process, state: 'works' }
  // state D at one look is what a busy process shows as well, and a debugger stops one for a moment
  if (!second?.seen) {
    const why = `seen once only, in state ${wait.state}${second ? `: ${second.why}` : ''}`
    return { kind: 'unseen', pid, why, startTicks }
  }
  return { ...process, state: stateOf(wait, second.value) }
}

/** Of a process that hung or was stopped at the first look. */
function stateOf(wait: Wait, second: readonly Wait[]): 'works' | 'hangs' | 'stopped' {
  const later = second.find(({ tid, startTicks }) => tid === wait.tid && startTicks === wait.startTicks)
  if (wait.state === 'D') return hasMoved(wait, later) ? 'works' : 'hangs'
  return later && isStopped(later.state) ? 'stopped' : 'works'
}

const isStopped = (state: string) => state === 'T' || state === 't'
const isDead = (state: string) => state === 'Z' || state === 'X' || state === 'x'

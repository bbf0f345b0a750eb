import { NotSeen, type Output } from '../probe.ts'
import { type Device, deviceFromLocks } from './device.ts'

/** One line of /proc/locks: a lock that is held, or one that is waited for. */
export type Lock = {
  /** FLOCK: flock(2); POSIX: fcntl(2); OFDLCK: fcntl's open file description locks; LEASE and DELEG: fcntl(F_SETLEASE), nfsd */
  kind: 'FLOCK' | 'POSIX' | 'OFDLCK' | 'ACCESS' | 'LEASE' | 'DELEG' | 'UNKNOWN'
  /** ADVISORY, MANDATORY, MSNFS; for leases ACTIVE, BREAKING, BREAKER */
  nature: string
  mode: 'READ' | 'WRITE' | 'RW' | 'NONE' | 'UNLCK'
  /** it waits for the lock with the same number, and holds nothing */
  waits: boolean
  /** number of the line; a waiter has that of the lock it waits for */
  number: string
  /** -1: an OFD lock, which belongs to no process; 0: a process that this pid namespace cannot see */
  pid: string
  /** undefined: the file is gone (`<none>:0`) */
  device: Device | undefined
  /** 64 bits; never a JS number */
  ino: string
  /** first byte, and last byte or `EOF` */
  from: string
  to: string
}

/** A delegation or a lease lets its owner cache a file until somebody else opens it; nobody waits for a lock because of it. */
export const isLock = ({ kind }: Lock) => kind !== 'DELEG' && kind !== 'LEASE'
export const isHeldLock = (lock: Lock) => isLock(lock) && !lock.waits

// `6: -> POSIX  ADVISORY  WRITE 21716 fe:00:2189059 2 6`; newer kernels indent nested waiters before the arrow
const LINE =
  /^(\d+): *(->)? *(FLOCK|POSIX|OFDLCK|ACCESS|LEASE|DELEG|UNKNOWN) +([A-Z*]+) +(READ|WRITE|RW|NONE|UNLCK) +(-?\d+) (?:([0-9a-f]{2,8}:[0-9a-f]{2,8})|<none>):(\d+) (\d+) (\d+|EOF)$/

/** Reads one line; throws NotSeen('unparsable') with its number when it is no line of /proc/locks. */
export function parseLock(line: string, lineNumber: () => number): Lock {
  const match = LINE.exec(line)
  if (!match)
    throw new NotSeen('unparsable', `/proc/locks, line ${lineNumber()}: not a lock: ${line.slice(0, 120)}`)
  const [, number, arrow, kind, nature, mode, pid, device, ino, from, to] = match
  return {
    kind: kind as Lock['kind'],
    nature: nature!,
    mode: mode as Lock['mode'],
    waits: arrow !== undefined,
    number: number!,
    pid: pid!,
    device: device === undefined ? undefined : deviceFromLocks(device),
    ino: ino!,
    from: from!,
    to: to!,
  }
}

/**
 * The locks in a text of /proc/locks, one at a time, so that a million lines cost no million objects. With `inodes`
 * only lines that hold one of them are looked at, in their order. Exact: `12` is not `:112 `.
 */
export function* locksIn(text: string, inodes?: ReadonlySet<string>): Generator<Lock> {
  for (const start of inodes ? linesWith(text, inodes) : allLines(text)) {
    const end = text.indexOf('\n', start)
    const line = text.slice(start, end === -1 ? undefined : end)
    if (line !== '') yield parseLock(line, () => text.slice(0, start).split('\n').length)
  }
}

/** Where each line starts. */
function* allLines(text: string): Generator<number> {
  for (let start = 0; start < text.length; start = text.indexOf('\n', start) + 1 || text.length + 1)
    yield start
}

/** Where the lines with these inodes start: only the inode of a line stands between `:` and a blank. */
function linesWith(text: string, inodes: ReadonlySet<string>): number[] {
  const starts = new Set<number>()
  for (const ino of inodes) {
    // not `:INO `: a search for what begins with a colon stops three times in every line
    const wanted = `${ino} `
    for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at + 1))
      if (text[at - 1] === ':') starts.add(text.lastIndexOf('\n', at) + 1)
  }
  return [...starts].sort((a, b) => a - b)
}

/** Reads /proc/locks on the far end and lets only lines with one of these inodes travel. */
export function locksArgv(inodes: readonly string[]): readonly [string, ...string[]] {
  return ['grep', '-F', ...inodes.flatMap((ino) => ['-e', `:${ino} `]), '/proc/locks']
}

/** Tells from which pid namespace /proc/locks is read: a container has one of its own. */
export const PID_NAMESPACE_ARGV = ['readlink', '/proc/self/ns/pid'] as const

/**
 * Output of PID_NAMESPACE_ARGV: `pid:[4026531836]` is the initial namespace (`PROC_PID_INIT_INO` in the kernel's
 * include/linux/proc_ns.h), whose /proc/locks lists every lock; one of a container leaves out the locks of processes that it
 * has no number for (`locks_show` in fs/locks.c, Linux 4.9 and later). Absent before Linux 3.8: readlink says nothing, and ends with 1.
 */
export function readPidNamespace(output: Output): 'initial' | 'container' {
  const said = output.stderr.trim().slice(0, 200)
  if (output.exitCode !== 0)
    throw new NotSeen(said === '' ? 'absent' : 'failed', `the pid namespace could not be read: ${said}`)
  const number = /^pid:\[(\d+)\]$/.exec(output.stdout.trim())?.[1]
  if (number === undefined)
    throw new NotSeen('unparsable', `not a pid namespace: ${output.stdout.trim().slice(0, 120)}`)
  return number === '4026531836' ? 'initial' : 'container'
}

/** Reads /proc/locks on the far end and lets only lines of these processes travel, holders and waiters. */
export function locksOfArgv(pids: readonly string[]): readonly [string, ...string[]] {
  return ['grep', '-E', `^[^<]* (${pids.join('|')}) [0-9a-f]+:[0-9a-f]+:`, '/proc/locks']
}

/**
 * Output of locksArgv or locksOfArgv. No lines (grep's exit code 1): nobody holds or waits.
 * Source: proc_locks(5); the kernel's fs/locks.c, lock_get_status().
 */
export function readLocks(output: Output, inodes?: ReadonlySet<string>): Lock[] {
  const refused = output.exitCode === 1 && /permission denied|^sudo:|^grep:/im.test(output.stderr)
  if ((output.exitCode !== 0 && output.exitCode !== 1) || refused) {
    const said = output.stderr.trim().slice(0, 200)
    if (/No such file/.test(said)) throw new NotSeen('absent', 'there is no /proc/locks here')
    throw new NotSeen('failed', `/proc/locks could not be read: ${said}`)
  }
  if (output.truncated) throw new NotSeen('unparsable', 'the list of locks is longer than what is kept')
  const found = [...locksIn(output.stdout, inodes)]
  if (found.length === 0 && output.stdout.trim() !== '')
    throw new NotSeen('unparsable', `/proc/locks: not a lock: ${output.stdout.slice(0, 120)}`)
  return found
}

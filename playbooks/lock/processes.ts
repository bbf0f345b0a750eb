import type { Host } from '../shared/inventory.ts'
import type { KernelLog } from '../shared/linux/kernel-log.ts'
import { type Mount, mountAbove } from '../shared/linux/mountinfo.ts'
import type { Lock } from '../shared/linux/proc-locks.ts'
import type { Thread, Wait } from '../shared/linux/threads.ts'
import { isIdle, type WaitKind, waitKind } from '../shared/linux/wchan.ts'
import type { Look } from '../shared/look.ts'
import type { Reading } from '../shared/probe.ts'
import type { LockArgs, Subject } from './args.ts'
import { hasMoved } from './moved.ts'
import { probesOf } from './probes.ts'
import { silentServerOf } from './silence.ts'

/** A thread that waits, seen once or twice. */
export type Hung = {
  wait: Wait
  /** of its process: seconds since it was started */
  ageS: number
  waitsFor: WaitKind
  /** `hangs`: in state D and has not moved between two looks (or there was one look); `moves`: it has */
  is: 'hangs' | 'moves'
  twice: boolean
}

/** A file that a process has open on an NFS mount. The inode is undefined on kernels that do not tell (before 5.14). */
export type OpenNfsFile = {
  pid: string
  fd: string
  path: string
  mount: Mount
  ino: string | undefined
  deleted: boolean
}

/** What one host shows of the processes that were asked about, or that hang there. */
export type ProcessView = {
  host: Host
  threads: Reading<Thread[]>
  /** what was asked for: processes of that name or number; without one, all with a thread in state D */
  chosen: { pid: string; name: string; ageS: number }[]
  waits: Reading<Wait[]> | undefined
  /** threads beyond those that are looked at closely, which may wait for something, too */
  leftOut: Thread[]
  hung: Hung[]
  /** threads that wait for a lock in a state in which they can be ended; only of processes that were asked for */
  asking: Wait[]
  files: OpenNfsFile[]
  /** `PID INODE` → name, of every open file whose inode is told */
  names: ReadonlyMap<string, string>
  /** locks of these processes in this host's own /proc/locks, held and waited for */
  locks: Reading<Lock[]> | undefined
  log: Reading<KernelLog>
  uptimeS: Reading<number>
  /** every reading that decides which files matter is there, or will not come */
  settled: boolean
}

/** More threads than this are not looked at closely, more processes not asked for their files. */
const THREADS_SHOWN = 40
const PROCESSES_OPENED = 6

/** Looks at processes through /proc alone: nothing here waits for the file system that they wait for. */
export function lookAtProcesses(
  look: Look,
  host: Host,
  subject: Extract<Subject, { kind: 'processes' }>,
  { intervalMs }: LockArgs,
): ProcessView {
  const probes = probesOf(host.name)
  const threads = look.ask(probes.threads())
  const log = look.ask(probes.kernelLog())
  const uptimeS = look.ask(probes.uptime())
  const all = threads.seen ? threads.value : []
  const byName = choose(all, subject)
  const argvs =
    threads.seen && byName.length === 0 && subject.name !== undefined
      ? look.ask(probes.processes())
      : undefined
  const named = argvs?.seen
    ? argvs.value.filter(({ command }) => isCalled(command, subject.name!)).map(({ pid }) => pid)
    : []
  const chosen = named.length > 0 ? all.filter(({ pid }) => named.includes(pid)) : byName
  const processes = [...new Map(chosen.map(({ pid, name, ageS }) => [pid, { pid, name, ageS }])).values()]

  // of a process that was asked for, also threads that wait otherwise: a lock on a local file is waited for in state S
  const order = chosen.toSorted((a, b) => rank(a) - rank(b))
  const close = order.slice(0, THREADS_SHOWN)
  const first = close.length > 0 ? probes.waits(1, close) : undefined
  const waits = first && look.ask(first)
  const later =
    first && intervalMs > 0
      ? look.ask({ ...probes.waits(2, close), after: { probe: first.id, ms: intervalMs } })
      : undefined
  const inD = waits?.seen ? waits.value.filter(({ state }) => state === 'D') : []

  const opened = processes
    .filter(
      ({ pid }) =>
        subject.pid !== undefined || subject.name !== undefined || inD.some((wait) => wait.pid === pid),
    )
    .slice(0, PROCESSES_OPENED)
  const views = opened.map(({ pid }) => filesOf(look, host, pid))
  const files = views.flatMap((each) => each.files)
  const betweenS = waits?.seen && later?.seen ? (later.at - waits.at) / 1000 : 0
  const hung = inD.map((wait) => {
    const mounts = files.filter(({ pid }) => pid === wait.pid).map(({ mount }) => mount)
    return hungOf(wait, later, all, silentServerOf(log, mounts) ? betweenS : 0)
  })
  const locks = opened.length > 0 ? look.ask(probes.locksOf(opened.map(({ pid }) => pid))) : undefined
  const readings = [threads, argvs, waits, locks, ...views.flatMap(({ readings: some }) => some)]
  return {
    host,
    threads,
    chosen: processes,
    waits,
    leftOut: order.slice(THREADS_SHOWN).filter((thread) => rank(thread) < IDLE),
    hung,
    asking: waits?.seen ? waits.value.filter((wait) => wait.state === 'S' && waitKind(wait) === 'lock') : [],
    locks,
    log,
    uptimeS,
    files,
    names: new Map(views.flatMap(({ names }) => names)),
    settled: readings.every((reading) => reading === undefined || reading.seen || reading.code !== 'pending'),
  }
}

function choose(all: readonly Thread[], { pid, name }: { pid?: string; name?: string }): Thread[] {
  if (pid !== undefined) return all.filter((thread) => thread.pid === pid)
  // ps keeps 15 characters of a name
  if (name !== undefined) {
    const pids = new Set(
      all.filter((thread) => thread.name === name.slice(0, 15)).map((thread) => thread.pid),
    )
    return all.filter((thread) => pids.has(thread.pid))
  }
  return all.filter(({ state }) => state.startsWith('D'))
}

const IDLE = 3

/** Which threads to look at first, by what ps shows of them: in state D, in a lock or NFS, somewhere, idle or running. */
function rank({ state, wchan }: Thread): 0 | 1 | 2 | typeof IDLE {
  if (state.startsWith('D')) return 0
  if (state.startsWith('R') || (wchan !== undefined && isIdle(wchan))) return IDLE
  const kind = waitKind({ wchan, stack: [] })
  return kind === 'lock' || kind === 'nfs-unclear' ? 1 : 2
}

/** With hidepid, and inside a container, ps lists a part only; what all of them begin with is missing there. */
export const seesAll = ({ threads }: Pick<ProcessView, 'threads'>) =>
  threads.seen && threads.value.some(({ pid, name }) => pid === '2' && name === 'kthreadd')

/** `/usr/bin/python /usr/bin/nova-compute --x` is called `nova-compute`, and `python`. */
function isCalled(command: string, name: string): boolean {
  return command
    .split(/\s+/)
    .slice(0, 2)
    .some((word) => word.split('/').at(-1) === name)
}

function hungOf(
  wait: Wait,
  later: Reading<Wait[]> | undefined,
  all: readonly Thread[],
  silentS: number,
): Hung {
  const again = later?.seen
    ? later.value.find(({ tid, startTicks }) => tid === wait.tid && startTicks === wait.startTicks)
    : undefined
  const moved = later?.seen === true && hasMoved(wait, again, silentS)
  return {
    wait,
    ageS: all.find(({ tid }) => tid === wait.tid)?.ageS ?? 0,
    waitsFor: waitKind(wait),
    is: moved ? 'moves' : 'hangs',
    twice: later?.seen === true,
  }
}

/** The files of one process that are on NFS, from /proc alone. */
function filesOf(
  look: Look,
  host: Host,
  pid: string,
): { files: OpenNfsFile[]; names: [string, string][]; readings: Reading<unknown>[] } {
  const probes = probesOf(host.name)
  const open = look.ask(probes.openFiles(pid))
  const info = look.ask(probes.fdinfo(pid))
  const mounts = look.ask(probes.mounts(pid))
  if (!open.seen || !mounts.seen) return { files: [], names: [], readings: [open, info, mounts] }
  const inoOf = (fd: string) => (info.seen ? info.value.find((each) => each.fd === fd)?.ino : undefined)
  const names = open.value.flatMap(({ fd, path, deleted }): [string, string][] =>
    deleted || inoOf(fd) === undefined ? [] : [[`${pid} ${inoOf(fd)}`, path]],
  )
  const files = open.value.flatMap(({ fd, path, deleted }): OpenNfsFile[] => {
    const about = info.seen ? info.value.find((each) => each.fd === fd) : undefined
    const mount =
      about?.mount === undefined
        ? mountAbove(mounts.value, path)
        : mounts.value.find(({ id }) => id === about.mount)
    return mount?.nfs ? [{ pid, fd, path, mount, deleted, ino: about?.ino }] : []
  })
  return { files, names, readings: [open, info, mounts] }
}

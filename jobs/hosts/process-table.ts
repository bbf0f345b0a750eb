import { readdirSync, readFileSync } from 'node:fs'

/**
 * A process that is still there. Read synchronously from /proc: these files never wait for a disk or a server
 * (unlike cmdline, exe or fd), and libuv's threads may all be taken.
 */
export type Process = {
  pid: number
  /** clock ticks since boot; with the pid it names one process for good; '' where /proc does not say */
  startTime: string
  /** one letter as in ps: D, S, R, T; '?' where /proc does not say */
  state: string
  /** kernel function it waits in; absent where the kernel does not tell */
  wchan?: string
}

/**
 * The process, if anything of it still lives; undefined when it is gone or only a zombie.
 * A leader that is a zombie while one of its threads hangs counts as living: nobody can reap it yet.
 * Source: proc_pid_stat(5).
 */
export function lookAt(pid: number): Process | undefined {
  const leader = readStat(`/proc/${pid}/stat`)
  if (!leader) return exists(pid) ? { pid, startTime: '', state: '?' } : undefined
  const threads = names(`/proc/${pid}/task`)
    .map((tid) => ({ tid, state: readStat(`/proc/${pid}/task/${tid}/stat`)?.state ?? 'X' }))
    .filter(({ state }) => !isOver(state))
  const shown = threads.find(({ state }) => state === 'D') ?? threads[0]
  if (!shown) return undefined
  const wchan = (readText(`/proc/${pid}/task/${shown.tid}/wchan`) ?? '').trim()
  const waiting = wchan !== '' && wchan !== '0'
  return { pid, startTime: leader.startTime, state: shown.state, ...(waiting && { wchan }) }
}

/** What still lives of the session that was started as `leader`; empty when all of it has ended. */
export function livingIn(leader: number): Process[] {
  return names('/proc')
    .filter((name) => /^\d+$/.test(name) && readStat(`/proc/${name}/stat`)?.session === leader)
    .flatMap((name) => lookAt(Number(name)) ?? [])
}

/** Sends SIGKILL to a whole process group; false when it has no member any more, not even a zombie. */
export function killGroup(leader: number): boolean {
  return send(-leader, 'SIGKILL')
}

/** Sends SIGKILL to one process. */
export function killOne(pid: number): boolean {
  return send(pid, 'SIGKILL')
}

/** Names this boot: a pid and start time from before it mean nothing now. '' where the system does not say. */
export function bootId(): string {
  return (readText('/proc/sys/kernel/random/boot_id') ?? '').trim()
}

const exists = (pid: number) => send(pid, 0)

/** False when there is nobody to receive it; a refusal (EPERM) proves that there is. */
function send(target: number, signal: 'SIGKILL' | 0): boolean {
  try {
    return process.kill(target, signal)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

const isOver = (state: string) => state === 'Z' || state === 'X' || state === 'x'

/** `4242 (name) D 1 4242 4242 …`; the name may hold spaces and parentheses, so it is cut at the last one. */
function readStat(file: string): { state: string; session: number; startTime: string } | undefined {
  const text = readText(file)
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ') ?? []
  const [state, , , session] = fields
  const startTime = fields[19]
  if (state === undefined || session === undefined || startTime === undefined) return undefined
  return { state, session: Number(session), startTime }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined // it ended between two looks, or is hidden from us: both mean "not told"
  }
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

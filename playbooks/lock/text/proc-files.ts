import type { Teller } from '../../shared/linux/telling.ts'
import { programsOf } from '../../shared/pasted/program.ts'
import type { Line, Passage } from '../../shared/triage.ts'
import type { SeenInText, SeenProcess } from './seen.ts'

const FRAME =
  /^\s*(?:\[<(?:0|[0-9a-f]+)>\]\s*)?\??\s*([A-Za-z_][\w.]*)\+0x[0-9a-f]+\/0x[0-9a-f]+(?:\s+\[[\w-]+\])?\s*$/
/** the last frame on old kernels */
const END = /^\s*\[<(?:0|[0-9a-f]+)>\]\s*0x[0-9a-f]+\s*$/

/** The kernel function of a line of a stack; undefined: it is none. */
function frameIn(text: string): string | undefined {
  // a wrapped text or a listing may have put more before it
  return FRAME.exec(text.replace(/^.*?(?=\[<)/, ''))?.[1] ?? FRAME.exec(text)?.[1]
}

const KEYS =
  /^(Name|Umask|State|Tgid|Ngid|Pid|PPid|TracerPid|Uid|Gid|Threads|SigPnd|ShdPnd|SigBlk|voluntary_ctxt_switches|nonvoluntary_ctxt_switches):\s*(.*?)\s*$/

/**
 * Files of /proc/PID: `status` (`State:	D (disk sleep)`), `stack`, `wchan`, `stat`. Several may stand below one
 * another; the pid comes from the text or from the path in the command.
 */
export function readProcFiles(passage: Passage, listing: number, seen: SeenInText, tell: Teller): void {
  const { lines, host } = passage
  const typed = pathsIn(passage.command)
  const found: (Partial<SeenProcess> & { lines: Line[] })[] = []
  let current: (Partial<SeenProcess> & { lines: Line[] }) | undefined
  const next = (line: Line) => {
    current = { lines: [line] }
    found.push(current)
    return current
  }
  for (const line of lines) {
    const [, key, value = ''] = KEYS.exec(line.text.trim()) ?? []
    const stat = /^(\d+) \((.+)\) ([A-Za-z]) (\d+) (?:-?\d+ ){8,}/.exec(line.text.trim())
    const frame = frameIn(line.text)
    if (stat) {
      const process = next(line)
      Object.assign(process, { pid: stat[1], command: stat[2], state: stat[3], ppid: stat[4] })
    } else if (key === 'Name' || (key === 'State' && (!current || current.state !== undefined))) {
      const process = next(line)
      if (key === 'Name') process.command = value
      else process.state = value.slice(0, 1)
    } else if (key !== undefined) {
      const process = current ?? next(line)
      process.lines.push(line)
      if (key === 'State') process.state = value.slice(0, 1)
      if (key === 'Pid') process.pid = value
      if (key === 'PPid') process.ppid = value
    } else if (frame !== undefined || END.test(line.text)) {
      const process = current ?? next(line)
      process.lines.push(line)
      if (frame !== undefined) process.stack = [...(process.stack ?? []), frame]
    }
  }
  readWchan(passage, typed, found)
  for (const process of found) {
    // a stack below a kernel's message belongs to that message
    if (process.state === undefined && process.pid === undefined && typed.pid === undefined) continue
    const pid = process.pid ?? (found.length === 1 ? typed.pid : undefined)
    if (pid === undefined) continue
    const whole: SeenProcess = { ...process, pid, host, listing }
    seen.processes.push(whole)
    tell.fact('processes', processFact(whole))
    tell.saw('/proc/PID', process.lines)
  }
}

export function processFact(process: SeenProcess) {
  return {
    pid: process.pid,
    tid: process.tid,
    ppid: process.ppid,
    user: process.user,
    state: process.state,
    wchan: process.wchan,
    command: process.command,
    since: process.started,
    elapsed: process.elapsed,
    time: process.time,
    stack: process.stack,
    host: process.host,
  }
}

function pathsIn(command: readonly string[] | undefined): { pid?: string; wchan: boolean } {
  const words = command ? programsOf(command).flatMap(({ args }) => args) : []
  const pids = [...new Set(words.flatMap((word) => /^\/proc\/(\d+)\//.exec(word)?.[1] ?? []))]
  return {
    ...(pids.length === 1 && { pid: pids[0]! }),
    wchan: words.some((word) => /^\/proc\/\d+\/(?:task\/\d+\/)?wchan$/.test(word)),
  }
}

/** /proc/PID/wchan is one word without a line end. */
function readWchan(
  { lines }: Passage,
  typed: ReturnType<typeof pathsIn>,
  found: (Partial<SeenProcess> & { lines: Line[] })[],
): void {
  if (!typed.wchan || typed.pid === undefined) return
  const line = lines.find(({ text }) => /^[a-z_][\w.]*$/i.test(text.trim()))
  if (!line || line.text.trim() === '0') return
  const process = found[0] ?? { lines: [] }
  if (found.length === 0) found.push(process)
  process.wchan = line.text.trim()
  process.lines.push(line)
}

import { NotSeen, type Output } from '../probe.ts'
import { psRows, wchanOf } from './ps.ts'

/** A thread as ps lists it, without its command line: reading that can hang behind a process in state D. */
export type Thread = {
  pid: string
  tid: string
  /** first letter: `D` cannot be interrupted, `T` is stopped, `t` is stopped by a debugger, `Z` is dead */
  state: string
  /** seconds since it was started */
  ageS: number
  /** kernel function it waits in; undefined when it runs or the kernel does not tell */
  wchan: string | undefined
  /** at most 15 characters */
  name: string
}

/** Every thread of a host. Reads only stat, status and wchan of /proc, which never wait for a disk or a server. */
export const THREADS_ARGV = [
  'ps',
  '-eL',
  '-o',
  'pid=',
  '-o',
  'lwp=',
  '-o',
  'stat=',
  '-o',
  'etime=',
  '-o',
  'wchan:40=',
  '-o',
  'comm=',
] as const

const ROW = /^\s*(\d+)\s+(\d+)\s+([A-Za-z][A-Za-z<+]*)\s+((?:\d+-)?(?:\d+:)?\d+:\d+)\s+(\S+)\s(.*)$/

/** Output of THREADS_ARGV (procps 3.2 and later). Never empty: ps lists itself. */
export function readThreads(output: Output): Thread[] {
  return psRows(output, ROW, 'thread', 'threads').map(([pid, tid, state, age, wchan, name]) => ({
    pid: pid!,
    tid: tid!,
    state: state!,
    ageS: seconds(age!),
    wchan: wchanOf(wchan!),
    name: name!.trim(),
  }))
}

/** `[[dd-]hh:]mm:ss` → seconds. */
export function seconds(etime: string): number {
  const [clock, days = '0'] = etime.split('-').reverse() as [string, string?]
  return clock.split(':').reduce((total, part) => total * 60 + Number(part), 0) + Number(days) * 86_400
}

/** One thread looked at closely; two looks tell whether it has moved in between. */
export type Wait = {
  pid: string
  tid: string
  name: string
  state: string
  /** clock ticks since boot; with the pid it names one process for good */
  startTicks: string
  wchan: string | undefined
  /** kernel functions, innermost first; empty without root */
  stack: string[]
  /** times it has been scheduled away; undefined where the kernel does not tell. The same twice: it has not moved */
  switches: string | undefined
}

/** These threads (`pid/tid`) closely. grep only puts the names of the files in front; threads that ended are left out. */
export function waitsArgv(threads: readonly { pid: string; tid: string }[]): readonly [string, ...string[]] {
  const files = threads.flatMap(({ pid, tid }) =>
    ['stat', 'status', 'wchan', 'stack'].map((file) => `/proc/${pid}/task/${tid}/${file}`),
  )
  return [
    'grep',
    '-sHE',
    '^(voluntary_ctxt_switches:|nonvoluntary_ctxt_switches:|[0-9]+ \\(|[A-Za-z_][A-Za-z0-9_.]*$|\\[<)|\\) [A-Za-z] [0-9]+ ',
    ...files,
  ]
}

// `s`: a name may hold a carriage return
const LINE = /^\/proc\/(\d+)\/task\/(\d+)\/(stat|status|wchan|stack):(.*)$/s

/** Output of waitsArgv, by thread. Who is missing has ended. Source: proc_pid_stat(5), proc_pid_status(5). */
export function readWaits(output: Output): Wait[] {
  if (output.truncated)
    throw new NotSeen('unparsable', 'what the threads wait for is longer than what is kept')
  if (output.stdout === '' && /permission denied|^sudo:/im.test(output.stderr))
    throw new NotSeen('denied', 'what the threads wait for may not be read')
  const waits = new Map<string, Wait>()
  const switches = new Map<string, string[]>()
  for (const { pid, tid, file, text, lineNumber } of rowsOf(output.stdout)) {
    if (file === 'stat')
      waits.set(tid, {
        pid,
        tid,
        wchan: undefined,
        stack: [],
        switches: undefined,
        ...readStat(text, lineNumber),
      })
    // a thread that ends while it is being read
    const wait = waits.get(tid)
    if (!wait || file === 'stat') continue
    if (file === 'wchan') wait.wchan = text === '0' ? undefined : text
    else if (file === 'stack') wait.stack.push(text.replace(/^\[<[^>]*>\] */, '').replace(/\+0x.*$/, ''))
    // its `Name:` may look like a line of stat
    else if (/^(non)?voluntary_/.test(text))
      switches.set(tid, [...(switches.get(tid) ?? []), text.replace(/\D/g, '')])
  }
  for (const [tid, counts] of switches) waits.get(tid)!.switches = counts.join('+')
  return [...waits.values()]
}

type Row = { pid: string; tid: string; file: string; text: string; lineNumber: number }

/** The lines with the file each is from. A newline in the name of a thread cuts its stat in two: that is one row. */
function rowsOf(stdout: string): Row[] {
  const rows: Row[] = []
  for (const [index, line] of stdout.split('\n').entries()) {
    if (line === '') continue
    const match = LINE.exec(line)
    if (!match)
      throw new NotSeen('unparsable', `/proc, line ${index + 1}: not about a thread: ${line.slice(0, 120)}`)
    const [, pid, tid, file, text] = match as unknown as [string, string, string, string, string]
    const last = rows.at(-1)
    if (file === 'stat' && last?.file === 'stat' && last.tid === tid) last.text += `\n${text}`
    else rows.push({ pid, tid, file, text, lineNumber: index + 1 })
  }
  return rows
}

/** `4242 (name) D 1 …`; the name may hold blanks and parentheses, so it is cut at the last one. */
function readStat(text: string, lineNumber: number): Pick<Wait, 'name' | 'state' | 'startTicks'> {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const name = text.slice(text.indexOf('(') + 1, text.lastIndexOf(')'))
  const [state] = fields
  const startTicks = fields[19]
  if (
    state === undefined ||
    !/^[A-Za-z]$/.test(state) ||
    startTicks === undefined ||
    !/^\d+$/.test(startTicks)
  )
    throw new NotSeen('unparsable', `/proc/PID/stat, line ${lineNumber}: ${text.slice(0, 120)}`)
  return { name, state, startTicks }
}

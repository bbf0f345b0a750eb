import { NotSeen, type Output } from '../probe.ts'

export type Process = {
  pid: string
  /** as ps prints it: first letter is the state, `D` cannot be interrupted, `Z` is dead, `t` is stopped by a debugger */
  state: string
  /** how long it has been running, `[[dd-]hh:]mm:ss` */
  age: string
  command: string
}

/** Every process of a host with its whole command line. */
export const PROCESSES_ARGV = [
  'ps',
  '-ww',
  '-e',
  '-o',
  'pid=',
  '-o',
  'stat=',
  '-o',
  'etime=',
  '-o',
  'args=',
] as const

/** Output of PROCESSES_ARGV (procps 3.2 and later). Never empty: ps lists itself. */
export function parseProcesses(output: Output): Process[] {
  if (output.exitCode !== 0)
    throw new NotSeen('failed', `ps ended with ${output.exitCode}: ${output.stderr.trim().slice(0, 200)}`)
  if (output.truncated) throw new NotSeen('unparsable', 'the list of processes is longer than what is kept')
  const lines = output.stdout.split(/\r?\n/).filter((line) => line.trim() !== '')
  if (lines.length === 0) throw new NotSeen('unparsable', 'ps printed nothing')
  return lines.map((line, index) => {
    const match = /^\s*(\d+)\s+([A-Za-z][A-Za-z<+]*)\s+((?:\d+-)?(?:\d+:)?\d+:\d+)\s+(.*)$/.exec(line)
    if (!match) throw new NotSeen('unparsable', `ps, line ${index + 1}: not a process: ${line.slice(0, 120)}`)
    return { pid: match[1]!, state: match[2]!, age: match[3]!, command: match[4]! }
  })
}

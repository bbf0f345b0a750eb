import type { Output } from '../probe.ts'
import { psRows, wchanOf } from './ps.ts'
import { seconds } from './threads.ts'

/** A process with its parent, without its command line: reading that can hang behind a process in state D. */
export type Relative = {
  pid: string
  /** `1` when its parent has ended */
  ppid: string
  /** first letter: `D` cannot be interrupted, `S` sleeps, `t` is stopped by a debugger, `Z` is dead */
  state: string
  /** seconds since it was started */
  ageS: number
  /** kernel function it waits in; undefined when it runs, or when the kernel does not tell us */
  wchan: string | undefined
  /** at most 15 characters; for a script the name of its file */
  name: string
}

/** Every process of a host, with its parent. Reads only stat, status and wchan of /proc, which never wait for a disk. */
export const FAMILY_ARGV = [
  'ps',
  '-e',
  '-o',
  'pid=',
  '-o',
  'ppid=',
  '-o',
  'stat=',
  '-o',
  'etime=',
  '-o',
  'wchan:40=',
  '-o',
  'comm=',
] as const

const ROW = /^\s*(\d+)\s+(\d+)\s+([A-Za-z][A-Za-z<+]*)\s+((?:\d+-)?(?:\d+:)?\d+:\d+)\s+(\S+)\s+(.*)$/

/** Output of FAMILY_ARGV (procps 3.2 and later), `14401 14400 S  00:18 request_wait_answer  ctdb_mutex_fcnt`. Never empty. */
export function readFamily(output: Output): Relative[] {
  return psRows(output, ROW, 'process', 'processes').map(([pid, ppid, state, age, wchan, name]) => ({
    pid: pid!,
    ppid: ppid!,
    state: state!,
    ageS: seconds(age!),
    wchan: wchanOf(wchan!),
    name: name!.trim(),
  }))
}

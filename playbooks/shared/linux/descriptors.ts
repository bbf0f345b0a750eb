import { NotSeen, type Output } from '../probe.ts'

/** Every open descriptor of these processes: one line each, the folder it is in. find alone, no shell. */
export function descriptorsArgv(pids: readonly string[]): [string, ...string[]] {
  return [
    'find',
    ...pids.map((pid) => `/proc/${pid}/fd`),
    '-mindepth',
    '1',
    '-maxdepth',
    '1',
    '-printf',
    '%h\n',
  ]
}

/**
 * Output of descriptorsArgv → how many each process has open. A process that is missing could not be read: it is gone, or
 * not ours to see. Nothing readable at all throws.
 */
export function readDescriptors(output: Output): Map<string, number> {
  if (output.truncated) throw new NotSeen('unparsable', 'the list of descriptors is longer than what is kept')
  const counts = new Map<string, number>()
  for (const line of output.stdout.split('\n').filter((text) => text !== '')) {
    const pid = /^\/proc\/(\d+)\/fd$/.exec(line)?.[1]
    if (pid === undefined)
      throw new NotSeen('unparsable', `not a folder of descriptors: ${line.slice(0, 120)}`)
    counts.set(pid, (counts.get(pid) ?? 0) + 1)
  }
  if (counts.size === 0) throw unreadable(output)
  // find says so for each folder it could not list; half a list is none
  for (const [, pid] of output.stderr.matchAll(/\/proc\/(\d+)\/fd['’`]?: Permission denied/g))
    counts.delete(pid!)
  return counts
}

/** The limits of these processes on open files. grep only puts the names in front. */
export function limitsArgv(pids: readonly string[]): [string, ...string[]] {
  return ['grep', '-H', '^Max open files', ...pids.map((pid) => `/proc/${pid}/limits`)]
}

/** Limits on open files of one process. */
export type FileLimits = { soft: bigint; hard: bigint }

/** `/proc/2360/limits:Max open files            20000                20000                files` per process. */
export function readLimits(output: Output): Map<string, FileLimits> {
  if (output.truncated) throw new NotSeen('unparsable', 'the limits are longer than what is kept')
  const limits = new Map<string, FileLimits>()
  for (const line of output.stdout.split('\n').filter((text) => text !== '')) {
    const match = /^\/proc\/(\d+)\/limits:Max open files\s+(\d+|unlimited)\s+(\d+|unlimited)\s+files/.exec(
      line,
    )
    if (!match) throw new NotSeen('unparsable', `not a line of /proc/PID/limits: ${line.slice(0, 120)}`)
    limits.set(match[1]!, { soft: count(match[2]!), hard: count(match[3]!) })
  }
  if (limits.size === 0) throw unreadable(output)
  return limits
}

/** RLIM_INFINITY, as the kernel compares with it. */
const UNLIMITED = 2n ** 64n - 1n
const count = (text: string) => (text === 'unlimited' ? UNLIMITED : BigInt(text))

function unreadable({ stderr, exitCode }: Output): NotSeen {
  if (/permission denied/i.test(stderr))
    return new NotSeen('denied', 'open files of other users are not readable; this needs root')
  if (/No such file/.test(stderr)) return new NotSeen('absent', 'the process is gone')
  return new NotSeen('failed', `ended with ${exitCode}, without a word`)
}

/** Files open on the whole machine. */
export const FILE_NR_ARGV = ['cat', '/proc/sys/fs/file-nr'] as const
export type FileNr = { open: bigint; max: bigint }

/** `3136	0	9223372036854775807`: allocated, unused (0 since Linux 2.6), highest. Root may go beyond it (fs/file_table.c). */
export function readFileNr(output: Output): FileNr {
  const match = /^(\d+)\s+(\d+)\s+(\d+)\s*$/.exec(output.stdout)
  if (!match || output.exitCode !== 0 || output.truncated)
    throw new NotSeen('unparsable', 'file-nr is not three numbers')
  return { open: BigInt(match[1]!) - BigInt(match[2]!), max: BigInt(match[3]!) }
}

import { NotSeen, type Output } from '../probe.ts'

/** What the kernel's log says about NFS servers and about tasks that hang, in its order. */
export type KernelLog = {
  /** by server: the last word, since when it is so, and when it was last said (seconds since boot; undefined without time stamps) */
  servers: { server: string; says: ServerWord; bootS: number | undefined; lastS: number | undefined }[]
  /** from khungtaskd: blocked for more than `seconds` at `bootS`; the same task may occur often */
  hung: { name: string; pid: string; seconds: number; bootS: number | undefined }[]
}

/** `gave-up`: a request of a soft mount ended with an error; whether the server came back is never said after that */
export type ServerWord = 'silent' | 'gave-up' | 'answers'

export const KERNEL_LOG_ARGV = ['dmesg'] as const

const SERVER = /\b(?:nfs|lockd): server (\S+?)(?: not responding, (still trying|timed out)|( OK))\s*$/
const HUNG = /INFO: task (.+):(\d+) blocked for more than (\d+) seconds/

/**
 * `[   15.378221] nfs: server 10.0.2.2 not responding, still trying`, later `… OK`. No such line: it has not complained,
 * or the ring buffer has moved on. Sources: the kernel's net/sunrpc/clnt.c and kernel/hung_task.c.
 */
export function readKernelLog(output: Output): KernelLog {
  if (output.exitCode !== 0) {
    const said = output.stderr.trim().slice(0, 200)
    throw new NotSeen(
      /not permitted|Permission denied/.test(said) ? 'denied' : 'failed',
      `the kernel's log could not be read: ${said}`,
    )
  }
  // what is dropped is the end: that a server answers again may be in it
  if (output.truncated)
    throw new NotSeen(
      'unparsable',
      "the kernel's log is longer than what is kept; its newest part is missing",
    )
  const servers = new Map<string, KernelLog['servers'][number]>()
  const hung: KernelLog['hung'] = []
  for (const line of output.stdout.split('\n')) {
    const stamp = /^\[\s*(\d+)\.\d+\]/.exec(line)
    const bootS = stamp ? Number(stamp[1]) : undefined
    const server = SERVER.exec(line)
    if (server) {
      const [, name, complaint, ok] = server
      const says = ok !== undefined ? 'answers' : complaint === 'timed out' ? 'gave-up' : 'silent'
      const before = servers.get(name!)
      // the first complaint counts, not the latest; what one mount gave up, another still waits for
      if (before?.says === 'silent' && says === 'silent') before.lastS = bootS
      else if (before?.says !== 'silent' || says === 'answers')
        servers.set(name!, { server: name!, says, bootS, lastS: bootS })
    }
    const task = HUNG.exec(line)
    if (task) hung.push({ name: task[1]!, pid: task[2]!, seconds: Number(task[3]), bootS })
  }
  return { servers: [...servers.values()], hung }
}

export const UPTIME_ARGV = ['cat', '/proc/uptime'] as const

/** Seconds since boot. */
export function readUptime(output: Output): number {
  const match = /^(\d+)(?:\.\d+)? /.exec(output.stdout)
  if (!match) throw new NotSeen('unparsable', `/proc/uptime: ${output.stdout.slice(0, 60)}`)
  return Number(match[1])
}

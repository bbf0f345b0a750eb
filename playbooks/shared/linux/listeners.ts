import { readIp, unmapped, writeIp } from '../ceph/ip.ts'
import { NotSeen, type Output } from '../probe.ts'

/** A TCP socket in state LISTEN. `waiting` connections are not accepted yet; more than `backlog` are dropped. */
export type Listener = {
  /** canonical; undefined: any address of that family (or of both) */
  ip: string | undefined
  port: number
  waiting: number
  backlog: number
  /** empty: the kernel's own, or not visible to us */
  pids: string[]
}

/** Every listening TCP socket with its process; needs root to see those of others. */
export const LISTENERS_ARGV = ['ss', '-ltnp'] as const

/**
 * `ss -ltnp` (iproute2, any release):
 * `LISTEN 0 512 127.0.0.1:6802 0.0.0.0:* users:(("ceph-osd",pid=2360,fd=19))`; old ones write `*:22`, `:::22` and
 * `("sshd",812,3)`. No lines after the heading: nobody listens. Throws NotSeen for anything else.
 */
export function readListeners(output: Output): Listener[] {
  if (output.exitCode !== 0)
    throw new NotSeen('failed', `ss ended with ${output.exitCode}: ${output.stderr.trim().slice(0, 200)}`)
  if (output.truncated) throw new NotSeen('unparsable', 'the list of sockets is longer than what is kept')
  const lines = output.stdout.split(/\r?\n/).filter((line) => line.trim() !== '')
  if (!/^State\s+Recv-Q/.test(lines.shift() ?? ''))
    throw new NotSeen('unparsable', 'ss printed no heading `State Recv-Q …`')
  return lines.map((line, index) => {
    const [state, waiting, backlog, local] = line.trim().split(/\s+/)
    const match = /^(.*):(\d+)$/.exec(local ?? '')
    if (state !== 'LISTEN' || !match || !/^\d+$/.test(waiting ?? '') || !/^\d+$/.test(backlog ?? ''))
      throw new NotSeen('unparsable', `ss, line ${index + 2}: not a listening socket: ${line.slice(0, 120)}`)
    return {
      ip: ipOf(match[1]!),
      port: Number(match[2]),
      waiting: Number(waiting),
      backlog: Number(backlog),
      pids: [...line.matchAll(/\("(?:[^"\\]|\\.)*",(?:pid=)?(\d+),/g)].map((user) => user[1]!),
    }
  })
}

function ipOf(local: string): string | undefined {
  const bare = local.replace(/^\[|\]$/g, '').replace(/%.*$/, '')
  if (bare === '*' || bare === '::' || bare === '0.0.0.0') return undefined
  return writeIp(unmapped(readIp(bare)))
}

import { readIp, unmapped, writeIp } from '../ceph/ip.ts'
import { NotSeen, type Output } from '../probe.ts'

/** A TCP connection as one host sees it. No processes: the kernel's own, or not visible to us. */
export type Connection = {
  state: string
  /** `ip:port`, IPv6 in brackets, IPv4-mapped addresses as IPv4 */
  local: string
  peer: string
  processes: { name: string; pid: string }[]
}

/** Lists every TCP connection with its process; needs root to see those of others. */
export const SOCKETS_ARGV = ['ss', '-tnp'] as const

/**
 * `ss -tnp` (iproute2, any release), e.g.
 * `ESTAB 0 0 10.0.0.5:41234 10.0.0.9:6800 users:(("qemu-kvm",pid=312,fd=19))`.
 * No lines after the heading: no connections. Throws NotSeen for anything else.
 */
export function parseSockets(output: Output): Connection[] {
  if (output.exitCode !== 0)
    throw new NotSeen('failed', `ss ended with ${output.exitCode}: ${output.stderr.trim().slice(0, 200)}`)
  if (output.truncated) throw new NotSeen('unparsable', 'the list of connections is longer than what is kept')
  const lines = output.stdout.split(/\r?\n/).filter((line) => line.trim() !== '')
  const heading = lines.shift()
  if (heading === undefined || !/^State\s+Recv-Q/.test(heading))
    throw new NotSeen('unparsable', 'ss printed no heading `State Recv-Q …`')
  return lines.map((line, index) => {
    const [state, , , local, peer, ...rest] = line.trim().split(/\s+/)
    if (state === undefined || local === undefined || peer === undefined || !/:[\d*]+$/.test(peer)) {
      throw new NotSeen('unparsable', `ss, line ${index + 2}: not a connection: ${line.slice(0, 120)}`)
    }
    return {
      state,
      local: plainAddress(local),
      peer: plainAddress(peer),
      processes: processesIn(rest.join(' ')),
    }
  })
}

/** iproute2 before 4.13 (CentOS 7) writes IPv6 without brackets: `fd00::21:6800`; the port is behind the last colon. */
function plainAddress(address: string): string {
  const at = address.lastIndexOf(':')
  const port = address.slice(at + 1)
  // an interface may stand behind the address: `10.0.0.5%eth0:22`, `[fe80::1]%eth0:22`
  const ip = address
    .slice(0, at)
    .replace(/%[^\]]*/, '')
    .replace(/^\[|\]$/g, '')
  if (ip === '*' || /^\d{1,3}(?:\.\d{1,3}){3}$/.test(ip)) return `${ip}:${port}`
  const text = writeIp(unmapped(readIp(ip)))
  return `${text.includes(':') ? `[${text}]` : text}:${port}`
}

/** Both spellings: `("qemu",pid=312,fd=19)` and, before iproute2 3.12, `("qemu",312,19)`. */
function processesIn(users: string): Connection['processes'] {
  return [...users.matchAll(/\("((?:[^"\\]|\\.)*)",(?:pid=)?(\d+),/g)].map((match) => ({
    name: match[1]!,
    pid: match[2]!,
  }))
}

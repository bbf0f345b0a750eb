import { NotSeen, type Output } from '../probe.ts'

/** The network namespace of every process. find's own arguments, no shell: only /proc/PID/ns/net is visited. */
export const NAMESPACES_ARGV = [
  'find',
  '/proc',
  '-mindepth',
  '1',
  '-maxdepth',
  '3',
  '-not',
  '-path',
  '/proc/[0-9]*',
  '-prune',
  '-o',
  '-path',
  '/proc/[0-9]*/*',
  '-not',
  '-path',
  '/proc/[0-9]*/ns',
  '-not',
  '-path',
  '/proc/[0-9]*/ns/*',
  '-prune',
  '-o',
  '-path',
  '*/ns/net',
  '-printf',
  '%l\n',
] as const

/**
 * How many network namespaces have processes (`net:[4026531840]`, one line a process). Kernel threads and
 * processes that ended meanwhile print nothing; a refusal means that we cannot know.
 */
export function parseNamespaces(output: Output): number {
  if (/permission denied/i.test(output.stderr))
    throw new NotSeen('denied', 'network namespaces of other users are not readable; this needs root')
  if (output.truncated || output.exitCode === null)
    throw new NotSeen('unparsable', 'the list of network namespaces is not whole')
  const names = new Set(output.stdout.split('\n').filter((line) => line !== ''))
  if (names.size === 0 || [...names].some((name) => !/^net:\[\d+\]$/.test(name))) {
    throw new NotSeen('unparsable', 'the list of network namespaces is not what /proc shows')
  }
  return names.size
}

/** Whether this host passes packets on for others: IPv4 first, IPv6 second. */
export const FORWARDING_ARGV = [
  'cat',
  '/proc/sys/net/ipv4/ip_forward',
  '/proc/sys/net/ipv6/conf/all/forwarding',
] as const

/** `0` or `1` per line; the second is missing where IPv6 is switched off. */
export function parseForwarding(output: Output): boolean {
  const values = output.stdout.split('\n').filter((line) => line !== '')
  if (values.length === 0 || values.some((value) => !/^[01]$/.test(value)))
    throw new NotSeen('unparsable', 'ip_forward is neither 0 nor 1')
  return values.includes('1')
}

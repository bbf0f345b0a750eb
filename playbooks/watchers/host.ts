import { readIp, unmapped, writeIp } from '../shared/ceph/ip.ts'
import { NAMESPACES_ARGV } from '../shared/linux/network.ts'
import { NotSeen, type Output } from '../shared/probe.ts'

/** The addresses that a host has right now, one a line. */
export const ADDRESSES_ARGV = ['ip', '-o', 'address', 'show'] as const

/**
 * `4: eth0    inet 192.0.2.2/24 brd … scope global eth0\ …` lines → `192.0.2.2`. Never empty: there is always `lo`.
 * What is not on the list is not this host's: a virtual address that moved away, or we look from inside a container.
 */
export function parseAddressesOfHost(output: Output): string[] {
  if (output.exitCode !== 0 || output.truncated)
    throw new NotSeen('failed', `ip ended with ${output.exitCode}: ${output.stderr.trim().slice(0, 200)}`)
  const found = output.stdout.split('\n').flatMap((line) => {
    const ip = /^\d+: \S+\s+inet6? ([0-9a-f.:]+)(?:\/\d+)?\s/i.exec(line)?.[1]
    return ip === undefined ? [] : [writeIp(unmapped(readIp(ip)))]
  })
  if (found.length === 0) throw new NotSeen('unparsable', '`ip -o address` lists no address')
  return found
}

/** The pid namespace of every process: in another one, a process knows itself by another number. */
export const PID_NAMESPACES_ARGV = NAMESPACES_ARGV.map((word) => (word === '*/ns/net' ? '*/ns/pid' : word))

/** How many pid namespaces have processes (`pid:[4026531836]`); kernels before 3.8 show none, which is not seen. */
export function parsePidNamespaces(output: Output): number {
  if (/permission denied/i.test(output.stderr) || output.truncated)
    throw new NotSeen('denied', 'pid namespaces of other users are not readable; this needs root')
  const names = new Set(output.stdout.split('\n').filter((line) => line !== ''))
  if (names.size === 0 || [...names].some((name) => !/^pid:\[\d+\]$/.test(name)))
    throw new NotSeen('unparsable', 'the list of pid namespaces is not what /proc shows')
  return names.size
}

import { readIp, unmapped, writeIp } from '../shared/ceph/ip.ts'
import { NAMESPACES_ARGV } from '../shared/linux/network.ts'
import { NotSeen, type Output } from '../shared/probe.ts'

/** One mapping of the kernel's RBD driver, as /sys/bus/rbd shows it. */
export type KrbdMapping = {
  /** N of /dev/rbdN */
  device: string
  /** number of the Ceph client, without `client` */
  client: string | undefined
  /** `IP:PORT/NONCE`; kernels before 4.13 don't show it */
  address: string | undefined
  pool: string | undefined
  /** kernels before 4.19 know none */
  namespace: string | undefined
  image: string | undefined
  /** a mapped snapshot is read-only and watches nothing */
  snapshot: string | undefined
}

/**
 * The attributes that identify a mapping, with their file names. find starts grep itself, no shell; `-L` because
 * the devices are symlinks. Attributes: kernel, Documentation/ABI/testing/sysfs-bus-rbd.
 */
export const KRBD_ARGV = [
  'find',
  '-L',
  '/sys/bus/rbd/devices',
  '-mindepth',
  '2',
  '-maxdepth',
  '2',
  '(',
  '-name',
  'client_id',
  '-o',
  '-name',
  'client_addr',
  '-o',
  '-name',
  'pool',
  '-o',
  '-name',
  'pool_ns',
  '-o',
  '-name',
  'name',
  '-o',
  '-name',
  'current_snap',
  ')',
  '-exec',
  'grep',
  '-H',
  '^',
  '{}',
  '+',
] as const

/**
 * `/sys/bus/rbd/devices/0/client_id:client4123` lines → mappings. Empty: the driver is loaded and maps nothing.
 * No such directory: the driver isn't loaded, so nothing is mapped.
 */
export function parseKrbd(output: Output): KrbdMapping[] {
  const unloaded = /\/sys\/bus\/rbd\/devices['’]?: No such file or directory/.test(output.stderr)
  if (unloaded && output.stdout.trim() === '') return []
  if (output.exitCode !== 0)
    throw new NotSeen('failed', `/sys/bus/rbd could not be read: ${output.stderr.trim().slice(0, 200)}`)
  if (output.truncated) throw new NotSeen('unparsable', 'the list of rbd mappings was cut at its size limit')
  const mappings = new Map<string, KrbdMapping>()
  for (const line of output.stdout.split('\n').filter((text) => text !== '')) {
    const match =
      /^\/sys\/bus\/rbd\/devices\/(\d+)\/(client_id|client_addr|pool|pool_ns|name|current_snap):(.*)$/.exec(
        line,
      )
    if (!match) throw new NotSeen('unparsable', `not an attribute of /sys/bus/rbd: ${line.slice(0, 120)}`)
    const [, device, attribute, value] = match as unknown as [string, string, string, string]
    const mapping = mappings.get(device) ?? {
      device,
      client: undefined,
      address: undefined,
      pool: undefined,
      namespace: undefined,
      image: undefined,
      snapshot: undefined,
    }
    mappings.set(device, mapping)
    if (attribute === 'client_id') mapping.client = /^client\.?(\d+)$/.exec(value)?.[1]
    if (attribute === 'client_addr' && value !== '') mapping.address = value
    if (attribute === 'pool') mapping.pool = value
    if (attribute === 'pool_ns' && value !== '') mapping.namespace = value
    if (attribute === 'name') mapping.image = value
    if (attribute === 'current_snap' && value !== '-') mapping.snapshot = value
  }
  return [...mappings.values()]
}

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

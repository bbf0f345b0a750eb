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
  image: string | undefined
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
  'name',
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
  const mappings = new Map<string, KrbdMapping>()
  for (const line of output.stdout.split('\n').filter((text) => text !== '')) {
    const match = /^\/sys\/bus\/rbd\/devices\/(\d+)\/(client_id|client_addr|pool|name):(.*)$/.exec(line)
    if (!match) throw new NotSeen('unparsable', `not an attribute of /sys/bus/rbd: ${line.slice(0, 120)}`)
    const [, device, attribute, value] = match as unknown as [string, string, string, string]
    const mapping = mappings.get(device) ?? {
      device,
      client: undefined,
      address: undefined,
      pool: undefined,
      image: undefined,
    }
    mappings.set(device, mapping)
    if (attribute === 'client_id') mapping.client = /^client\.?(\d+)$/.exec(value)?.[1]
    if (attribute === 'client_addr') mapping.address = value
    if (attribute === 'pool') mapping.pool = value
    if (attribute === 'name') mapping.image = value
  }
  return [...mappings.values()]
}

/** Linux never gives a process a higher number (PID_MAX_LIMIT of 64-bit kernels). */
const HIGHEST_PID = 4_194_304n

/**
 * The processes that a nonce can stand for where librados made it as `pid + 1,000,000 × instance` (up to about
 * Infernalis, RadosClient::connect). `1193546917` → 546917, 1546917, 2546917, 3546917.
 */
export function pidsOfNonce(nonce: string): string[] {
  const pids: string[] = []
  for (let pid = BigInt(nonce) % 1_000_000n; pid <= HIGHEST_PID && pid <= BigInt(nonce); pid += 1_000_000n) {
    if (pid > 0n) pids.push(pid.toString())
  }
  return pids
}

import { attributesArgv, levels } from '../linux/sysfs.ts'
import { NotSeen, type Output } from '../probe.ts'

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

/** The attributes that identify a mapping; the devices are symlinks. Attributes: kernel, Documentation/ABI/testing/sysfs-bus-rbd. */
export const KRBD_ARGV = attributesArgv(
  '/sys/bus/rbd/devices',
  ['client_id', 'client_addr', 'pool', 'pool_ns', 'name', 'current_snap'],
  { follow: true, where: levels(2, 2) },
)

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

/** What stands behind /dev/rbdN: a mapping whose image is known. */
export type MappedImage = KrbdMapping & { pool: string; image: string }

/** The same output as images. Throws NotSeen for a mapping that shows no pool or no name. */
export function readMappedImages(output: Output): MappedImage[] {
  return parseKrbd(output).map((mapping) => {
    const { device, pool, image } = mapping
    if (!pool || !image) throw new NotSeen('unparsable', `/dev/rbd${device} shows no pool or no name`)
    return { ...mapping, pool, image }
  })
}

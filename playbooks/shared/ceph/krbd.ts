import { NotSeen, type Output } from '../probe.ts'

/** One mapping of the kernel's RBD driver, as /sys/bus/rbd shows it: which image stands behind /dev/rbdN. */
export type MappedImage = {
  /** N of /dev/rbdN */
  device: string
  pool: string
  /** undefined: the default namespace, or a kernel before 4.19, which knows none */
  namespace: string | undefined
  image: string
  /** a mapped snapshot is read-only and watches nothing */
  snapshot: string | undefined
}

const ATTRIBUTES = ['pool', 'pool_ns', 'name', 'current_snap']

/** Prints the attributes that identify an image with their file names. find starts grep itself; the devices are symlinks. */
export const MAPPED_IMAGES_ARGV = [
  'find',
  '-L',
  '/sys/bus/rbd/devices',
  '-mindepth',
  '2',
  '-maxdepth',
  '2',
  '(',
  ...ATTRIBUTES.flatMap((name, at) => (at === 0 ? ['-name', name] : ['-o', '-name', name])),
  ')',
  '-exec',
  'grep',
  '-H',
  '^',
  '{}',
  '+',
] as [string, ...string[]]

/**
 * `/sys/bus/rbd/devices/0/pool:rbd` lines → images. Empty: the driver maps nothing, or isn't loaded. Attributes: kernel,
 * Documentation/ABI/testing/sysfs-bus-rbd.
 */
export function readMappedImages(output: Output): MappedImage[] {
  const unloaded = /\/sys\/bus\/rbd\/devices['’]?: No such file or directory/.test(output.stderr)
  if (unloaded && output.stdout.trim() === '') return []
  if (output.exitCode !== 0 || output.truncated)
    throw new NotSeen('failed', `/sys/bus/rbd could not be read: ${output.stderr.trim().slice(0, 200)}`)
  const devices = new Map<string, Record<string, string>>()
  for (const line of output.stdout.split('\n').filter((text) => text !== '')) {
    const [, device, attribute, value] = /^\/sys\/bus\/rbd\/devices\/(\d+)\/(\w+):(.*)$/.exec(line) ?? []
    if (device === undefined)
      throw new NotSeen('unparsable', `not an attribute of /sys/bus/rbd: ${line.slice(0, 120)}`)
    devices.set(device, { ...devices.get(device), [attribute!]: value! })
  }
  return [...devices].map(([device, { pool, pool_ns, name, current_snap }]) => {
    if (!pool || !name) throw new NotSeen('unparsable', `/dev/rbd${device} shows no pool or no name`)
    return {
      device,
      pool,
      image: name,
      namespace: pool_ns || undefined,
      snapshot: current_snap === undefined || current_snap === '-' ? undefined : current_snap,
    }
  })
}

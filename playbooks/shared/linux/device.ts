/**
 * A block device or anonymous device as the kernel numbers it: `major:minor`, both decimal, e.g. `254:0` or `0:29`.
 * Programs write the same number in four ways; these functions are the only place that knows them.
 */
export type Device = `${bigint}:${bigint}`

/** `fe:00` of /proc/locks and of nfsd's states (hex on both sides); undefined when it is not one. */
export function deviceFromLocks(text: string): Device | undefined {
  const match = /^([0-9a-f]{1,8}):([0-9a-f]{1,8})$/i.exec(text)
  return match ? deviceOf(BigInt(`0x${match[1]}`), BigInt(`0x${match[2]}`)) : undefined
}

/** `254:0` of mountinfo, or `254,0` of lsof (decimal on both sides); undefined when it is not one. */
export function deviceFromDecimal(text: string): Device | undefined {
  const match = /^(\d{1,10})[:,](\d{1,10})$/.exec(text)
  return match ? deviceOf(BigInt(match[1]!), BigInt(match[2]!)) : undefined
}

/** `fe00` of `stat -c %D`: glibc's dev_t in hex (makedev(3): 12 and 20 bits in the middle, the rest on top). */
export function deviceFromStat(hex: string): Device | undefined {
  if (!/^[0-9a-f]{1,16}$/i.test(hex)) return undefined
  const number = BigInt(`0x${hex}`)
  const major = ((number >> 8n) & 0xfffn) | ((number >> 32n) & 0xfffff000n)
  const minor = (number & 0xffn) | ((number >> 12n) & 0xffffff00n)
  return deviceOf(major, minor)
}

/** As /proc/locks writes it: `254:0` → `fe:00`. */
export function asInLocks(device: Device): string {
  return device
    .split(':')
    .map((part) => BigInt(part).toString(16).padStart(2, '0'))
    .join(':')
}

/** The number that `stat` and perl's lstat give as st_dev: `254:0` → `65024`. */
export function statNumber(device: Device): string {
  const [major, minor] = device.split(':').map(BigInt) as [bigint, bigint]
  const number =
    (minor & 0xffn) | ((major & 0xfffn) << 8n) | ((minor & ~0xffn) << 12n) | ((major & ~0xfffn) << 32n)
  return String(number)
}

function deviceOf(major: bigint, minor: bigint): Device {
  return `${major}:${minor}`
}

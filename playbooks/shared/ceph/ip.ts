import { NotSeen } from '../probe.ts'
import { code } from '../text.ts'

/** The bits of an IP address. An IPv4 address and the same one mapped into IPv6 are different to Ceph, and here. */
export type Ip = { family: 4 | 6; bits: bigint }

/** Text of an IPv4 or IPv6 address → its bits; throws NotSeen('unparsable'). No zones, no leading zeros in IPv4. */
export function readIp(text: string): Ip {
  const four = readFour(text)
  if (four !== undefined) return { family: 4, bits: four }
  const six = readSix(text)
  if (six !== undefined) return { family: 6, bits: six }
  throw new NotSeen('unparsable', `${code(text)} is not an IP address`)
}

/**
 * The one way to write an address: RFC 5952, but mapped IPv4 in hex (`::ffff:102:304`), because
 * `ceph osd blocklist add` refuses the dotted form that `ls` prints (tried on 16.2.15).
 */
export function writeIp({ family, bits }: Ip): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 255n).join('.')
  const groups = Array.from({ length: 8 }, (_, at) =>
    ((bits >> BigInt(112 - 16 * at)) & 0xffffn).toString(16),
  )
  const gap = longestZeros(groups)
  if (gap.length < 2) return groups.join(':')
  return `${groups.slice(0, gap.start).join(':')}::${groups.slice(gap.start + gap.length).join(':')}`
}

/** The IPv4 address inside a mapped IPv6 one, else the address itself: for comparing with a host's addresses. */
export function unmapped(ip: Ip): Ip {
  const mapped = ip.family === 6 && ip.bits >> 32n === 0xffffn
  return mapped ? { family: 4, bits: ip.bits & 0xffffffffn } : ip
}

function readFour(text: string): bigint | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256))
    return
  return parts.reduce((bits, part) => (bits << 8n) | BigInt(part), 0n)
}

function readSix(text: string): bigint | undefined {
  const dotted = /^(.*:)([^:]*\..*)$/.exec(text)
  const tail = dotted ? readFour(dotted[2] ?? '') : undefined
  if (dotted && tail === undefined) return
  const hex =
    tail === undefined ? text : `${dotted?.[1]}${(tail >> 16n).toString(16)}:${(tail & 0xffffn).toString(16)}`
  const halves = hex.split('::')
  if (halves.length > 2) return
  const [head = [], rest = []] = halves.map((half) => (half === '' ? [] : half.split(':')))
  const missing = 8 - head.length - rest.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return
  const groups = [...head, ...Array<string>(missing).fill('0'), ...rest]
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return
  return groups.reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n)
}

function longestZeros(groups: string[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  for (let start = 0; start < groups.length; start += 1) {
    let length = 0
    while (groups[start + length] === '0') length += 1
    if (length > best.length) best = { start, length }
  }
  return best
}

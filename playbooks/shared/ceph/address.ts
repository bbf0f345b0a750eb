import { NotSeen } from '../probe.ts'
import { code } from '../text.ts'
import { readIp, unmapped, writeIp } from './ip.ts'

/**
 * A client's or daemon's address in the cluster. Clients have port 0; the nonce tells two programs on one
 * host apart. `ip` is canonical (see ip.ts); the nonce is decimal digits, never a number.
 */
export type Address = { ip: string; port: number; nonce: string; type?: 'v1' | 'v2' | 'any' }

/** A blocked network: `cidr:10.0.0.0:0/24` (Ceph 16 and later). */
export type Range = { ip: string; bits: number }

const form = /^(?:(v1|v2|any):)?(?:\[([^\][]+)\]|([0-9.]+))(?::(\d{1,5}))?(?:\/(\d{1,10}))?$/

/**
 * One address as Ceph prints it: `1.1.2.1:0/1193546917`, `[2001:db8::1]:0/5`, `v2:…`, a bare IP, or a vector
 * `[v2:…,v1:…]` of one client. A missing port or nonce is 0, as in Ceph: a bare IP means the whole host.
 *
 * Stricter than Ceph on purpose: Ceph 16.2 takes `1.2.3.4:0/` and a nonce of 2^32 for nonce 0 and blocks the whole host.
 * Throws NotSeen('unparsable') for that, for leading zeros, and for `-` (no address).
 */
export function parseAddress(text: string): Address {
  const [first, ...others] = parseAddresses(text)
  if (!first) throw new NotSeen('unparsable', `${code(text)} says that there is no address`)
  if (others.length === 0) return first
  if (!others.every((other) => sameClient(first, other))) {
    throw new NotSeen('unparsable', `${code(text)} holds the addresses of more than one client`)
  }
  const { ip, port, nonce } = first
  return { ip, port, nonce }
}

/** Every address of a vector, or the one that is there; none for `-` and for the unset `:/0` of old releases. */
export function parseAddresses(text: string): Address[] {
  if (text === '-' || text === ':/0') return []
  if (/^\[(v1|v2|any):.*\]$/.test(text)) return text.slice(1, -1).split(',').map(parseOne)
  return [parseOne(text)]
}

function parseOne(text: string): Address {
  const bareSix = /^[0-9a-f.]*:[0-9a-f.]*:[0-9a-f:.]*$/i.test(text)
  const match = bareSix ? form.exec(`[${text}]`) : form.exec(text)
  if (!match)
    throw new NotSeen('unparsable', `${code(text)} is not a Ceph address such as \`10.0.0.5:0/123\``)
  const [, type, bracketed, dotted, port = '0', nonce = '0'] = match
  const ip = readIp(bracketed ?? dotted ?? '')
  if (bracketed !== undefined && ip.family === 4) {
    throw new NotSeen('unparsable', `${code(text)}: brackets are for IPv6`)
  }
  const address = checked(text, writeIp(ip), port, nonce)
  return type === undefined ? address : { ...address, type: type as 'v1' | 'v2' | 'any' }
}

function checked(text: string, ip: string, port: string, nonce: string): Address {
  if (Number(port) > 65535 || /^0\d/.test(port)) {
    throw new NotSeen('unparsable', `${code(text)}: ${code(port)} is not a port`)
  }
  if (BigInt(nonce) > 4294967295n || /^0\d/.test(nonce)) {
    throw new NotSeen(
      'unparsable',
      `${code(text)}: ${code(nonce)} is not a nonce (0 to 4294967295, no leading zero)`,
    )
  }
  return { ip, port: Number(port), nonce }
}

/** An address from the parts that `dump_watchers`, `sessions` and `osd dump` print: `127.0.0.1:0`, nonce apart. */
export function addressFromParts(addr: string, nonce: string, type?: string): Address {
  if (addr.includes('/')) throw new NotSeen('unparsable', `${code(addr)}: expected an address without nonce`)
  const address = parseAddress(`${addr}/${nonce}`)
  return type === 'v1' || type === 'v2' || type === 'any' ? { ...address, type } : address
}

/** The form that `ceph osd blocklist add` and `rm` accept, without type: `1.1.2.1:0/5`, `[2001:db8::1]:0/5`. */
export function formatAddress({ ip, port, nonce }: Address): string {
  return `${ip.includes(':') ? `[${ip}]` : ip}:${port}/${nonce}`
}

/** Whether two addresses are the same client: IP, port and nonce. The messenger type makes no difference. */
export function sameClient(a: Address, b: Address): boolean {
  return a.ip === b.ip && a.port === b.port && a.nonce === b.nonce
}

/** Whether an address is on the host with this IP; IPv4 mapped into IPv6 counts as the IPv4 it is. */
export function onHost(address: Address, ip: string): boolean {
  return writeIp(unmapped(readIp(address.ip))) === writeIp(unmapped(readIp(ip)))
}

/** A range as `blocklist ls` prints it, with `cidr:` (text, osd dump) or without (JSON): `[2001:db8::]:0/48`. */
export function parseRange(text: string): Range {
  const match = /^(?:cidr:)?(?:\[([^\][]+)\]|([0-9.]+)):0\/(\d{1,3})$/.exec(text)
  if (!match) throw new NotSeen('unparsable', `${code(text)} is not a range such as \`cidr:10.0.0.0:0/24\``)
  const ip = readIp(match[1] ?? match[2] ?? '')
  const bits = Number(match[3])
  if (bits > (ip.family === 4 ? 32 : 128) || (match[1] !== undefined) !== (ip.family === 6)) {
    throw new NotSeen('unparsable', `${code(text)}: the prefix does not fit the address`)
  }
  return { ip: writeIp(ip), bits }
}

export function formatRange({ ip, bits }: Range): string {
  return `cidr:${ip.includes(':') ? `[${ip}]` : ip}:0/${bits}`
}

/** Whether an entry blocks more than one client: port and nonce 0 (every client on that host), or a range. */
export function isHostWide(entry: Address | Range): boolean {
  return 'bits' in entry || (entry.port === 0 && entry.nonce === '0')
}

/**
 * Whether a blocklist entry blocks an address, as the OSDs decide it (OSDMap::is_blocklisted): this very
 * address, or its IP with port and nonce 0, or a range that holds its IP. IPv4 and mapped IPv6 never match.
 */
export function covers(entry: Address | Range, address: Address): boolean {
  if ('bits' in entry) return inRange(entry, address)
  return isHostWide(entry) ? entry.ip === address.ip : sameClient(entry, address)
}

function inRange(range: Range, address: Address): boolean {
  const network = readIp(range.ip)
  const ip = readIp(address.ip)
  const rest = BigInt((network.family === 4 ? 32 : 128) - range.bits)
  return network.family === ip.family && network.bits >> rest === ip.bits >> rest
}

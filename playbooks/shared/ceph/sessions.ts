import { type Json, readJson } from '../json.ts'
import { NotSeen } from '../probe.ts'
import { type Address, addressFromParts, parseAddresses, sameClient } from './address.ts'
import { finished, type Printed } from './errors.ts'
import { digits, field, isObject, list, object, string } from './fields.ts'
import { addressVector } from './osd-dump.ts'

/** One connection that a monitor holds. */
export type Session = {
  /** the monitor that said so, when the command asked several (`mon.a`) */
  monitor?: string
  peer: 'client' | 'mon' | 'osd' | 'mds' | 'mgr' | 'other'
  /** the N of `client.N`: the global id; missing before Octopus */
  client?: string
  /** the user: `client.admin` */
  user?: string
  addresses: Address[]
  open: boolean
  /** the name of the host, as the client told it; missing before Pacific */
  host?: string
  /** what its user may do with the monitors, e.g. `allow *` or `profile rbd`; not in the lines of old releases */
  caps?: string
}

/**
 * `ceph tell mon.X sessions` or `ceph daemon mon.X sessions` (JSON). A client holds a session with one monitor,
 * so only the sessions of all monitors together say that it has none: `ceph tell 'mon.*' sessions` prints them one
 * after the other, each behind `mon.a: `. A killed client's session is gone within 0.2 s (its connection closes); that
 * of a host that hangs or lost its network stays for `mon_session_timeout`, 300 s (16.2.15, measured).
 * The command itself and the other monitors are always listed: an empty list is unparsable. Needs `mon allow *`.
 */
export function readSessions(printed: Printed): Session[] {
  const text = finished(printed)
  const parts = text.split(/^(mon\.[\w.-]+): (?=\[)/m)
  if (parts.length === 1) return readDocument(text)
  if (parts[0]?.trim() !== '') throw new NotSeen('unparsable', 'expected `mon.X: [` first')
  const sessions: Session[] = []
  for (let at = 1; at < parts.length; at += 2) {
    const monitor = parts[at] ?? ''
    sessions.push(...readDocument(parts[at + 1] ?? '').map((session) => ({ ...session, monitor })))
  }
  return sessions
}

/** The sessions of the client at this address; empty means none with the monitors that were asked. */
export function sessionsOf(sessions: Session[], address: Address): Session[] {
  return sessions.filter(
    (session) => session.open && session.addresses.some((each) => sameClient(each, address)),
  )
}

function readDocument(text: string): Session[] {
  const found = list(readJson(text), 'sessions')
  if (found.length === 0) throw new NotSeen('unparsable', 'no session at all: not even the one that asked')
  return found.map((value) => (typeof value === 'string' ? readLine(value) : readObject(value)))
}

function readObject(value: Json): Session {
  const session = object(value, 'session')
  const open = field(session, 'open')
  const name = string(field(session, 'name'), 'name')
  const addrs = field(session, 'addrs')
  const socket = field(session, 'socket_addr')
  if (typeof open !== 'boolean') throw new NotSeen('unparsable', 'open: expected true or false')
  if (addrs === undefined && socket === undefined) throw new NotSeen('unparsable', 'addrs: missing')
  const globalId = field(session, 'global_id')
  const user = field(session, 'entity_name')
  const host = field(session, 'remote_host')
  const caps = field(session, 'caps')
  const allowed = isObject(caps) ? field(caps, 'text') : undefined
  return {
    peer: peerOf(name),
    addresses: addrs === undefined ? socketAddress(socket) : addressVector(addrs, 'addrs'),
    open,
    ...(globalId === undefined || globalId === 0n ? {} : { client: digits(globalId, 'global_id') }),
    ...(typeof user === 'string' && user !== '' ? { user } : {}),
    ...(typeof host === 'string' && host !== '' ? { host } : {}),
    ...(typeof allowed === 'string' && allowed !== '' ? { caps: allowed } : {}),
  }
}

function socketAddress(value: Json | undefined): Address[] {
  if (!isObject(value)) throw new NotSeen('unparsable', 'socket_addr: expected an object')
  if (field(value, 'type') === 'none') return []
  return [addressFromParts(string(field(value, 'addr'), 'addr'), digits(field(value, 'nonce'), 'nonce'))]
}

/** Up to Nautilus: `MonSession(client.4123 10.0.0.7:0/1193 is open allow *, features 0x3ff… (luminous))`. */
function readLine(text: string): Session {
  const [, name, addresses, state] = /^MonSession\((\S+) (\S+) is (open|closed) .*\)$/s.exec(text) ?? []
  if (name === undefined || addresses === undefined) {
    throw new NotSeen('unparsable', 'expected `MonSession(NAME ADDRESS is open …)`')
  }
  const client = /^client\.(\d+)$/.exec(name)?.[1]
  return {
    peer: peerOf(name),
    addresses: parseAddresses(addresses),
    open: state === 'open',
    ...(client === undefined ? {} : { client }),
  }
}

function peerOf(name: string): Session['peer'] {
  const kind = name.slice(0, name.indexOf('.'))
  return kind === 'client' || kind === 'mon' || kind === 'osd' || kind === 'mds' || kind === 'mgr'
    ? kind
    : 'other'
}

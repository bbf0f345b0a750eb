import { type Json, readJson } from '../json.ts'
import { NotSeen } from '../probe.ts'
import { lines } from '../text.ts'
import { type Address, parseAddresses } from './address.ts'
import { finishedMaybeEmpty, type Printed, unlike } from './errors.ts'
import { field, isObject, list, object, string } from './fields.ts'

/** A lock on an image. `id` may hold spaces (`auto 140535020917984`); `address` is missing when Ceph knows none. */
export type Lock = {
  id: string
  client: string
  address?: Address
  /** only the text form says it */
  mode?: 'exclusive' | 'shared'
  tag?: string
}

/**
 * `rbd lock ls IMAGE`, text or `--format json`. Empty text output and `[]` or `{}` mean that nobody holds a lock.
 * JSON is a list of `{id,locker,address}`, up to Luminous an object `{"ID":{locker,address}}`.
 * In text, spaces at the end of an id are lost: prefer JSON. The lock of a blocklisted client stays listed.
 */
export function readLocks(printed: Printed): Lock[] {
  const text = finishedMaybeEmpty(printed)
  if (/^\s*[[{]/.test(text)) return readLocksJson(readJson(text))
  return readLocksText(lines(text))
}

function readLocksJson(document: Json): Lock[] {
  const rows: [Json | undefined, Json][] = isObject(document)
    ? document.entries.map(([id, value]) => [id, value])
    : list(document, 'locks').map((value) => [field(object(value, 'lock'), 'id'), value])
  return rows.map(([id, value]) => {
    const lock = object(value, 'lock')
    const locker = string(field(lock, 'locker'), 'locker')
    return lockOf(string(id, 'id'), locker, string(field(lock, 'address'), 'address'))
  })
}

function lockOf(id: string, locker: string, address: string): Lock {
  const client = /^client\.(\d+)$/.exec(locker)?.[1]
  if (client === undefined) throw new NotSeen('unparsable', 'locker: expected `client.N`')
  const [first] = parseAddresses(address)
  return first ? { id, client, address: first } : { id, client }
}

function readLocksText(all: string[]): Lock[] {
  const rest = all.map((line, at) => ({ line, number: at + 1 })).filter(({ line }) => line.trim() !== '')
  if (rest.length === 0) return []
  const head = rest.shift()
  const [, count, mode] =
    /^There (?:is|are) (\d+) (exclusive|shared) locks? on this image\.\s*$/.exec(head?.line ?? '') ?? []
  if (!head || count === undefined)
    throw unlike(head?.number ?? 1, head?.line ?? '', '`There is 1 exclusive lock on this image.`')
  const tag = mode === 'shared' ? /^Lock tag: (.*)$/.exec(rest[0]?.line ?? '')?.[1] : undefined
  if (tag !== undefined) rest.shift()
  const columns = rest.shift()
  if (!columns || !/^Locker +ID +Address\s*$/.test(columns.line)) {
    throw unlike(columns?.number ?? head.number + 1, columns?.line ?? '', '`Locker ID Address`')
  }
  const locks = rest.map(({ line, number }) => readRow(line, number, columns.line.indexOf('ID')))
  if (locks.length !== Number(count)) {
    throw new NotSeen('unparsable', `line ${head.number} says ${count} locks, ${locks.length} follow`)
  }
  const how = mode === 'shared' ? ('shared' as const) : ('exclusive' as const)
  return locks.map((lock) => ({ ...lock, mode: how, ...(tag === undefined ? {} : { tag }) }))
}

function readRow(line: string, number: number, idColumn: number): Lock {
  const [, id, address] = /^(.*?) +(\S+)\s*$/.exec(line.slice(idColumn)) ?? []
  const locker = line.slice(0, idColumn).trim()
  if (id === undefined || address === undefined || !/^client\.\d+$/.test(locker)) {
    throw unlike(number, line, '`client.N  ID  ADDRESS`')
  }
  return lockOf(id, locker, address)
}

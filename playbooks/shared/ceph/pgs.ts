import { type Json, readJson } from '../json.ts'
import { NotSeen } from '../probe.ts'
import { finished, type Printed } from './errors.ts'
import { digits, field, list, object, string } from './fields.ts'

/** A placement group. `blockedBy`: OSDs that it waits for while peering. Down and unset members are left out. */
export type Pg = { id: string; state: string; up: string[]; acting: string[]; blockedBy: string[] }

/**
 * `ceph pg dump_stuck … -f json` and `ceph pg ls-by-osd N -f json`: a list, since Nautilus inside an object
 * (`stuck_pg_stats`, `pg_stats`, beside `pg_ready`). Empty: no such PG. An empty text is not an answer.
 */
export function readPgs(printed: Printed): Pg[] {
  const text = finished(printed)
  // old releases print nothing but "ok" on stderr when nothing is stuck
  if (text.trim() === '' && typeof printed !== 'string' && /^ok$/m.test(printed.stderr)) return []
  const read = readJson(text)
  if (Array.isArray(read)) return read.map(readPg)
  const holder = object(read, 'pgs')
  if (field(holder, 'pg_ready') === false) {
    throw new NotSeen('failed', 'the manager has no statistics of the PGs yet')
  }
  const pgs = field(holder, 'stuck_pg_stats') ?? field(holder, 'pg_stats')
  return list(pgs, 'stuck_pg_stats or pg_stats').map(readPg)
}

function readPg(value: Json): Pg {
  const pg = object(value, 'pg')
  const id = string(field(pg, 'pgid'), 'pgid')
  const blocked = field(pg, 'blocked_by')
  return {
    id,
    state: string(field(pg, 'state'), `${id} state`),
    up: osds(field(pg, 'up'), `${id} up`),
    acting: osds(field(pg, 'acting'), `${id} acting`),
    blockedBy: blocked === undefined ? [] : osds(blocked, `${id} blocked_by`),
  }
}

const NONE = '2147483647'

function osds(value: Json | undefined, what: string): string[] {
  return list(value, what)
    .filter((each) => each !== -1n)
    .map((each) => digits(each, what))
    .filter((id) => id !== NONE)
}

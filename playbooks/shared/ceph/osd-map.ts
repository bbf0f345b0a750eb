import { type Json, type JsonObject, readJson } from '../json.ts'
import { NotSeen } from '../probe.ts'
import { type Address, parseAddresses } from './address.ts'
import { finished, type Printed } from './errors.ts'
import { digits, field, list, object, string } from './fields.ts'
import { addressVector } from './osd-dump.ts'

/** What an address of an OSD is for. Heartbeats run on the cluster network (back) and the public one (front). */
export const USES = ['public', 'cluster', 'heartbeat back', 'heartbeat front'] as const
export type Use = (typeof USES)[number]

/** An OSD of the map. A dead one keeps the addresses that it had last. */
export type MappedOsd = { id: string; up: boolean; in: boolean; addresses: { use: Use; at: Address }[] }

/** The OSD map as far as it says who is to be reached where; `flags` such as `nodown`. */
export type OsdMap = { epoch: string; fsid: string; flags: string[]; osds: MappedOsd[] }

/**
 * `ceph osd dump -f json` of any release: every OSD, up or down. Before Nautilus one address a use (`public_addr`),
 * then vectors with v2 and v1. An OSD that never started has no address.
 */
export function readOsdMap(printed: Printed): OsdMap {
  const dump = object(readJson(finished(printed)), 'osd dump')
  const flags = field(dump, 'flags')
  return {
    epoch: digits(field(dump, 'epoch'), 'epoch'),
    fsid: string(field(dump, 'fsid'), 'fsid'),
    flags: flags === undefined ? [] : string(flags, 'flags').split(',').filter(Boolean),
    osds: list(field(dump, 'osds'), 'osds').map(readOsd),
  }
}

function readOsd(value: Json): MappedOsd {
  const osd = object(value, 'osd')
  const id = digits(field(osd, 'osd'), 'osd')
  return {
    id,
    up: flag(osd, 'up', id),
    in: flag(osd, 'in', id),
    addresses: USES.flatMap((use) => addressesOf(osd, FIELDS[use]).map((at) => ({ use, at }))),
  }
}

const FIELDS: Record<Use, string> = {
  public: 'public',
  cluster: 'cluster',
  'heartbeat back': 'heartbeat_back',
  'heartbeat front': 'heartbeat_front',
}

function flag(osd: JsonObject, name: string, id: string): boolean {
  const value = digits(field(osd, name), `osd.${id} ${name}`)
  if (value !== '0' && value !== '1') throw new NotSeen('unparsable', `osd.${id} ${name}: expected 0 or 1`)
  return value === '1'
}

function addressesOf(osd: JsonObject, name: string): Address[] {
  const vector = field(osd, `${name}_addrs`)
  const all =
    vector === undefined
      ? parseAddresses(string(field(osd, `${name}_addr`), `${name}_addr`))
      : addressVector(vector, `${name}_addrs`)
  // an OSD that has never started shows port 0
  return all.filter(({ port }) => port !== 0)
}

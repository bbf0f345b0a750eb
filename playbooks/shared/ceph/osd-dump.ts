import { type Json, type JsonObject, readJson } from '../json.ts'
import { NotSeen } from '../probe.ts'
import { type Address, addressFromParts, parseAddress, parseAddresses, parseRange } from './address.ts'
import { type BlocklistEntry, blocklistEntry } from './blocklist.ts'
import { finished, type Printed } from './errors.ts'
import { digits, entries, field, isObject, list, object, string } from './fields.ts'

/** A pool; `applications` (`rbd`, `cephfs` …) is missing before Luminous. */
export type Pool = { id: string; name: string; applications?: string[] }

/** An OSD that the monitors hold to be up, with every address it listens on. */
export type Osd = { id: string; public: Address[]; cluster: Address[]; heartbeat: Address[] }

/** The OSD map. `blocklist` is missing where the release prints times without addresses (before Nautilus). */
export type OsdDump = { epoch: string; fsid: string; pools: Pool[]; up: Osd[]; blocklist?: BlocklistEntry[] }

/** `ceph osd dump -f json` of any release. No pool and no OSD up are possible; a missing section is unparsable. */
export function readOsdDump(printed: Printed): OsdDump {
  const dump = object(readJson(finished(printed)), 'osd dump')
  const blocklist = readBlocklistMap(dump)
  const read = {
    epoch: digits(field(dump, 'epoch'), 'epoch'),
    fsid: string(field(dump, 'fsid'), 'fsid'),
    pools: list(field(dump, 'pools'), 'pools').map(readPool),
    up: list(field(dump, 'osds'), 'osds').flatMap(readUpOsd),
  }
  return blocklist ? { ...read, blocklist } : read
}

function readPool(value: Json): Pool {
  const pool = object(value, 'pool')
  const applications = field(pool, 'application_metadata')
  const read = {
    id: digits(field(pool, 'pool'), 'pool'),
    name: string(field(pool, 'pool_name'), 'pool_name'),
  }
  if (applications === undefined) return read
  return { ...read, applications: object(applications, 'application_metadata').entries.map(([name]) => name) }
}

function readUpOsd(value: Json): Osd[] {
  const osd = object(value, 'osd')
  const id = digits(field(osd, 'osd'), 'osd')
  const up = digits(field(osd, 'up'), `osd.${id} up`)
  if (up !== '0' && up !== '1') throw new NotSeen('unparsable', `osd.${id} up: expected 0 or 1`)
  if (up === '0') return []
  return [
    {
      id,
      public: addressesOf(osd, 'public'),
      cluster: addressesOf(osd, 'cluster'),
      heartbeat: [...addressesOf(osd, 'heartbeat_back'), ...addressesOf(osd, 'heartbeat_front')],
    },
  ]
}

/** `X_addrs.addrvec` of Nautilus and later, else `X_addr` (`127.0.0.1:6801/7665`). */
function addressesOf(osd: JsonObject, name: string): Address[] {
  const vector = field(osd, `${name}_addrs`)
  if (vector === undefined) return parseAddresses(string(field(osd, `${name}_addr`), `${name}_addr`))
  return addressVector(vector, `${name}_addrs`)
}

/** `{"addrvec":[{"type":"v2","addr":"127.0.0.1:6800","nonce":7665}]}`; unset addresses (type `none`) are left out. */
export function addressVector(value: Json, what: string): Address[] {
  return list(field(object(value, what), 'addrvec'), what).flatMap((each) => {
    const part = object(each, what)
    const type = string(field(part, 'type'), 'type')
    if (type === 'none') return []
    return addressFromParts(string(field(part, 'addr'), 'addr'), digits(field(part, 'nonce'), 'nonce'), type)
  })
}

function readBlocklistMap(dump: JsonObject): BlocklistEntry[] | undefined {
  const map = field(dump, 'blocklist') ?? field(dump, 'blacklist')
  if (map === undefined || (Array.isArray(map) && map.length > 0)) return
  if (Array.isArray(map)) return []
  const ranges = entries(dump, 'range_blocklist').flatMap((each) => (isObject(each) ? each.entries : []))
  return [
    ...object(map, 'blocklist').entries.map(([name, until]) =>
      blocklistEntry(parseAddress(name), string(until, name)),
    ),
    ...ranges.map(([name, until]) => blocklistEntry(parseRange(name), string(until, name))),
  ]
}

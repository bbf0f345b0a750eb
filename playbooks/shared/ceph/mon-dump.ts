import { readJson } from '../json.ts'
import { type Address, parseAddresses } from './address.ts'
import { finished, type Printed } from './errors.ts'
import { field, list, object, string } from './fields.ts'
import { addressVector } from './osd-dump.ts'

/** A monitor of the map, in quorum or not. */
export type Monitor = { name: string; addresses: Address[] }

/** Every monitor, from `ceph mon dump -f json` (old releases print `addr`, newer ones vectors). */
export function readMonitors(printed: Printed): Monitor[] {
  const dump = object(readJson(finished(printed)), 'mon dump')
  return list(field(dump, 'mons'), 'mons').map((value, at) => {
    const monitor = object(value, `monitor ${at + 1}`)
    const vector = field(monitor, 'public_addrs')
    return {
      name: string(field(monitor, 'name'), 'name'),
      addresses:
        vector === undefined
          ? parseAddresses(string(field(monitor, 'addr'), 'addr'))
          : addressVector(vector, 'public_addrs'),
    }
  })
}

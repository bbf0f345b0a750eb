import { readJson } from '../json.ts'
import { finished, type Printed } from './errors.ts'
import { field, isObject, object, string } from './fields.ts'

/** Names of the host of an OSD: what it reported itself (Mimic and later), and where CRUSH has it; often the same. */
export type OsdPlace = { host: string | undefined; crushHost: string | undefined }

/** `ceph osd find N -f json`. An OSD that does not exist is NotSeen('absent'). */
export function readOsdFind(printed: Printed): OsdPlace {
  const found = object(readJson(finished(printed)), 'osd find')
  const host = field(found, 'host')
  const crush = field(found, 'crush_location')
  const crushHost = isObject(crush) ? field(crush, 'host') : undefined
  return {
    host: host === undefined ? undefined : string(host, 'host'),
    crushHost: crushHost === undefined ? undefined : string(crushHost, 'crush_location host'),
  }
}

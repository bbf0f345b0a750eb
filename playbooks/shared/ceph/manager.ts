import { readJson } from '../json.ts'
import { finished, type Printed } from './errors.ts'
import { field, object } from './fields.ts'

/**
 * Whether PG commands and `ok-to-stop` will be answered: `needless` before Luminous (monitors answer), else by an active
 * manager. Without one these commands hang (tried on 16.2), so nobody should ask.
 */
export type Manager = 'needless' | 'available' | 'missing'

/** `ceph status -f json` of any release. */
export function readManager(printed: Printed): Manager {
  const status = object(readJson(finished(printed)), 'status')
  // something of every release, so that not just any JSON passes
  object(field(status, 'health'), 'health')
  const map = field(status, 'mgrmap')
  if (map === undefined) return 'needless'
  return field(object(map, 'mgrmap'), 'available') === true ? 'available' : 'missing'
}

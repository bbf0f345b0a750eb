import { ctdb } from './ctdb/declaration.ts'
import { lock, stuck } from './lock/declaration.ts'
import { datastore, lun } from './lun/declaration.ts'
import { lustre } from './lustre/declaration.ts'
import { osd, osds } from './osd/declaration.ts'
import type { CatalogueEntry, Declaration, Playbook } from './shared/playbook.ts'
import { watchers } from './watchers/declaration.ts'

const watchersPlaybook = async () => (await import('./watchers/index.ts')).watchers as Playbook
// the last hop of a LUN is who watches its image; playbooks do not know each other, so it is handed in here
const lunPlaybooks = async () => (await import('./lun/index.ts')).lunPlaybooks(await watchersPlaybook())

/**
 * Every playbook there is; a test compares this list with the folders. Who only takes commands needs no more than
 * this; the playbooks themselves are loaded where something is looked at.
 */
export const catalogue: readonly CatalogueEntry[] = [
  entry(watchers, watchersPlaybook),
  entry(lock, async () => (await import('./lock/index.ts')).lock),
  entry(stuck, async () => (await import('./lock/index.ts')).stuck),
  entry(ctdb, async () => (await import('./ctdb/index.ts')).ctdb),
  entry(osd, async () => (await import('./osd/index.ts')).osd),
  entry(osds, async () => (await import('./osd/index.ts')).osds),
  entry(lustre, async () => (await import('./lustre/index.ts')).lustre),
  entry(lun, async () => (await lunPlaybooks()).lun),
  entry(datastore, async () => (await lunPlaybooks()).datastore),
]

function entry<Args>(declared: Declaration<Args>, load: () => Promise<Playbook<Args>>): CatalogueEntry {
  return { ...(declared as Declaration), load: load as () => Promise<Playbook> }
}

import { ctdb } from './ctdb/index.ts'
import { lockFileSystemHangs } from './ctdb/scenario.ts'
import { lock, stuck } from './lock/index.ts'
import { lockFileOnNfs } from './lock/scenario.ts'
import { lunPlaybooks } from './lun/index.ts'
import { redDatastore } from './lun/scenario.ts'
import { lustre } from './lustre/index.ts'
import { configLockNotGranted } from './lustre/scenario.ts'
import { osd, osds } from './osd/index.ts'
import { deafOsd } from './osd/scenario.ts'
import type { Playbook } from './shared/playbook.ts'
import type { Scenario } from './shared/scenario.ts'
import { watchers } from './watchers/index.ts'
import { leftOverWatcher } from './watchers/scenario.ts'

const { lun, datastore } = lunPlaybooks(watchers as Playbook)

/** Every playbook there is; a test compares this list with the folders. */
export const catalogue: readonly Playbook[] = [
  watchers as Playbook,
  lock as Playbook,
  stuck as Playbook,
  ctdb as Playbook,
  osd as Playbook,
  osds as Playbook,
  lustre as Playbook,
  lun as Playbook,
  datastore as Playbook,
]

/** The seeds' incidents, together the replayed cluster `demo`. */
export const scenarios: readonly Scenario[] = [
  redDatastore(leftOverWatcher) as Scenario,
  lockFileOnNfs as Scenario,
  lockFileSystemHangs as Scenario,
  deafOsd as Scenario,
  configLockNotGranted as Scenario,
]

import { lockFileSystemHangs } from './ctdb/scenario.ts'
import { lockFileOnNfs } from './lock/scenario.ts'
import { redDatastore } from './lun/scenario.ts'
import { configLockNotGranted } from './lustre/scenario.ts'
import { deafOsd } from './osd/scenario.ts'
import type { Scenario } from './shared/scenario.ts'
import { leftOverWatcher } from './watchers/scenario.ts'

/** The seeds' incidents, together the replayed cluster `demo`. */
export const scenarios: readonly Scenario[] = [
  redDatastore(leftOverWatcher) as Scenario,
  lockFileOnNfs as Scenario,
  lockFileSystemHangs as Scenario,
  deafOsd as Scenario,
  configLockNotGranted as Scenario,
]

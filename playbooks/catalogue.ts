import type { Playbook } from './shared/playbook.ts'
import type { Scenario } from './shared/scenario.ts'
import { watchers } from './watchers/index.ts'
import { leftOverWatcher } from './watchers/scenario.ts'

/** Every playbook there is; a test compares this list with the folders. */
export const catalogue: readonly Playbook[] = [watchers as Playbook]

/** The seeds' incidents, together the replayed cluster `demo`. */
export const scenarios: readonly Scenario[] = [leftOverWatcher as Scenario]

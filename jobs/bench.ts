import type { Logger } from 'pino'
import type { CatalogueEntry } from '../playbooks/shared/playbook.ts'
import type { Approvals } from './approvals.ts'
import type { Audit } from './audit.ts'
import type { ProgressEvent } from './contracts.ts'
import type { Cluster } from './hosts/cluster.ts'
import type { Records } from './records.ts'
import type { RedisClient } from './redis/dial.ts'
import type { Undos } from './undo-queue.ts'

/** What everything that a worker does has at hand. */
export type Bench = {
  /** of this worker, as the trail has it */
  id: string
  cluster: Cluster
  catalogue: readonly CatalogueEntry[]
  client: RedisClient
  records: Records
  approvals: Approvals
  audit: Audit
  undos: Undos
  /** checks that can be cancelled, by id */
  running: Map<string, AbortController>
  /** recordings that are being put away */
  keeping: Set<Promise<void>>
  log: Logger
}

const PROGRESS_EVERY_MS = 500

/** Lets an event through at most twice a second, and those that matter always. */
export function throttled(
  tell: (event: ProgressEvent) => void,
): (event: ProgressEvent, always: boolean) => void {
  let last = 0
  return (event, always) => {
    if (!always && Date.now() - last < PROGRESS_EVERY_MS) return
    last = Date.now()
    tell(event)
  }
}

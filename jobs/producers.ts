import { FlowProducer, Queue } from 'bullmq'
import type { RedisClient } from './redis/dial.ts'
import { PREFIX } from './redis/keys.ts'

/** What adds jobs, over one `commands` connection: flows, and each queue once. `close` leaves the connection open. */
export type Producers = {
  flows: FlowProducer
  queue(name: string): Queue
  close(): Promise<void>
}

export function createProducers(client: RedisClient): Producers {
  // no question to Redis at construction: one that fails there would break the queue for good
  const options = { connection: client, prefix: PREFIX, skipVersionCheck: true, skipWaitingForReady: true }
  const flows = new FlowProducer(options)
  const open = new Map<string, Queue>()
  // what goes wrong is thrown at the caller; the connection logs its own outages
  flows.on('error', () => {})
  return {
    flows,
    queue: (name) => {
      const known = open.get(name) ?? new Queue(name, options)
      if (!open.has(name)) known.on('error', () => {})
      open.set(name, known)
      return known
    },
    close: async () => {
      await Promise.all([flows, ...open.values()].map((each) => each.close()))
    },
  }
}

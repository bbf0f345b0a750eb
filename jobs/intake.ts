import { CheckRequest } from './contracts.ts'
import type { RedisClient } from './redis/dial.ts'
import { keyOf } from './redis/keys.ts'
import { replicated } from './redis/replicated.ts'

const KEY = keyOf('intake')

/**
 * Checks that were promised to someone and are not in a queue yet. One small write is all that a person waits for;
 * what it takes to queue a check comes after. Whoever dies in between leaves the request here, for the next sweep.
 */
export type Intake = {
  /** durable when it returns, on a replica too where there is one */
  take(request: CheckRequest): Promise<void>
  /** it is in its queue now */
  queued(checkId: string): Promise<void>
  /** what is here, in no order; empty almost always */
  left(): Promise<CheckRequest[]>
}

export function createIntake(client: RedisClient): Intake {
  return {
    take: async (request) => {
      await replicated(client, KEY, 'the check', client.hset(KEY, request.id, JSON.stringify(request)))
    },
    queued: async (checkId) => {
      await client.hdel(KEY, checkId)
    },
    left: async () =>
      Object.values(await client.hgetall(KEY)).map((text) => CheckRequest.parse(JSON.parse(text))),
  }
}

import { z } from 'zod'
import type { RedisClient } from './redis/dial.ts'
import { keyOf } from './redis/keys.ts'
import { reaching } from './redis/unreachable.ts'

/** A worker that was not heard of for this long counts as gone, ms. */
export const PRESENCE_TTL_MS = 15_000
const EVERY_MS = 5_000
const KEPT_MS = 30 * 86_400_000

/** Redis keeps the time, so that clocks of different hosts don't matter. */
const SEEN = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
if ARGV[2] == '' then redis.call('HDEL', KEYS[2], ARGV[1]) else redis.call('HSET', KEYS[2], ARGV[1], ARGV[2]) end
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[3])) do
  redis.call('ZREM', KEYS[1], id)
  redis.call('HDEL', KEYS[2], id)
end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return 1`

const WHO = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local alive = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. (now - ARGV[1]), '+inf')) do
  local who = redis.call('HGET', KEYS[2], id)
  if who then alive[#alive + 1] = who end
end
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
return { last[2] or '', unpack(alive) }`

export const WorkerPresence = z.object({
  cluster: z.string(),
  id: z.string(),
  version: z.string(),
  /** when it came up, ms since the epoch */
  since: z.number(),
})
export type WorkerPresence = z.infer<typeof WorkerPresence>

export type Presences = {
  /** who is there now, in no order */
  alive: WorkerPresence[]
  /** when any worker of the cluster was last heard of, ms since the epoch; undefined: not within 30 days */
  lastSeen: number | undefined
}

type Scripted = {
  unwedgeSeen(...args: (string | number)[]): Promise<number>
  unwedgeWho(...args: (string | number)[]): Promise<string[]>
}

function scripted(client: RedisClient): Scripted {
  client.defineCommand('unwedgeSeen', { numberOfKeys: 2, lua: SEEN })
  client.defineCommand('unwedgeWho', { numberOfKeys: 2, lua: WHO })
  return client as unknown as Scripted
}

function keys(cluster: string): [string, string] {
  return [keyOf('workers-seen', cluster), keyOf('workers', cluster)]
}

/**
 * Says every few seconds that this worker is there, until `leave()`. An outage of Redis is sat out in silence.
 * Throws QueueUnreachable when already the first word does not get through.
 */
export async function announce(
  client: RedisClient,
  worker: WorkerPresence,
  everyMs = EVERY_MS,
): Promise<{ leave(): Promise<void> }> {
  const redis = scripted(client)
  const say = (text: string) =>
    reaching('the presence of this worker', () =>
      redis.unwedgeSeen(...keys(worker.cluster), worker.id, text, KEPT_MS),
    )
  const text = JSON.stringify(WorkerPresence.parse(worker))
  await say(text)
  // the next word makes up for one that was lost
  const again = () => void say(text).catch(() => {})
  const timer = setInterval(again, everyMs)
  timer.unref()
  return {
    leave: async () => {
      clearInterval(timer)
      await say('').catch(() => {})
    },
  }
}

/** The workers of a cluster that were heard of within `ttlMs`. Throws QueueUnreachable. */
export async function workersOf(
  client: RedisClient,
  cluster: string,
  ttlMs = PRESENCE_TTL_MS,
): Promise<Presences> {
  const redis = scripted(client)
  const [last, ...alive] = await reaching('who works', () => redis.unwedgeWho(...keys(cluster), ttlMs))
  return {
    alive: alive.map((text) => WorkerPresence.parse(JSON.parse(text))),
    lastSeen: last ? Number(last) : undefined,
  }
}

const FRESH_MS = 1_000

/** `workersOf` for a process that asks with every command: what Redis said within the last second is not asked again. */
export function workersLately(client: RedisClient): (cluster: string) => Promise<Presences> {
  const asked = new Map<string, { at: number; answer: Promise<Presences> }>()
  return (cluster) => {
    const before = asked.get(cluster)
    if (before && performance.now() - before.at < FRESH_MS) return before.answer
    const answer = workersOf(client, cluster)
    asked.set(cluster, { at: performance.now(), answer })
    answer.catch(() => asked.delete(cluster))
    return answer
  }
}

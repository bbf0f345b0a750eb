import { randomUUID } from 'node:crypto'
import type { RedisClient } from '../jobs/redis/dial.ts'

/** What is on record of a message, and whether it is ours to post now. */
export type Claim =
  /** nobody posted it; it is ours, and that we mean to is on record */
  | { state: 'ours' }
  /** it is ours, but somebody meant to post it (`since`: ms since the epoch) and was not heard of again */
  | { state: 'unsure'; since: number }
  /** `sketched`: somebody may be drawing a sketch of it just now */
  | { state: 'posted'; channel: string; ts: string; sketched: boolean }
  /** somebody else is posting it just now */
  | { state: 'busy' }

export type OutboxRecords = {
  /** one step: read, and when it is not posted, take it and write down that we mean to post it */
  claim(key: string, channel: string): Promise<Claim>
  /** the same for a sketch, of which none is wanted once its message is sealed; others see that it is being edited until `sketchOver` */
  claimSketch(key: string, channel: string): Promise<Claim | { state: 'sealed' }>
  /** no sketch of ours is under way any more */
  sketchOver(key: string): Promise<void>
  /** it stays ours for as long again, and that we mean to post it is written down anew; false: it is not ours any more */
  renew(key: string, channel: string): Promise<boolean>
  /** it is posted */
  settle(key: string, channel: string, ts: string): Promise<void>
  /** not posted by us now; `certainly`: and not by accident either, so nobody has to look for it */
  release(key: string, certainly: boolean): Promise<void>
  posted(key: string): Promise<{ channel: string; ts: string } | undefined>
  seal(key: string): Promise<void>
}

const KEEP_S = 30 * 24 * 3600
/** How long a message is ours to post, or to sketch, unless that is renewed. */
export const OURS_MS = 20_000

// each is one round trip; KEYS: the record, its lock, who sketches it
const CLAIM = `
local ts, channel, intent, sealed = unpack(redis.call('HMGET', KEYS[1], 'ts', 'channel', 'intent', 'sealed'))
if ARGV[1] == 'sketch' and sealed then return { 'sealed' } end
if ts and ARGV[1] == 'sketch' then
  redis.call('SADD', KEYS[3], ARGV[6])
  redis.call('PEXPIRE', KEYS[3], ARGV[2])
  return { 'posted', channel or '', ts, '0' }
end
if ts then return { 'posted', channel or '', ts, tostring(redis.call('EXISTS', KEYS[3])) } end
if not redis.call('SET', KEYS[2], ARGV[6], 'PX', ARGV[2], 'NX') then return { 'busy' } end
if intent then return { 'unsure', intent } end
redis.call('HSET', KEYS[1], 'intent', ARGV[3], 'channel', ARGV[4])
redis.call('EXPIRE', KEYS[1], ARGV[5])
return { 'ours' }`
const RENEW = `
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('PEXPIRE', KEYS[2], ARGV[2])
redis.call('HSET', KEYS[1], 'intent', ARGV[3], 'channel', ARGV[4])
return 1`
const WRITE = `
redis.call('HSET', KEYS[1], unpack(ARGV, 3))
redis.call('EXPIRE', KEYS[1], ARGV[1])
if redis.call('GET', KEYS[2]) == ARGV[2] then redis.call('DEL', KEYS[2]) end`
const RELEASE = `
if redis.call('GET', KEYS[2]) ~= ARGV[2] then return end
if ARGV[1] == 'certainly' then redis.call('HDEL', KEYS[1], 'intent') end
redis.call('DEL', KEYS[2])`

type Scripted = {
  unwedgeClaim(...args: (string | number)[]): Promise<string[]>
  unwedgeRenew(...args: (string | number)[]): Promise<number>
  unwedgeWrite(...args: (string | number)[]): Promise<unknown>
  unwedgeRelease(...args: (string | number)[]): Promise<unknown>
}

/** What was posted where, by key, kept 30 days. */
export function outboxRecords(client: RedisClient, prefix: string): OutboxRecords {
  client.defineCommand('unwedgeClaim', { numberOfKeys: 3, lua: CLAIM })
  client.defineCommand('unwedgeRenew', { numberOfKeys: 2, lua: RENEW })
  client.defineCommand('unwedgeWrite', { numberOfKeys: 2, lua: WRITE })
  client.defineCommand('unwedgeRelease', { numberOfKeys: 2, lua: RELEASE })
  const redis = client as unknown as Scripted
  const us = randomUUID()
  const record = (key: string) => `${prefix}:message:${key}`
  const sketchers = (key: string) => `${record(key)}:sketchers`
  const keys = (key: string) => [record(key), `${record(key)}:lock`] as const
  const write = async (key: string, lock: 'keep' | 'release', values: Record<string, string>) => {
    await redis.unwedgeWrite(
      ...keys(key),
      KEEP_S,
      lock === 'release' ? us : '',
      ...Object.entries(values).flat(),
    )
  }
  const claim = (key: string, channel: string, what: 'message' | 'sketch') =>
    redis.unwedgeClaim(...keys(key), sketchers(key), what, OURS_MS, Date.now(), channel, KEEP_S, us)
  return {
    claim: async (key, channel) => claimOf(await claim(key, channel, 'message')),
    claimSketch: async (key, channel) => {
      const answer = await claim(key, channel, 'sketch')
      return answer[0] === 'sealed' ? { state: 'sealed' } : claimOf(answer)
    },
    sketchOver: async (key) => {
      await client.srem(sketchers(key), us)
    },
    renew: async (key, channel) =>
      (await redis.unwedgeRenew(...keys(key), us, OURS_MS, Date.now(), channel)) === 1,
    settle: (key, channel, ts) => write(key, 'release', { channel, ts }),
    release: async (key, certainly) => {
      await redis.unwedgeRelease(...keys(key), certainly ? 'certainly' : '', us)
    },
    posted: async (key) => {
      const [channel, ts] = await client.hmget(record(key), 'channel', 'ts')
      return channel != null && ts != null ? { channel, ts } : undefined
    },
    seal: (key) => write(key, 'keep', { sealed: '1' }),
  }
}

function claimOf([state, first = '', second = '', sketched]: string[]): Claim {
  if (state === 'posted') return { state, channel: first, ts: second, sketched: sketched === '1' }
  if (state === 'unsure') return { state, since: Number(first) }
  if (state === 'ours' || state === 'busy') return { state }
  throw new Error(`Redis answered ${state} to the claim of a message`)
}

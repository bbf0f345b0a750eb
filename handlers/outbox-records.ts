import type { RedisClient } from '../jobs/redis/dial.ts'

/** What is on record of a message, and whether it is ours to post now. */
export type Claim =
  /** nobody posted it; it is ours, and that we mean to is on record */
  | { state: 'ours' }
  /** it is ours, but somebody meant to post it (`since`: ms since the epoch) and was not heard of again */
  | { state: 'unsure'; since: number }
  | { state: 'posted'; channel: string; ts: string }
  /** somebody else is posting it just now */
  | { state: 'busy' }

export type OutboxRecords = {
  /** one step: read, and when it is not posted, take it and write down that we mean to post it */
  claim(key: string, channel: string): Promise<Claim>
  /** the same for a sketch, of which none is wanted once its message is sealed */
  claimSketch(key: string, channel: string): Promise<Claim | { state: 'sealed' }>
  /** writes down anew that we mean to post it: the earlier one was in vain */
  intend(key: string, channel: string): Promise<void>
  /** it is posted */
  settle(key: string, channel: string, ts: string): Promise<void>
  /** not posted by us now; `certainly`: and not by accident either, so nobody has to look for it */
  release(key: string, certainly: boolean): Promise<void>
  posted(key: string): Promise<{ channel: string; ts: string } | undefined>
  seal(key: string): Promise<void>
}

const KEEP_S = 30 * 24 * 3600
const LOCK_MS = 20_000

// each is one round trip; KEYS: the record, its lock
const CLAIM = `
local ts, channel, intent, sealed = unpack(redis.call('HMGET', KEYS[1], 'ts', 'channel', 'intent', 'sealed'))
if sealed and ARGV[1] == 'unless-sealed' then return { 'sealed' } end
if ts then return { 'posted', channel or '', ts } end
if not redis.call('SET', KEYS[2], '1', 'PX', ARGV[2], 'NX') then return { 'busy' } end
if intent then return { 'unsure', intent } end
redis.call('HSET', KEYS[1], 'intent', ARGV[3], 'channel', ARGV[4])
redis.call('EXPIRE', KEYS[1], ARGV[5])
return { 'ours' }`
const WRITE = `
redis.call('HSET', KEYS[1], unpack(ARGV, 3))
redis.call('EXPIRE', KEYS[1], ARGV[1])
if ARGV[2] == 'release' then redis.call('DEL', KEYS[2]) end`
const RELEASE = `
if ARGV[1] == 'certainly' then redis.call('HDEL', KEYS[1], 'intent') end
redis.call('DEL', KEYS[2])`

type Scripted = {
  unwedgeClaim(...args: (string | number)[]): Promise<string[]>
  unwedgeWrite(...args: (string | number)[]): Promise<unknown>
  unwedgeRelease(...args: (string | number)[]): Promise<unknown>
}

/** What was posted where, by key, kept 30 days. */
export function outboxRecords(client: RedisClient, prefix: string): OutboxRecords {
  client.defineCommand('unwedgeClaim', { numberOfKeys: 2, lua: CLAIM })
  client.defineCommand('unwedgeWrite', { numberOfKeys: 2, lua: WRITE })
  client.defineCommand('unwedgeRelease', { numberOfKeys: 2, lua: RELEASE })
  const redis = client as unknown as Scripted
  const record = (key: string) => `${prefix}:message:${key}`
  const keys = (key: string) => [record(key), `${record(key)}:lock`] as const
  const write = async (key: string, lock: 'keep' | 'release', values: Record<string, string>) => {
    await redis.unwedgeWrite(...keys(key), KEEP_S, lock, ...Object.entries(values).flat())
  }
  const claim = (key: string, channel: string, unless: string) =>
    redis.unwedgeClaim(...keys(key), unless, LOCK_MS, Date.now(), channel, KEEP_S)
  return {
    claim: async (key, channel) => claimOf(await claim(key, channel, '')),
    claimSketch: async (key, channel) => {
      const answer = await claim(key, channel, 'unless-sealed')
      return answer[0] === 'sealed' ? { state: 'sealed' } : claimOf(answer)
    },
    intend: (key, channel) => write(key, 'keep', { intent: String(Date.now()), channel }),
    settle: (key, channel, ts) => write(key, 'release', { channel, ts }),
    release: async (key, certainly) => {
      await redis.unwedgeRelease(...keys(key), certainly ? 'certainly' : '')
    },
    posted: async (key) => {
      const [channel, ts] = await client.hmget(record(key), 'channel', 'ts')
      return channel != null && ts != null ? { channel, ts } : undefined
    },
    seal: (key) => write(key, 'keep', { sealed: '1' }),
  }
}

function claimOf([state, first = '', second = '']: string[]): Claim {
  if (state === 'posted') return { state, channel: first, ts: second }
  if (state === 'unsure') return { state, since: Number(first) }
  if (state === 'ours' || state === 'busy') return { state }
  throw new Error(`Redis answered ${state} to the claim of a message`)
}

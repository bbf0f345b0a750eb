import type { RedisClient } from '../../jobs/redis/dial.ts'
import { keyOf } from '../../jobs/redis/keys.ts'
import { reaching } from '../../jobs/redis/unreachable.ts'
import type { Incident } from './incident.ts'

/** More new incidents than this in a minute and a channel share one message. */
const THREADS_PER_MINUTE = 10

/** Who comes first decides, and only a decision takes up one of the minute's threads. KEYS: the place, the minute's counter. */
const DECIDE = `
local known = redis.call('GET', KEYS[1])
if known then return known end
local count = redis.call('INCR', KEYS[2])
redis.call('EXPIRE', KEYS[2], 3600)
local place = count <= tonumber(ARGV[1]) and 'own' or ARGV[2]
redis.call('SET', KEYS[1], place, 'PX', ARGV[3])
return place`

type Scripted = { unwedgePlace(...args: (string | number)[]): Promise<string> }

/** Where an incident is shown: in a thread of its own, or in the digest of the minute in which too many began. */
export type Spot = { kind: 'own' } | { kind: 'digest'; digest: string }

export type Places = {
  /** decided once per incident, however often it is asked. Throws QueueUnreachable. */
  of(id: string, incident: Incident): Promise<Spot>
  /** ids of the incidents of a digest, in the order in which they came */
  members(digest: string): Promise<string[]>
}

/** `digest-CHANNEL-MINUTE`: the id under which a digest is drawn. */
const digestId = (channel: string, minute: number) => `digest-${channel}-${minute}`

export function createPlaces(client: RedisClient, keepMs: number): Places {
  client.defineCommand('unwedgePlace', { numberOfKeys: 2, lua: DECIDE })
  const scripted = client as unknown as Scripted

  return {
    of: (id, { channel, round }) =>
      reaching('the place of an incident', async () => {
        const minute = Math.floor(Date.now() / 60_000)
        const place = await scripted.unwedgePlace(
          keyOf('incident-place', `${id}-${round}`),
          keyOf('incidents-opened', channel, String(minute)),
          THREADS_PER_MINUTE,
          digestId(channel, minute),
          keepMs,
        )
        if (place === 'own') return { kind: 'own' }
        // also when it was decided before: whoever did may have died over this
        await client.zadd(keyOf('digest', place), 'NX', Date.now(), id)
        await client.pexpire(keyOf('digest', place), keepMs)
        return { kind: 'digest', digest: place }
      }),
    members: (digest) => reaching('the digest', () => client.zrange(keyOf('digest', digest), '0', '-1')),
  }
}

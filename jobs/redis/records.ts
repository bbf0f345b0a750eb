import type { RedisClient } from './dial.ts'
import { keyOf } from './keys.ts'
import { replicated } from './replicated.ts'
import { reaching } from './unreachable.ts'

/** Writes a record only when it has not changed since it was read, and keeps the list of the open ones in step. */
const MOVE = `
if (redis.call('HGET', KEYS[1], 'version') or '0') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'version', tostring(tonumber(ARGV[1]) + 1), 'text', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
if ARGV[4] == 'open' then redis.call('ZADD', KEYS[2], ARGV[6], ARGV[5]) else redis.call('ZREM', KEYS[2], ARGV[5]) end
return 1`

/** With N who write at the same time one of them always succeeds, so this many can. */
const ATTEMPTS = 500

type Scripted = { unwedgeMove(...args: (string | number)[]): Promise<number> }

/** What to write; `open` records are listed by `open()`. `undefined` leaves the record alone. */
export type Move<T, Outcome> = { write?: { record: T; open: boolean }; outcome: Outcome }

export type Records<T> = {
  /** undefined when there is none, or no longer */
  get(id: string): Promise<T | undefined>
  /**
   * Decides by the record as it is and writes the result, as one atomic step: when somebody else wrote in between,
   * it decides again. Throws QueueUnreachable.
   */
  move<Outcome>(id: string, decide: (record: T | undefined) => Move<T, Outcome>): Promise<Outcome>
  /** ids of the open records, oldest first */
  open(): Promise<string[]>
}

/** Records of one kind in Redis, each kept for `keepMs` after its last change; `parse` throws on what it can't read. */
export function records<T>(
  client: RedisClient,
  kind: string,
  keepMs: number,
  parse: (value: unknown) => T,
): Records<T> {
  client.defineCommand('unwedgeMove', { numberOfKeys: 2, lua: MOVE })
  const scripted = client as unknown as Scripted
  const key = (id: string) => keyOf(kind, id)
  const openKey = keyOf(`open-${kind}s`)
  const read = async (id: string) => {
    const [version, text] = await reaching(`the ${kind}`, () => client.hmget(key(id), 'version', 'text'))
    return { version: version ?? '0', record: text == null ? undefined : parse(JSON.parse(text)) }
  }
  return {
    get: async (id) => (await read(id)).record,
    open: () => reaching(`the list of ${kind}s`, () => client.zrange(openKey, '0', '-1')),
    move: async (id, decide) => {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const { version, record } = await read(id)
        const { write, outcome } = decide(record)
        if (!write) return outcome
        const text = JSON.stringify(write.record)
        const args = [version, text, keepMs, write.open ? 'open' : 'over', id, Date.now()]
        const move = () => scripted.unwedgeMove(key(id), openKey, ...args)
        const moved = await reaching(`the ${kind}`, () => replicated(client, key(id), `the ${kind}`, move()))
        if (moved === 1) return outcome
      }
      throw new Error(`${kind} ${id} was changed ${ATTEMPTS} times while it was being changed; try again`)
    },
  }
}

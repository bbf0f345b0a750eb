import type { RedisClient } from '../../jobs/redis/dial.ts'
import { keyOf } from '../../jobs/redis/keys.ts'
import { reaching } from '../../jobs/redis/unreachable.ts'
import type { Bot } from '../bot.ts'
import { SlackLater, SlackNever } from '../outbox.ts'

/** How long changes are gathered before a thread is drawn again. */
const GATHER_MS = 2_000

/** One job draws no longer than this at a stretch: the bot has to be able to stop. */
const STRETCH_MS = 5_000

/** In one step: a drawing that ends between the two would never forget it. KEYS: what waits, and how often each changed. */
const MARK = `
redis.call('HINCRBY', KEYS[2], ARGV[1], 1)
return redis.call('ZADD', KEYS[1], 'NX', ARGV[2], ARGV[1])`

/** Forgets what was drawn; what changed once more meanwhile goes to the end of the line. */
const DRAWN = `
if (redis.call('HGET', KEYS[2], ARGV[1]) or '') ~= ARGV[2] then
  redis.call('ZADD', KEYS[1], 'XX', ARGV[3], ARGV[1])
  return 0
end
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
return 1`

type Scripted = {
  unwedgeMark(...args: (string | number)[]): Promise<number>
  unwedgeDrawn(...args: (string | number)[]): Promise<number>
}

/** What is out of date in each channel. However often something changes, it waits once. */
export type Drawing = {
  /** remembers durably that this has to be drawn: soon, or at once when it is new. Throws QueueUnreachable. */
  stale(channel: string, id: string, when: 'now' | 'soon' | { atMs: number }): Promise<void>
  /** the same while its channel is being drawn: no job is needed */
  alsoStale(channel: string, id: string): Promise<void>
  /** draws what is out of date in the channel of this job until nothing is. Throws SlackLater and QueueUnreachable. */
  catchUp(jobId: string): Promise<void>
}

export function createDrawing(
  { queues, log }: Pick<Bot, 'queues' | 'log'>,
  client: RedisClient,
  draw: (id: string) => Promise<void>,
): Drawing {
  client.defineCommand('unwedgeMark', { numberOfKeys: 2, lua: MARK })
  client.defineCommand('unwedgeDrawn', { numberOfKeys: 2, lua: DRAWN })
  const scripted = client as unknown as Scripted
  const waiting = (channel: string) => keyOf('to-draw', channel)
  const changes = (channel: string) => keyOf('to-draw-changes', channel)
  /** channels that are being drawn; `more` when somebody else came for it meanwhile */
  const busy = new Map<string, 'once' | 'more'>()

  const mark = async (channel: string, id: string) => {
    await reaching('what has to be drawn', () =>
      scripted.unwedgeMark(waiting(channel), changes(channel), id, Date.now()),
    )
  }

  const next = (channel: string) =>
    reaching('what has to be drawn', async () => {
      const [id] = await client.zrange(waiting(channel), '0', '0')
      return id === undefined ? undefined : { id, change: (await client.hget(changes(channel), id)) ?? '' }
    })

  async function drawAll(channel: string): Promise<void> {
    const until = Date.now() + STRETCH_MS
    for (;;) {
      const todo = await next(channel)
      if (!todo) {
        // whoever came since then saw that somebody draws, and left
        if (busy.get(channel) === 'once') return void busy.delete(channel)
        busy.set(channel, 'once')
        continue
      }
      if (Date.now() > until) throw new SlackLater(100)
      const { id, change } = todo
      try {
        await draw(id)
      } catch (error) {
        if (error instanceof SlackLater) throw error
        if (!(error instanceof SlackNever)) {
          // what fails for ever must not keep the others from being drawn
          await reaching('the order of drawing', () => client.zadd(waiting(channel), 'XX', Date.now(), id))
          throw error
        }
        log.error({ err: error, channel, id }, 'Slack takes no message about this incident')
      }
      await reaching('what was drawn', () =>
        scripted.unwedgeDrawn(waiting(channel), changes(channel), id, change, Date.now()),
      )
    }
  }

  return {
    alsoStale: mark,
    stale: async (channel, id, when) => {
      if (typeof when === 'object') {
        await queues.later('incident', `wake-${channel}-${id}-t${when.atMs}`, when.atMs)
        return
      }
      await mark(channel, id)
      const now = Date.now()
      // the end of this interval, so that whatever is written until then is drawn
      const interval = Math.ceil((now + 1) / GATHER_MS)
      if (when === 'now') await queues.later('incident', `draw-${channel}-first-${id}-t${interval}`, now)
      await queues.later('incident', `draw-${channel}-t${interval}`, interval * GATHER_MS)
    },
    catchUp: async (jobId) => {
      const [, what, channel = '', id] = /^(draw|wake)-([A-Z0-9]+)-(?:([\w-]+)-)?t\d+$/.exec(jobId) ?? []
      if (what === undefined) throw new Error(`not a drawing: ${jobId}`)
      if (what === 'wake' && id !== undefined) await mark(channel, id)
      if (busy.has(channel)) {
        busy.set(channel, 'more')
        return
      }
      busy.set(channel, 'once')
      try {
        await drawAll(channel)
      } catch (error) {
        busy.delete(channel)
        throw error
      }
    },
  }
}

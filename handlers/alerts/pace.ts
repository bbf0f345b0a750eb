import { setTimeout as delay } from 'node:timers/promises'
import type { RedisClient } from '../../jobs/redis/dial.ts'
import { keyOf } from '../../jobs/redis/keys.ts'
import { reaching } from '../../jobs/redis/unreachable.ts'
import { SlackLater } from '../outbox.ts'

/** Slack takes a message a second and 50 edits a minute in a channel; what people and checks do there needs some of them. */
const BUDGETS = { post: { everyMs: 1_200, burst: 4 }, edit: { everyMs: 1_500, burst: 8 } }

export type Pace = {
  /**
   * Runs what talks to Slack about a channel: one after the other, not faster than Slack takes it, and not at all
   * while Slack has asked to wait; a restart does not forget that. Throws SlackLater.
   */
  run<T>(channel: string, kind: 'post' | 'edit', work: () => Promise<T>): Promise<T>
}

export function createPace(client: RedisClient): Pace {
  const turns = new Map<string, Promise<unknown>>()
  const budgets = new Map<string, { calls: number; at: number }>()
  const pauseKey = (channel: string) => keyOf('slack-pause', channel)

  async function inTime<T>(channel: string, kind: 'post' | 'edit', work: () => Promise<T>): Promise<T> {
    await delay(spend(channel, kind, Date.now()))
    const pause = await reaching('the pause of a channel', () => client.pttl(pauseKey(channel)))
    if (pause > 0) throw new SlackLater(pause)
    try {
      return await work()
    } catch (error) {
      if (error instanceof SlackLater) {
        const ms = Math.max(1, Math.ceil(error.retryAfterMs))
        await reaching('the pause of a channel', () => client.set(pauseKey(channel), '1', 'PX', ms))
      }
      throw error
    }
  }

  /** Takes one call out of a channel's budget; ms to wait before it may go out. */
  function spend(channel: string, kind: 'post' | 'edit', now: number): number {
    const { everyMs, burst } = BUDGETS[kind]
    const { calls, at } = budgets.get(`${kind} ${channel}`) ?? { calls: burst, at: now }
    const left = Math.min(burst, calls + (now - at) / everyMs) - 1
    budgets.set(`${kind} ${channel}`, { calls: left, at: now })
    return left >= 0 ? 0 : Math.ceil(-left * everyMs)
  }

  return {
    run: (channel, kind, work) => {
      const turn = (turns.get(channel) ?? Promise.resolve())
        .catch(() => {})
        .then(() => inTime(channel, kind, work))
      turns.set(channel, turn)
      void turn.catch(() => {}).finally(() => turns.get(channel) === turn && turns.delete(channel))
      return turn
    },
  }
}

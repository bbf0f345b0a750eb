import { ErrorCode } from '@slack/web-api'
import { classify } from './slack-errors.ts'

/** Runs a call of Slack in its lane, a method and a channel. */
export type Lanes = <T>(lane: string, work: () => Promise<T>) => Promise<T>

/**
 * One call at a time in a lane, and none while Slack has asked to wait there: then it fails as Slack would have let it
 * fail, without having been made.
 */
export function createLanes(): Lanes {
  const turns = new Map<string, Promise<unknown>>()
  const waits = new Map<string, number>()

  async function inLane<T>(lane: string, work: () => Promise<T>): Promise<T> {
    const waitMs = (waits.get(lane) ?? 0) - Date.now()
    if (waitMs > 0)
      throw Object.assign(new Error(`Slack has asked to wait with ${lane}`), {
        code: ErrorCode.RateLimitedError,
        retryAfter: waitMs / 1000,
      })
    waits.delete(lane)
    try {
      return await work()
    } catch (error) {
      const failure = classify(error)
      if (failure.kind === 'later') waits.set(lane, Date.now() + failure.retryAfterMs)
      throw error
    }
  }

  return (lane, work) => {
    const turn = (turns.get(lane) ?? Promise.resolve()).catch(() => {}).then(() => inLane(lane, work))
    turns.set(lane, turn)
    void turn.catch(() => {}).finally(() => turns.get(lane) === turn && turns.delete(lane))
    return turn
  }
}

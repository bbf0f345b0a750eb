import { setTimeout as delay } from 'node:timers/promises'

/** Time as a cluster has it. A replayed cluster's clock may run faster than ours. */
export type Clock = {
  /** milliseconds since the epoch */
  now(): number
  /** rejects with the signal's reason when it is aborted */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** how many times as fast as ours it runs; absent: 1 */
  speed?: number
}

export const realClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    await delay(Math.max(0, ms), undefined, signal ? { signal } : {})
  },
}

/** A clock that starts at the present and runs `speed` times as fast. */
export function fastClock(speed: number, start = Date.now()): Clock {
  const now = () => start + (Date.now() - start) * speed
  return { now, sleep: (ms, signal) => realClock.sleep(ms / speed, signal), speed }
}

import type { LimitFunction } from 'p-limit'

/**
 * Waits for a place in a queue, no longer than `withinMs` and not beyond the signal.
 * Returns the function that gives the place back, or why there is none; who gave up never blocks those behind.
 */
export function turn(
  queue: LimitFunction,
  withinMs: number,
  signal: AbortSignal,
): Promise<(() => void) | 'too-late' | 'cancelled'> {
  if (signal.aborted) return Promise.resolve('cancelled')
  return new Promise((resolve) => {
    let decided = false
    const decide = (answer: (() => void) | 'too-late' | 'cancelled') => {
      decided = true
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      resolve(answer)
    }
    const onAbort = () => decide('cancelled')
    signal.addEventListener('abort', onAbort, { once: true })
    const timer = setTimeout(decide, withinMs, 'too-late')
    void queue(() => (decided ? undefined : new Promise<void>((release) => decide(release))))
  })
}

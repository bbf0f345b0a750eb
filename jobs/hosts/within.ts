/** Waits for a promise, no longer than `ms` and not beyond the signal; the promise itself goes on. */
export function within<T>(
  promise: Promise<T>,
  ms: number,
  signal: AbortSignal,
): Promise<T | 'too-late' | 'cancelled'> {
  if (signal.aborted) return Promise.resolve('cancelled')
  return new Promise((resolve, reject) => {
    const onAbort = () => resolve('cancelled')
    signal.addEventListener('abort', onAbort, { once: true })
    const timer = setTimeout(resolve, Math.max(0, ms), 'too-late')
    void promise.then(resolve, reject).finally(() => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
    })
  })
}

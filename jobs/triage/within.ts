import { runInNewContext } from 'node:vm'

/**
 * Runs a function that may compute for ever, and stops it after `limitMs`. Returns what it returned; `late`: it was stopped.
 * Throws what it throws.
 */
export function within<T>(limitMs: number, compute: () => T): { value: T } | 'late' {
  if (limitMs < 1) return 'late'
  const box: { value?: T; thrown?: unknown } = {}
  const run = () => {
    try {
      box.value = compute()
    } catch (error) {
      box.thrown = { error }
    }
  }
  try {
    // not for another context: for its watchdog, which also stops a regular expression
    runInNewContext('run()', { run }, { timeout: Math.ceil(limitMs) })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return 'late'
    throw error
  }
  if (box.thrown) throw (box.thrown as { error: unknown }).error
  return { value: box.value as T }
}

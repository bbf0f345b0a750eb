import { constants } from 'node:os'
import type { Told } from './ssh-framed.ts'
import { timeOfDay } from './time-of-day.ts'
import type { Ran } from './transport.ts'

type Part = Pick<Ran, 'outcome'> & Partial<Ran>

/**
 * What the far end's last words mean: its own word on how the command ended, which ssh's exit code never is.
 * Undefined when it said nothing.
 */
export function ownWord(told: Told, host: string, program: string, now: number): Part | undefined {
  const [word, ...rest] = told.last?.split(' ') ?? []
  const { stdout, stderr, truncated } = told
  const output = { stdout, stderr, truncated }
  switch (word) {
    case undefined:
      return undefined
    case 'exit':
      return {
        outcome: 'exited',
        exitCode: Number(rest[0]),
        ...output,
        ...likelySignal(Number(rest[0]), program),
      }
    case 'signal':
      return {
        outcome: 'exited',
        exitCode: null,
        ...output,
        reason: `\`${program}\` was ended by ${signalOf(Number(rest[0]) - 128) ?? 'a signal'}, not by us`,
      }
    case 'absent':
      return { outcome: 'not-found', reason: `\`${program}\` is not installed on ${host} (not on PATH)` }
    case 'denied':
      return {
        outcome: 'denied',
        reason: `\`${program}\` may not be executed on ${host} (permission denied)`,
      }
    case 'stuck': {
      const [pid, state, wchan, age, earlier] = rest
      const waits = wchan === '-' ? '' : `, wchan ${wchan}`
      const since = timeOfDay(now - Number(age) * 1000, now)
      return {
        outcome: 'quarantined',
        reason: `still stuck since ${since} (pid ${pid} on ${host}, \`${earlier} …\`, state ${state}${waits})`,
      }
    }
    case 'busy':
      return {
        outcome: 'timed-out',
        reason: `another worker's \`${rest[1]}\` on the same resource took all of the time (pid ${rest[0]} on ${host})`,
      }
    case 'late':
      return {
        outcome: 'unreachable',
        reason: `${host} got \`${program}\` ${rest[0]} s after its limit, so it was not started`,
      }
    case 'unsafe':
      return {
        outcome: 'unreachable',
        reason: `\`${program}\` was not started: ${rest.join(' ')} on ${host}, where stuck commands are recorded, cannot be written, or is not a folder of our user. Remove it there`,
      }
    default:
      return {
        outcome: 'unreachable',
        reason: `${host} ended \`${program}\` with words that we do not know: ${told.last}`,
      }
  }
}

/** bash as sh does not tell a signal from an exit code above 128; the code stays, with what it may mean. */
function likelySignal(code: number, program: string): { reason?: string } {
  const signal = signalOf(code - 128)
  return signal
    ? { reason: `\`${program}\` ended with ${code}, which is also what a shell says for ${signal}` }
    : {}
}

function signalOf(number: number): string | undefined {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0]
}

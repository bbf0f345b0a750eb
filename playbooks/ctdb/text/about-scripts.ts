import type { Teller } from '../../shared/linux/telling.ts'
import { code } from '../../shared/text.ts'
import { listed } from '../words.ts'
import { adviseOnLock, CHECK } from './advice.ts'
import type { SeenInText } from './seen.ts'

/** How the event scripts of a node ended. `01.reclock` tells about the lock, the others about what they are named after. */
export function aboutScripts({ scripts }: SeenInText, tell: Teller): void {
  for (const { runs, host, event } of scripts) {
    const failed = runs.filter(({ state }) => /^(?:ERROR|TIMEDOUT|CANNOT RUN)$/.test(state))
    const on = host === undefined ? '' : ` on ${code(host)}`
    const lines = failed.map(({ line }) => line)
    const details = failed.map(
      ({ name, state, output }) => `${code(name)} ended with ${state}${output && `: ${code(output)}`}.`,
    )
    if (failed.some(({ name }) => name.startsWith('01.reclock'))) {
      tell.find({
        code: 'lock-failing',
        verdict: 'inconclusive',
        severity: 'critical',
        summary: `\`01.reclock\` fails${on}: CTDB cannot reach the file of its recovery lock.`,
        details,
        lines,
      })
      adviseOnLock(tell)
    }
    const others = failed.filter(({ name }) => !name.startsWith('01.reclock'))
    if (others.length > 0) {
      tell.find({
        code: 'other-script',
        verdict: 'confirmed',
        severity: 'warning',
        summary: `The ${event} event fails${on} because of ${listed(others.map(({ name, state }) => `\`${name}\` (${state})`))}.`,
        details,
        lines,
      })
      tell.next(CHECK, 'Whether that is all, and whether the lock answers')
      tell.doNot(
        'switch the script off to make the node healthy',
        'then nobody notices that what it watches does not work, and clients are sent there',
      )
    }
    if (failed.length === 0)
      tell.find({
        code: 'scripts-ok',
        verdict: 'ruled-out',
        severity: 'ok',
        summary: `Every script of the last ${event} run${on} was OK${runs.some(({ state }) => state === 'DISABLED') ? ', or is switched off' : ''}.`,
        lines: runs.map(({ line }) => line),
      })
  }
}

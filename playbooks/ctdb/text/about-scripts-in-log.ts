import type { Teller } from '../../shared/linux/telling.ts'
import { code } from '../../shared/text.ts'
import { adviseOnLock, CHECK } from './advice.ts'
import type { LogEvent } from './seen.ts'

/** The recovery lock's script that counts (releases up to 4.8): it makes the node unhealthy, and in the end shuts it down. True: it got to that. */
export function aboutReclock(events: readonly LogEvent[], on: string, tell: Teller): boolean {
  const guns = events.filter(({ kind }) => kind === 'reclock-shutdown')
  const counts = events.filter(({ kind }) => kind === 'reclock-count' || kind === 'lock-slow')
  const last = guns.at(-1)
  if (last) {
    const ended = events.some(({ kind }, at) => kind === 'shutdown' && at > events.indexOf(last))
    tell.find({
      code: ended ? 'shut-down' : 'loaded-gun',
      verdict: ended ? 'confirmed' : 'inconclusive',
      severity: 'critical',
      summary: ended
        ? `\`01.reclock\` has shut this node down${on}${at(last)}, because the file of the recovery lock could not be reached for too long.`
        : `\`01.reclock\` has counted to its end${on}${at(last)}: its next command after \`df\` is \`ctdb shutdown\`, and \`df\` hangs as the lock's file does. The node shuts down the moment the storage is back.`,
      details: events.some(({ kind, about }) => kind === 'script-timeout' && about?.startsWith('01.reclock'))
        ? [
            'CTDB ended the script for its time limit, which does not end a `df` in state D; the next run begins the same.',
          ]
        : [],
      lines: [
        ...guns.slice(-4),
        ...events.filter(({ kind }) => kind === 'script-timeout' || kind === 'shutdown').slice(-4),
      ].map(({ line }) => line),
    })
    adviseOnLock(tell)
    if (!ended)
      tell.doNot(
        'bring the storage back before `01.reclock` is disarmed',
        'the node would shut itself down in that moment',
      )
    return true
  }
  const healthy = events.findLastIndex(({ kind }) => kind === 'healthy')
  const failing = counts.filter((event) => events.indexOf(event) > healthy)
  if (failing.length > 0) {
    const more = failing.some(({ text }) => /more than/.test(text))
    const slow = failing.some(({ kind }) => kind === 'lock-slow')
    tell.find({
      code: slow ? 'lock-hangs' : 'lock-failing',
      verdict: 'inconclusive',
      severity: more || slow ? 'critical' : 'warning',
      summary: `CTDB cannot reach the file of its recovery lock${on}${at(failing[0]!)}${slow ? ': it takes too long' : ''}${more ? ', the node is unhealthy for it' : ''}.`,
      details: [
        'Releases up to 4.8 count such failures, and shut the node down at the end (200 in a row in 2.x: 50 minutes); `check ctdb` reads the numbers of the script that is installed.',
      ],
      lines: failing.slice(0, 8).map(({ line }) => line),
    })
    adviseOnLock(tell)
  }
  return false
}

/** Other scripts that failed, and nodes that became unhealthy, after the last word of health. `gun`: 01.reclock has said it all. */
export function aboutScriptsInLog(events: readonly LogEvent[], on: string, gun: boolean, tell: Teller): void {
  const healthy = events.findLastIndex(({ kind }) => kind === 'healthy')
  const after = events.slice(healthy + 1)
  const failed = after.filter(
    ({ kind, about }) =>
      (kind === 'script-timeout' || kind === 'script-error') &&
      !about?.startsWith('01.reclock') &&
      about !== undefined,
  )
  if (failed.length > 0) {
    const names = [...new Set(failed.map(({ about }) => about!))]
    tell.find({
      code: 'other-script',
      verdict: 'inconclusive',
      severity: 'warning',
      summary: `${names.map(code).join(', ')} ${names.length === 1 ? 'fails' : 'fail'}${failed.some(({ kind }) => kind === 'script-timeout') ? ' (timed out)' : ''}${on}${at(failed.at(-1)!)}; the log does not say that it works again.`,
      lines: failed.slice(-6).map(({ line }) => line),
    })
    tell.next(CHECK, 'Which scripts fail now')
  }
  const bad = after.findLast(({ kind }) => kind === 'unhealthy')
  if (bad && failed.length === 0 && !gun && !after.some(({ kind }) => kind === 'reclock-count')) {
    tell.find({
      code: 'node-unhealthy',
      verdict: 'inconclusive',
      severity: 'warning',
      summary: `A node became unhealthy${on}${at(bad)}; the log does not say that it is healthy again.`,
      lines: [bad.line],
    })
    tell.next(CHECK, 'Which script fails')
  }
}

export const at = ({ time }: Pick<LogEvent, 'time'>) => (time === undefined ? '' : ` (logged at ${time})`)

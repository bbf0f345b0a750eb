import type { Teller } from '../../shared/linux/telling.ts'
import { code } from '../../shared/text.ts'
import { adviseOnLock } from './advice.ts'
import type { LockProcess, SeenInText } from './seen.ts'

/** Processes that wait for the lock's file, and the counter: one look, so what is in state D may have just begun to wait. */
export function aboutLockProcesses(seen: SeenInText, tell: Teller): void {
  for (const group of Map.groupBy(seen.processes, ({ host }) => host ?? '').values()) aboutHost(group, tell)
  const last = seen.counts.at(-1)
  if (last) aboutCount(last, tell)
}

function aboutHost(processes: readonly LockProcess[], tell: Teller): void {
  const on = processes[0]?.host === undefined ? '' : ` on ${code(processes[0].host)}`
  const inD = ({ state, wchan }: LockProcess) =>
    state?.startsWith('D') === true || /^(?:request_wait_answer|rpc_wait_bit_killable)$/.test(wchan ?? '')
  const stats = processes.filter((each) => each.role === 'stat' && inD(each))
  const helper = processes.find((each) => each.role === 'helper' && inD(each))
  const scripts = processes.filter(({ role }) => role === 'script')
  const df = processes.find(({ role }) => role === 'df')
  if (df && scripts.length > 0) {
    tell.find({
      code: 'loaded-gun',
      verdict: 'inconclusive',
      severity: 'critical',
      summary: `\`01.reclock\` may wait for \`df\` (pid ${df.pid})${on}; \`ctdb shutdown\` is its next command when that returns.`,
      details: [
        'Whether this `df` is its child the listing does not show; `check ctdb` looks at parents, too.',
      ],
      lines: [df.line, ...scripts.map(({ line }) => line)],
    })
    tell.doNot(
      'bring the storage back before `01.reclock` is disarmed',
      'the node would shut itself down in that moment',
    )
  }
  if (stats.length > 0 || helper)
    tell.find({
      code: 'lock-hangs',
      verdict: 'inconclusive',
      severity: 'critical',
      summary: `${[stats.length > 0 ? `${stats.length} \`stat\` of the lock's file` : '', helper ? `the lock's helper (pid ${helper.pid})` : ''].filter(Boolean).join(' and ')} ${stats.length + (helper ? 1 : 0) === 1 ? 'waits' : 'wait'} for the file system of CTDB's recovery lock${on}${stats.length > 1 ? ': one more for each monitor run' : ''}.`,
      details: stats.length > 1 ? ['A `stat` of a file that answers takes no time at all.'] : [],
      lines: [...stats, ...(helper ? [helper] : []), ...scripts].map(({ line }) => line),
    })
  if (stats.length > 0 || helper || df) {
    adviseOnLock(tell)
    tell.doNot(
      `kill the processes in state D (${[...stats, ...(helper ? [helper] : [])]
        .map(({ pid }) => pid)
        .slice(0, 6)
        .join(', ')})`,
      'they take the signal only when the file system answers, and the next monitor run starts the next one',
    )
  }
}

function aboutCount({ count, host, line }: SeenInText['counts'][number], tell: Teller): void {
  const on = host === undefined ? '' : ` on ${code(host)}`
  if (count === 0) {
    tell.find({
      code: 'counter-empty',
      verdict: 'ruled-out',
      severity: 'ok',
      summary: `\`01.reclock\` counts no failure${on}: the last \`stat\` of the lock's file succeeded.`,
      lines: [line],
    })
    return
  }
  tell.find({
    code: 'lock-failing',
    verdict: 'inconclusive',
    severity: count >= 3 ? 'critical' : 'warning',
    summary: `\`01.reclock\` counts ${count} ${count === 1 ? 'failure' : 'failures in a row'}${on}: CTDB could not see the file of its recovery lock.`,
    details: [
      'At 3 the node becomes unhealthy, at 200 the script of 2.x shuts it down (one run every 15 s); the script that is installed may have other numbers.',
    ],
    lines: [line],
  })
  adviseOnLock(tell)
}

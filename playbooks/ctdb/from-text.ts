import { readable } from '../shared/linux/pasted-rows.ts'
import { tellerOf } from '../shared/linux/telling.ts'
import { NOTHING_TO_JUDGE } from '../shared/pasted/merge.ts'
import type { Passage, Reader, Told } from '../shared/triage.ts'
import { aboutLog } from './text/about-log.ts'
import { aboutLockProcesses } from './text/about-processes.ts'
import { aboutScripts } from './text/about-scripts.ts'
import { aboutStatuses } from './text/about-status.ts'
import { readLog } from './text/log.ts'
import { readCounter, readLockProcesses, readScripts } from './text/scripts.ts'
import { nothingSeen } from './text/seen.ts'
import { readAnswers, readConfig } from './text/settings.ts'
import { readStatuses } from './text/status.ts'

/**
 * Everything the ctdb tool prints (status, scripts, settings, databases), its log of any release, its configuration, the
 * processes of 01.reclock and its counter.
 */
export const ctdbReader: Reader = {
  playbook: 'ctdb',
  wants:
    /ctdb|recoverd|\bpnn:|Recovery m(?:ode|aster)|reclock|recovery lock|cluster lock|^[|:](?:\d+|\w+[|:]\d\d\.)|\d\d\.\w+ +(?:Status:)?(?:OK|ERROR|TIMEDOUT|DISABLED|CANNOT RUN)|\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d\.\d+ +\[|NODE: |All nodes are|^\S+ -?\d+$|^[A-Z][A-Za-z]+ += \d|start time|last recovery|has never run|"node_status"|"address":/i,
  read,
}

function read(passages: readonly Passage[]): Told {
  const tell = tellerOf('ctdb')
  const seen = nothingSeen()
  for (const whole of passages) {
    const passage = { ...whole, lines: readable(whole.lines) }
    readStatuses(passage, seen, tell)
    readScripts(passage, seen, tell)
    readLog(passage, seen, tell)
    readLockProcesses(passage, seen, tell)
    readCounter(passage, seen, tell)
    readAnswers(passage, seen, tell)
    readConfig(passage, seen, tell)
  }
  aboutLog(seen, tell)
  aboutLockProcesses(seen, tell)
  aboutStatuses(seen, tell)
  aboutScripts(seen, tell)
  for (const { setting, line } of seen.locks)
    if (setting.kind === 'none' && line)
      tell.find({
        code: 'no-lock',
        verdict: 'confirmed',
        severity: 'warning',
        summary: 'CTDB runs without a recovery lock: when the network splits, both halves go on writing.',
        lines: [line],
      })
  const told = tell.told()
  if (told.recognised.length > 0 && told.findings.length === 0)
    tell.find({
      code: NOTHING_TO_JUDGE,
      verdict: 'inconclusive',
      severity: 'info',
      summary: `That is ${[...new Set(told.recognised.map(({ kind }) => kind))].join(', ')}; nothing in it is a fault, and it does not show whether CTDB works.`,
    })
  return told
}

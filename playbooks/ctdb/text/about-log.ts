import type { Teller } from '../../shared/linux/telling.ts'
import { code } from '../../shared/text.ts'
import { aboutReclock, aboutScriptsInLog, at } from './about-scripts-in-log.ts'
import { adviseOnLock, CHECK } from './advice.ts'
import type { LogEvent, SeenInText } from './seen.ts'

/** What a log comes to: what was settled later is history, what stands last may still be so. */
export function aboutLog(seen: SeenInText, tell: Teller): void {
  const { events, logLines } = seen
  for (const group of Map.groupBy(events, ({ host }) => host ?? '').values()) aboutHost(group, tell)
  if (logLines.length === 0 || tell.told().findings.length > 0) return
  const quiet = events.every(({ kind }) =>
    /^(?:settled|attempt|leader-timeout|recovered|started|connected|healthy|unbanned)$/.test(kind),
  )
  const one = logLines.length === 1
  const lines = events.length > 0 ? events.slice(-8).map(({ line }) => line) : logLines.slice(0, 3)
  tell.find(
    quiet
      ? {
          code: 'log-quiet',
          verdict: 'ruled-out',
          severity: 'ok',
          summary: `${one ? 'That line is' : `These ${logLines.length} lines are`} CTDB at its ordinary work; no trouble is in ${one ? 'it' : 'them'}.`,
          lines,
        }
      : {
          code: 'log-settled',
          verdict: 'ruled-out',
          severity: 'info',
          summary: 'There was trouble in this log, and its last words say that it was settled.',
          lines,
        },
  )
}

function aboutHost(events: readonly LogEvent[], tell: Teller): void {
  const last = (...kinds: LogEvent['kind'][]) => events.findLastIndex(({ kind }) => kinds.includes(kind))
  const all = (...kinds: LogEvent['kind'][]) => events.filter(({ kind }) => kinds.includes(kind))
  const open = (kind: LogEvent['kind'], ...ends: LogEvent['kind'][]) =>
    last(kind) > last(...ends) ? events[last(kind)] : undefined
  const on = events[0]?.host === undefined ? '' : ` on ${code(events[0].host)}`
  const lines = (...kinds: LogEvent['kind'][]) =>
    all(...kinds)
      .slice(-8)
      .map(({ line }) => line)
  const gun = aboutReclock(events, on, tell)
  const contention = open('contention', 'settled', 'recovered')
  if (contention) {
    tell.find({
      code: 'lock-held-elsewhere',
      verdict: 'inconclusive',
      severity: 'critical',
      summary: `This node${on} cannot get CTDB's lock${at(contention)}: somebody else holds it, and the log does not say that this was settled.`,
      details: [
        'Contention shows that the lock works. Who holds it: a part of the cluster that this node cannot see, a host that is not of the cluster, or a server that has not noticed that a holder died.',
      ],
      lines: lines('contention', 'leader-timeout', 'banned'),
    })
    adviseOnLock(tell)
  }
  const asked = open('attempt', 'settled', 'contention', 'recovered')
  const waited = all('leader-timeout').filter(
    (event) => asked && events.indexOf(event) > events.indexOf(asked),
  )
  if (asked && waited.length > 1) {
    tell.find({
      code: 'lock-hangs',
      verdict: 'inconclusive',
      severity: 'critical',
      summary: `CTDB${on} asked for its lock${at(asked)} and got neither the lock nor a refusal: the file system of the lock may hang.`,
      details: ['From 4.9 on the log says no more about it; the processes do.'],
      lines: [asked.line, ...waited.slice(-4).map(({ line }) => line)],
    })
    adviseOnLock(tell)
  }
  const lost = events[last('lost')]
  if (lost) {
    const replaced = events.find(({ kind, text }) => kind === 'lost' && /lock file/i.test(text))
    tell.find({
      code: replaced ? 'lock-replaced' : 'lock-lost',
      verdict: replaced ? 'confirmed' : 'inconclusive',
      severity: 'warning',
      summary: replaced
        ? `The lock's file was replaced or removed under CTDB${on}${at(replaced)}${last('settled') > events.indexOf(replaced) ? '; the lock was taken again' : ''}.`
        : `The lock's helper ended${on}${at(lost)}${last('settled') > last('lost') ? '; the lock was taken again' : ''}.`,
      details: replaced
        ? [
            'For a moment two nodes could each hold “the” lock, on two different files. Find out who touches it: backup, cleanup, a second mount.',
          ]
        : [],
      lines: lines('lost', 'settled'),
    })
    tell.next(CHECK, 'Whether all nodes have the same lock now')
  }
  const banned = open('banned', 'unbanned')
  if (banned)
    tell.find({
      code: 'node-banned',
      verdict: 'inconclusive',
      severity: 'warning',
      summary: `${banned.about === undefined ? 'A node' : `Node ${banned.about}`} was banned${at(banned)}; the log does not say that it is back.`,
      details: [
        'By the cluster itself, unless somebody typed `ctdb ban`; it ends after `RecoveryBanPeriod`, 300 s unless set otherwise. Its cause stands in the lines before it.',
      ],
      lines: lines('banned'),
    })
  if (banned) {
    tell.next(CHECK, 'Whether it is back, and why it was banned')
    tell.doNot(
      '`ctdb unban` before the cause is known',
      'the cluster bans it again, and every recovery on the way stops all nodes for a moment',
    )
  }
  const dead = open('dead', 'connected')
  if (dead)
    tell.find({
      code: 'node-disconnected',
      verdict: 'inconclusive',
      severity: 'warning',
      summary: `${dead.about === undefined ? 'A node' : `Node ${code(dead.about)}`} was lost${on}${at(dead)}; the log does not say that it came back.`,
      lines: lines('dead'),
    })
  if (dead) tell.next(CHECK, 'Who sees whom now')
  const noLeader = open('leader-timeout', 'settled', 'recovered')
  if (noLeader && !contention && waited.length < 2)
    tell.find({
      code: 'no-leader',
      verdict: 'inconclusive',
      severity: 'warning',
      summary: `Nothing was heard of a leader${on}${at(noLeader)}, and no new one is in the log.`,
      lines: lines('leader-timeout'),
    })
  if (noLeader) tell.next(CHECK, 'Who leads, and who has the lock')
  const failed = open('recovery-failed', 'recovered')
  if (failed) {
    tell.find({
      code: 'recovery-failed',
      verdict: 'inconclusive',
      severity: 'warning',
      summary: `A recovery failed${on}${at(failed)}, and none has ended well since.`,
      lines: lines('recovery-failed'),
    })
    tell.next(CHECK, 'Whether it recovers')
  }
  aboutScriptsInLog(events, on, gun, tell)
  const shutdown = open('shutdown', 'started')
  if (shutdown && !gun)
    tell.find({
      code: 'shut-down',
      verdict: 'inconclusive',
      severity: 'warning',
      summary: `CTDB was shut down${on}${at(shutdown)}; whether by somebody or by a script the lines before it tell.`,
      lines: lines('shutdown'),
    })
  if (shutdown) tell.next(CHECK, 'Whether the others serve, and whether this node is back')
}

import type { Offer } from '../shared/finding.ts'
import { code } from '../shared/text.ts'
import { emptyArgv, endArgv, switchArgv, timerArgv, typed } from './commands.ts'
import { type CtdbNode, isFailing } from './node.ts'
import { isReady, type Ready } from './ready.ts'
import { fileSystemOf } from './words.ts'

/** How long 01.reclock stays off at most. */
export const HOLD_S = 2 * 3600

/**
 * What may be offered, node by node: to disarm a loaded gun, to hold the count before it is loaded, to start again from 0
 * once nothing waits any more. Nothing where it is not known what the script does, where its counter is, or whether it runs.
 */
export function offersFor(nodes: readonly CtdbNode[]): Offer[] {
  return nodes.flatMap((node): Offer[] => {
    if (!isReady(node)) return []
    if (node.enabled && (node.armed || node.guns.length > 0)) return [offerToStop(node, 'disarm')]
    if (node.enabled && node.stuck.length > 0) return [offerToStop(node, 'hold-monitoring')]
    // a gun whose script was switched off is still one
    if (!node.enabled && node.guns.length > 0) return [offerToStop(node, 'disarm')]
    const waits = node.stuck.length > 0 || node.unclear.length > 0
    return !waits && (!node.enabled || isFailing(node)) ? [offerToReset(node)] : []
  })
}

function offerToStop(node: Ready, remedy: 'disarm' | 'hold-monitoring'): Offer {
  const { name, script, counter, guns } = node
  const hours = `${HOLD_S / 3600} h`
  const elsewhere = healthyElsewhere(node)
  const end = guns.length > 0 ? [typed(endArgv(guns.map(({ pid }) => pid)))] : []
  return {
    remedy,
    params: { node: name },
    label:
      remedy === 'disarm'
        ? `disarm 01.reclock on ${name}`.slice(0, 60)
        : `stop the count on ${name}`.slice(0, 60),
    plan: `on ${code(name)}, switch \`01.reclock\` off for at most ${hours}, after which the node itself switches it on again with its count at 0 → ${remedy === 'disarm' ? 'end the `01.reclock` that waits → ' : ''}see that no \`ctdb shutdown\` is pending.`,
    commands: [
      typed(timerArgv(script, counter.path, HOLD_S)),
      typed(switchArgv(script, 'off')),
      // these are the processes as of now; CTDB ends and starts them all the time
      ...(remedy === 'disarm' ? end : []),
    ],
    touches: `until then CTDB does not judge the lock there: ${code(name)} may be called healthy and take public addresses back while ${fileSystemOf(node)} hangs.`,
    approvals: elsewhere ? 2 : 1,
    ...(elsewhere && {
      because: `other nodes are healthy, and clients could be sent back to ${code(name)}, where the storage hangs; \`ctdb disable\` on it first keeps them away`,
    }),
    basis: basisOf(node, remedy),
  }
}

export function offerToReset(node: Ready, enabled = node.enabled): Offer {
  const { name, script, counter } = node
  return {
    remedy: 'reset-counter',
    params: { node: name },
    label: enabled
      ? `reset the count on ${name}`.slice(0, 60)
      : `reset the count, watch ${name} again`.slice(0, 60),
    plan: `on ${code(name)}, see that the lock's file answers → empty the failure counter${enabled ? '' : ' → switch `01.reclock` on again'} → see that it runs and is content.`,
    commands: [typed(emptyArgv(counter.path)), ...(enabled ? [] : [typed(switchArgv(script, 'on'))])],
    touches: 'nothing else; the lock is only looked at.',
    approvals: 1,
    basis: basisOf({ ...node, enabled, stuck: [], unclear: [], guns: [], armed: false }, 'reset-counter'),
  }
}

/** Another node that counts as healthy, in this node's own eyes. */
function healthyElsewhere({ view }: CtdbNode): boolean {
  return (
    view.status.seen &&
    view.status.value.some(
      ({ thisNode, flags }) => !thisNode && flags.every((flag) => flag === 'partiallyonline'),
    )
  )
}

export type RemedyName = 'disarm' | 'hold-monitoring' | 'reset-counter'

/**
 * What must be the same when it is approved and when it is done. Not the processes: CTDB ends the waiting script every
 * 30 s and starts another, and each run adds a `stat`.
 */
export function basisOf(node: Ready, remedy: RemedyName): string {
  const { name, script, counter, lock, enabled } = node
  const loaded = node.armed || node.guns.length > 0
  return [
    `counter ${counter.path}`,
    `lock ${lock.path}`,
    `node ${name}`,
    `script ${script.path}, ${enabled ? 'on' : 'off'}, shuts down at ${script.shutdownAt}`,
    ...(remedy === 'disarm' ? [loaded ? 'a shutdown is pending' : 'no shutdown is pending'] : []),
    ...(remedy === 'hold-monitoring'
      ? [
          loaded ? 'a shutdown is pending' : 'no shutdown is pending',
          node.stuck.length > 0 ? 'the lock hangs' : 'the lock does not hang',
        ]
      : []),
    ...(remedy === 'reset-counter'
      ? [
          node.stuck.length + node.unclear.length + node.guns.length > 0
            ? 'processes wait for the lock'
            : 'nothing waits for the lock',
        ]
      : []),
  ]
    .sort()
    .join('\n')
}

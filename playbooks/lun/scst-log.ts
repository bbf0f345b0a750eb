import { readLogLines } from '../shared/linux/log-lines.ts'
import { NotSeen, type Output } from '../shared/probe.ts'

/** What the kernel of a target says about reservations; `bootS` is seconds since its boot. */
export type ScstEvent =
  /** a debug line of the trace: a session has reserved; pointers are the kernel's, `(null)` is nobody */
  | { kind: 'reserved'; holder: string; before: string; bootS: number | undefined; line: number }
  | { kind: 'released'; before: string; bootS: number | undefined; line: number }
  /** names the initiator that was refused, not the one that holds it */
  | { kind: 'conflict'; device: string; refused: string; bootS: number | undefined; line: number }

/**
 * `scst_reserve_dev:536: Old Holder: (null), New Holder: ffff88011c870000`, `Reservation conflict (dev tgt0_0, initiator
 * iqn.…, tgt_id 1)`. No events: nothing was logged, or the ring buffer has moved on. Source: scst_priv.h, scst_lib.c.
 */
export function scstEvents(text: string): ScstEvent[] {
  return readLogLines(text).lines.flatMap(({ text: message, bootS, number }): ScstEvent[] => {
    const at = { bootS, line: number }
    const reserve = /scst_reserve_dev.*Old Holder: +(\S+), New Holder: +(\S+)/.exec(message)
    if (reserve) return [{ kind: 'reserved', before: reserve[1]!, holder: reserve[2]!, ...at }]
    const clear = /scst_clear_dev_reservation.*Old Holder: +(\S+)/.exec(message)
    if (clear) return [{ kind: 'released', before: clear[1]!.replace(/,$/, ''), ...at }]
    const conflict = /Reservation conflict \(dev ([^,]+), initiator ([^,]+), tgt_id \d+\)/.exec(message)
    if (conflict) return [{ kind: 'conflict', device: conflict[1]!, refused: conflict[2]!, ...at }]
    return []
  })
}

export function readScstLog(output: Output): ScstEvent[] {
  if (output.exitCode !== 0)
    throw new NotSeen(
      /not permitted|denied/i.test(output.stderr) ? 'denied' : 'failed',
      `the kernel's log could not be read: ${output.stderr.trim().slice(0, 160)}`,
    )
  return scstEvents(output.stdout)
}

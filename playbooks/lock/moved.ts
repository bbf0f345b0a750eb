import type { Wait } from '../shared/linux/threads.ts'

/**
 * Who waits for an answer of an NFS server wakes up to ask once more, each time with one switch (seen on Linux 6.1);
 * with the default `timeo=600` that is once a minute, with the smallest sensible ones once in some seconds.
 */
const ASKED_AGAIN = 2
/** What connects to a server that is down does so every 3 s at most, and asks once a second at most, in a few steps. Work is far more. */
const ASKED_AGAIN_A_SECOND = 5

/**
 * Whether a thread in state D has gone on since: it left that state, waits elsewhere, or was woken for more than to ask again.
 * `silentS`: time between the looks where the kernel calls the server silent; its log may be old, so that alone excuses nothing.
 */
export function hasMoved(before: Wait, after: Wait | undefined, silentS = 0): boolean {
  if (after?.state !== 'D' || after.wchan !== before.wchan) return true
  if (after.switches === before.switches) return false
  if (!/^rpc_/.test(before.stack[0] ?? before.wchan ?? '')) return true
  return !(wakesBetween(before, after) <= Math.max(ASKED_AGAIN, ASKED_AGAIN_A_SECOND * silentS))
}

/** NaN where the kernel does not tell. */
const wakesBetween = (before: Wait, after: Wait) => count(after) - count(before)

const count = ({ switches = '?' }: Wait) =>
  switches.split('+').reduce((total, part) => total + Number(part), 0)

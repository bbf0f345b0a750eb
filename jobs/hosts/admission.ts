import pLimit, { type LimitFunction } from 'p-limit'
import type { Command, Ran } from './transport.ts'
import { turn } from './turn.ts'

export type AdmissionOptions = {
  /** commands running at the same time, per host name */
  perHost: number
  /** and over all of them */
  altogether?: number
  /** longest wait for one of those places; it does not count towards the command's limit */
  queueMs: number
}

/** A place that must be given back, and what is left of the command's limit; or why there is none. */
export type Admitted =
  | { leftMs: number; release: () => void }
  | { leftMs?: never; outcome: 'cancelled' | 'timed-out'; reason: string }

/**
 * Lets commands in: those on the same `mount:` or `device:` of a host one after the other, so that one that freezes
 * costs one process (this wait counts towards their limit); of all others only so many at a time.
 */
export function createAdmission({
  perHost,
  altogether = Number.POSITIVE_INFINITY,
  queueMs,
}: AdmissionOptions) {
  const resources = new Map<string, LimitFunction>()
  const hosts = new Map<string, LimitFunction>()
  const all = pLimit(altogether)

  return async (
    host: string,
    { argv, touches, limitMs, queueMs: ownMs = queueMs }: Command,
    signal: AbortSignal,
  ): Promise<Admitted> => {
    const asked = performance.now()
    const held: (() => void)[] = []
    const release = () => held.forEach((give) => void give())
    const refuse = (why: 'cancelled' | 'too-late', late: string): Admitted => {
      release()
      return why === 'cancelled' ? cancelled(argv) : { outcome: 'timed-out', reason: late }
    }

    if (isSerialised(touches)) {
      const mine = await turn(queueOf(resources, JSON.stringify([host, touches]), 1), limitMs, signal)
      if (typeof mine === 'string')
        return refuse(mine, `another command on ${touches} took all of the ${limitMs / 1000} s`)
      held.push(mine)
    }
    const leftMs = Math.max(0, limitMs - (performance.now() - asked))
    const waitMs = Math.min(queueMs, ownMs)
    const queued = performance.now()
    for (const [queue, size, whom] of [
      [queueOf(hosts, host, perHost), perHost, host],
      [all, altogether, 'this worker'],
    ] as const) {
      const place = await turn(queue, Math.max(0, waitMs - (performance.now() - queued)), signal)
      if (typeof place === 'string')
        return refuse(place, `${size} other commands kept ${whom} busy${forHowLong(waitMs)}`)
      held.push(place)
    }
    return { leftMs, release }
  }
}

function forHowLong(ms: number): string {
  const seconds = Math.round(ms / 100) / 10
  return seconds > 0 ? ` for ${seconds} s` : ', and no time was left to wait for them'
}

const cancelled = (argv: Ran['argv'] | Command['argv']): Admitted => ({
  outcome: 'cancelled',
  reason: `\`${argv[0]}\` was cancelled before it started`,
})

/** Whoever touches one of these may hang in the kernel, where only the reboot or the storage's return helps. */
const isSerialised = (touches: string) => /^(mount|device):/.test(touches)

function queueOf(queues: Map<string, LimitFunction>, key: string, concurrency: number): LimitFunction {
  const queue = queues.get(key) ?? pLimit(concurrency)
  queues.set(key, queue)
  return queue
}

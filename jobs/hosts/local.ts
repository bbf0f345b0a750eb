import pLimit, { type LimitFunction } from 'p-limit'
import { type Clock, realClock } from '../clock.ts'
import { createQuarantine } from './quarantine.ts'
import { refuseUnsendable } from './refusal.ts'
import { createRunner } from './run.ts'
import type { Command, Ran, Transport } from './transport.ts'
import { turn } from './turn.ts'

export type LocalOptions = {
  /** folder on a local disk that outlives the worker; remembers stuck processes */
  stateDir: string
  clock?: Clock
  graceMs?: number
  /** commands running at the same time, per host name */
  processes?: number
  /** longest wait for one of those places; it does not count towards the command's limit */
  queueMs?: number
  /** told in one line when the quarantine cannot be kept or read */
  report?: (problem: string) => void
}

/**
 * Runs commands on the machine the worker runs on; the host name is only a label.
 * A command answers within its limit plus 0.5 s once it has a place; it may wait up to `queueMs` for one before.
 * Commands that touch the same `mount:` or `device:` run one after the other (waiting counts towards their limit),
 * so that one that freezes costs one process; all others run in parallel. Rejects only with CommandRefused.
 */
export function createLocalTransport(options: LocalOptions): Transport {
  const { stateDir, clock = realClock, graceMs = 300, processes = 8, queueMs = 30_000 } = options
  const report = options.report ?? ((problem) => process.emitWarning(problem, { code: 'UNWEDGE_QUARANTINE' }))
  const quarantine = createQuarantine({ stateDir, clock, report })
  const runner = createRunner({ graceMs, clock })
  const closing = new AbortController()
  const places = new Map<string, LimitFunction>()
  const resources = new Map<string, LimitFunction>()

  return {
    run,
    async close() {
      closing.abort()
      await runner.close()
    },
  }

  async function run(host: string, command: Command): Promise<Ran> {
    refuseUnsendable(command)
    const { argv, touches, limitMs } = command
    const signal = AbortSignal.any([closing.signal, ...(command.signal ? [command.signal] : [])])
    const asked = performance.now()
    const startedAt = clock.now()
    const held: (() => void)[] = []
    const notRun = (outcome: Ran['outcome'], reason: string): Ran => {
      const durationMs = Math.round(performance.now() - asked)
      return {
        host,
        argv: [...argv],
        startedAt,
        durationMs,
        outcome,
        exitCode: null,
        stdout: '',
        stderr: '',
        truncated: false,
        reason,
      }
    }
    const cancelled = () => notRun('cancelled', `\`${argv[0]}\` was cancelled before it started`)
    /** asked anew after every wait: what is free when we start waiting may be stuck when our turn comes */
    const stuck = () => {
      const reason = quarantine.reason(host, touches)
      return reason && notRun('quarantined', reason)
    }

    try {
      const before = stuck()
      if (before) return before
      if (isSerialised(touches)) {
        const mine = await turn(queueOf(resources, JSON.stringify([host, touches]), 1), limitMs, signal)
        if (mine === 'cancelled') return cancelled()
        if (mine === 'too-late')
          return notRun('timed-out', `another command on ${touches} took all of the ${limitMs / 1000} s`)
        held.push(mine)
      }
      const leftMs = Math.max(0, limitMs - (performance.now() - asked))
      const place = await turn(queueOf(places, host, processes), queueMs, signal)
      if (place === 'cancelled') return cancelled()
      if (place === 'too-late')
        return notRun('timed-out', `${processes} other commands kept ${host} busy for ${queueMs / 1000} s`)
      held.push(place)
      const after = stuck()
      if (after) return after
      const { stuck: left, ...ended } = await runner.run({ ...command, limitMs: leftMs, signal })
      quarantine.add(host, touches, argv[0], ended.startedAt, left)
      return { host, ...ended }
    } finally {
      for (const release of held) release()
    }
  }
}

/** Whoever touches one of these may hang in the kernel, where only the reboot or the storage's return helps. */
const isSerialised = (touches: string) => /^(mount|device):/.test(touches)

function queueOf(queues: Map<string, LimitFunction>, key: string, concurrency: number): LimitFunction {
  const queue = queues.get(key) ?? pLimit(concurrency)
  queues.set(key, queue)
  return queue
}

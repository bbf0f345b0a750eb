import { type Clock, realClock } from '../clock.ts'
import { createAdmission } from './admission.ts'
import { notRun } from './not-run.ts'
import { createQuarantine } from './quarantine.ts'
import { refuseUnsendable } from './refusal.ts'
import { createRunner } from './run.ts'
import type { Command, Ran, Transport } from './transport.ts'

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
  const admit = createAdmission({ perHost: processes, queueMs })

  return {
    run,
    async close() {
      closing.abort()
      await runner.close()
    },
  }

  async function run(host: string, command: Command): Promise<Ran> {
    refuseUnsendable(command)
    const { argv, touches } = command
    const signal = AbortSignal.any([closing.signal, ...(command.signal ? [command.signal] : [])])
    const asked = { host, argv, startedAt: clock.now(), from: performance.now() }
    /** asked anew after every wait: what is free when we start waiting may be stuck when our turn comes */
    const stuck = () => {
      const reason = quarantine.reason(host, touches)
      return reason && notRun(asked, 'quarantined', reason)
    }

    const before = stuck()
    if (before) return before
    const admitted = await admit(host, command, signal)
    if (admitted.leftMs === undefined) return notRun(asked, admitted.outcome, admitted.reason)
    try {
      const after = stuck()
      if (after) return after
      const { stuck: left, ...ended } = await runner.run({ ...command, limitMs: admitted.leftMs, signal })
      quarantine.add(host, touches, argv[0], ended.startedAt, left)
      return { host, ...ended }
    } finally {
      admitted.release()
    }
  }
}

import type { Scenario } from '../../playbooks/shared/scenario.ts'
import type { Clock } from '../clock.ts'
import type { Recording } from '../contracts.ts'
import type { Command, Ran, Transport } from './transport.ts'

/**
 * Answers from simulated clusters. The first scenario that knows the command wins; each keeps its own state, which
 * commands change in the order in which they were asked, also when they are answered at the same time.
 * `tookMs` passes on the clock; what would take longer than its limit ends as `timed-out`, its effect stays.
 */
export function createReplayTransport(options: { scenarios: readonly Scenario[]; clock: Clock }): Transport {
  const { clock } = options
  const clusters = options.scenarios.map((scenario) => ({ scenario, state: scenario.start() }))
  const closing = new AbortController()

  return {
    async run(host, { argv, limitMs, maxBytes, signal: asked }) {
      const signal = AbortSignal.any([closing.signal, ...(asked ? [asked] : [])])
      const startedAt = clock.now()
      const end = (part: Part): Ran => ({
        ...blank(host, argv, startedAt),
        durationMs: Math.round(clock.now() - startedAt),
        ...part,
      })
      if (signal.aborted)
        return end({ outcome: 'cancelled', reason: `\`${argv[0]}\` was cancelled before it started` })
      for (const cluster of clusters) {
        const answer = cluster.scenario.answer(cluster.state, host, argv, startedAt)
        if (!answer) continue
        cluster.state = answer.state
        const { stdout = '', stderr = '', exitCode = 0, tookMs = 0 } = answer.reply
        try {
          await clock.sleep(Math.min(tookMs, limitMs), signal)
        } catch (error) {
          if (!signal.aborted) throw error
          return end({ outcome: 'cancelled', reason: `\`${argv[0]}\` was cancelled` })
        }
        if (tookMs > limitMs) {
          return end({
            outcome: 'timed-out',
            durationMs: limitMs,
            reason: `\`${argv[0]}\` was ended at its limit of ${limitMs / 1000} s`,
          })
        }
        const [out, err] = [cut(stdout, maxBytes), cut(stderr, maxBytes)]
        const truncated = out.length < stdout.length || err.length < stderr.length
        // as the scenario tells it: a clock that runs faster measures our own slowness as well
        const durationMs = tookMs
        return end({ outcome: 'exited', durationMs, exitCode, stdout: out, stderr: err, truncated })
      }
      return end(notRecorded(`this replayed cluster knows no command \`${argv.join(' ')}\` on ${host}`))
    },
    async close() {
      closing.abort()
    },
  }
}

/**
 * Answers from what one check saw, as it saw it (times included): per host and argv, in order of occurrence.
 * A command that was not recorded, or not that often, ends as `not-recorded`.
 */
export function createRecordedTransport(recording: Recording): Transport {
  const left = Map.groupBy(recording.observations, ({ host, argv }) => JSON.stringify([host, argv]))
  return {
    async run(host, { argv, signal }) {
      const at = recording.startedAt
      if (signal?.aborted)
        return { ...blank(host, argv, at), outcome: 'cancelled', reason: 'cancelled before it started' }
      const recorded = left.get(JSON.stringify([host, argv]))?.shift()
      if (!recorded) {
        return {
          ...blank(host, argv, at),
          ...notRecorded(`the recording has no (further) \`${argv.join(' ')}\` on ${host}`),
        }
      }
      const { probe: _, ...ran } = recorded
      return ran
    },
    async close() {},
  }
}

type Part = Partial<Ran> & Pick<Ran, 'outcome'>

const notRecorded = (reason: string): Part => ({ outcome: 'not-recorded', reason })

function blank(host: string, argv: Command['argv'], startedAt: number): Omit<Ran, 'outcome'> {
  return {
    host,
    argv: [...argv],
    startedAt,
    durationMs: 0,
    exitCode: null,
    stdout: '',
    stderr: '',
    truncated: false,
  }
}

/** As many whole characters as fit. */
function cut(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(maxBytes))
  return text.slice(0, read)
}

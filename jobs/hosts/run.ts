import { type Clock, realClock } from '../clock.ts'
import { type Extras, type Fate, follow, shortOfDescriptors, spawn } from './child.ts'
import type { Process } from './process-table.ts'
import { refuseUnsendable } from './refusal.ts'
import type { Command, Ran } from './transport.ts'

export type RunnerOptions = {
  /** how long after SIGKILL a child may take to be gone */
  graceMs?: number
  clock?: Clock
}

/** How a command ended on this machine, and which of its processes even SIGKILL did not end. */
export type Ended = Omit<Ran, 'host'> & { stuck: Process[] }

export type Runner = {
  /**
   * Runs one command and answers within its limit plus `graceMs`, whatever the child does, with the output that
   * came until then. Rejects only with CommandRefused, before anything is started. `touches` is not looked at here.
   */
  run(command: Command & Extras): Promise<Ended>
  /** Ends whatever still runs and forgets what cannot be ended, within `graceMs`; nothing starts afterwards. */
  close(): Promise<void>
}

/**
 * The one place that starts processes.
 * Out of its reach: a daemon that made a session of its own, and a program whose own file hangs when it is
 * executed (starting waits for the exec), so argv[0] is a tool on PATH, never a file on a doubtful mount.
 */
export function createRunner({ graceMs = 300, clock = realClock }: RunnerOptions = {}): Runner {
  const active = new Map<Promise<Ended>, AbortController>()
  let closed = false

  return {
    async run(command) {
      refuseUnsendable(command)
      const closing = new AbortController()
      if (closed) closing.abort()
      const done = start(
        command,
        AbortSignal.any([closing.signal, ...(command.signal ? [command.signal] : [])]),
      )
      active.set(done, closing)
      return done.finally(() => active.delete(done))
    },
    async close() {
      closed = true
      for (const closing of active.values()) closing.abort()
      await Promise.allSettled(active.keys())
    },
  }

  async function start(command: Command & Extras, signal: AbortSignal): Promise<Ended> {
    const { argv, limitMs, maxBytes, through, leaves } = command
    const startedAt = clock.now()
    const started = performance.now()
    const ended = (part: Part): Ended => ({
      argv: [...argv],
      startedAt,
      durationMs: Math.round(performance.now() - started),
      exitCode: null,
      stdout: '',
      stderr: '',
      truncated: false,
      stuck: [],
      ...part,
    })
    const [program, ...args] = argv
    if (signal.aborted)
      return ended({ outcome: 'cancelled', reason: `\`${program}\` was cancelled before it started` })
    if (limitMs === 0)
      return ended({ outcome: 'timed-out', reason: `no time was left to start \`${program}\`` })

    const shortage = shortOfDescriptors()
    if (shortage) return ended(notStarted(program, shortage))
    const child = spawn(program, args)
    if (child.pid === undefined) return ended(notStarted(program, (await child).code))
    const fate = await follow(child, child.pid, {
      limitMs,
      graceMs,
      maxBytes,
      signal,
      ...(through && { through }),
      ...(leaves && { leaves }),
    })
    const { stdout, stderr, truncated } = fate
    return ended({ ...judge(program, limitMs, fate), stdout, stderr, truncated })
  }
}

type Part = Partial<Ended> & Pick<Ended, 'outcome'>

function judge(program: string, limitMs: number, { exit, ending, stuck }: Fate): Part {
  if (!ending) {
    const reason = exit?.signal ? { reason: `\`${program}\` was ended by ${exit.signal}, not by us` } : {}
    // a process it left behind that we may not end is its own business, unless it hangs
    const hanging = stuck.filter(({ state }) => state === 'D')
    return { outcome: 'exited', exitCode: exit?.code ?? null, stuck: hanging, ...reason }
  }
  const when =
    ending === 'timed-out' ? `at its limit of ${Math.round(limitMs / 100) / 10} s` : 'when it was cancelled'
  const [first] = stuck
  if (first)
    return {
      outcome: 'unkillable',
      stuck,
      reason: `\`${program}\` did not end on SIGKILL ${when} (${describe(first)})`,
    }
  return { outcome: ending, reason: `\`${program}\` was ended ${when}` }
}

function notStarted(program: string, code = 'unknown error'): Part {
  if (code === 'ENOENT')
    return { outcome: 'not-found', reason: `\`${program}\` is not installed here (not on PATH)` }
  if (code === 'EACCES')
    return { outcome: 'denied', reason: `\`${program}\` may not be executed here (permission denied)` }
  return { outcome: 'unreachable', reason: `\`${program}\` could not be started here (${code})` }
}

/** A process as people read it: `pid 4242, state D, wchan percpu_rwsem_wait`. */
function describe({ pid, state, wchan }: Process): string {
  return [`pid ${pid}`, `state ${state}`, ...(wchan ? [`wchan ${wchan}`] : [])].join(', ')
}

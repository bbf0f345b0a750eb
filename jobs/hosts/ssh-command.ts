import { becoming, notFoundBySudo, refusedByGate, refusedBySudo } from './become.ts'
import { commandLine, endLine, type Session } from './far-end-script.ts'
import type { Runner } from './run.ts'
import { runAlone } from './ssh-arguments.ts'
import type { Connected } from './ssh-connection.ts'
import { lastLine } from './ssh-failure.ts'
import { runFramed, type Told } from './ssh-framed.ts'
import { ownWord } from './ssh-outcome.ts'
import { placeOf, type SshHost } from './ssh-settings.ts'
import type { Command, Ran } from './transport.ts'

/** A host, and the connection to it. */
export type There = {
  name: string
  host: SshHost & { address: string }
  connected: Connected
  runner: Runner
}

export type Part = Pick<Ran, 'outcome'> & Partial<Ran>

/** A far end that starts nothing in a shorter time may just be slow. */
const fairMs = 400
/** After its limit, how long a command may take to be answered for. */
const afterMs = 450

/**
 * Runs one command over a connection, once. `never-sent`: the connection was gone before the command was asked for, so
 * it may be tried again over another. `leftMs`: what is left of its limit; `now`: milliseconds since the epoch.
 */
export async function runThere(
  there: There,
  command: Command & { signal: AbortSignal },
  { leftMs: allMs, now }: { leftMs: number; now: number },
): Promise<{ part: Part; told: Told } | 'never-sent'> {
  const from = performance.now()
  const { host, connected, runner } = there
  const { signal } = command
  const argv = command.asLoginUser ? command.argv : becoming(host.become, command.argv)
  const leftMs = () => Math.max(0, allMs - (performance.now() - from))
  const lineFor = (marker: string) =>
    commandLine(marker, connected.farEnd, { argv, limitMs: leftMs(), touches: command.touches })
  const bounds = () => ({ limitMs: leftMs(), maxBytes: command.maxBytes, signal })

  let told = await runFramed((marker, how) => connected.sessions.run(lineFor(marker), how), bounds())
  if (told.notAsked === 'gone') return 'never-sent'
  if (told.notAsked === 'no-session') {
    // as many sessions as sshd allows (MaxSessions): this one gets a connection of its own
    const seconds = Math.max(1, Math.floor(leftMs() / 1000))
    const alone = (marker: string) => runAlone(host, { seconds, via: connected.via }, lineFor(marker))
    told = await runFramed(
      (marker, how) => runner.run({ argv: alone(marker), touches: 'ssh', ...how }),
      bounds(),
    )
  }

  const said = ownWord(told, there.name, command.argv[0], now)
  if (said) return { told, part: argv === command.argv ? said : asRoot(there, command.argv, said, told) }
  const untilMs = allMs + afterMs - (performance.now() - from)
  return { told, part: await unsaid(there, command, told, untilMs) }
}

/** A refusal of sudo's, or of the gate's, must never pass for an answer of the command's. */
function asRoot({ name, host, connected }: There, argv: readonly string[], said: Part, told: Told): Part {
  if (said.outcome === 'not-found' || said.outcome === 'denied')
    return { ...said, reason: said.reason!.replace(`\`${argv[0]}\``, '`sudo`') }
  if (host.become === 'gate')
    return refusedByGate({ host: name, argv }, { ...told, exitCode: said.exitCode }) ?? said
  if (said.exitCode !== 1) return said
  const path = told.last?.split(' ').slice(2).join(' ') ?? ''
  const reason = refusedBySudo({ host: name, user: connected.farEnd.user, argv, path }, told)
  if (reason) return { outcome: 'denied', reason }
  if (notFoundBySudo(argv[0]!, told.stderr)) {
    return {
      outcome: 'not-found',
      reason: `\`${argv[0]}\` is not installed on ${name} (not on the PATH of sudo)`,
    }
  }
  return said
}

/** The far end did not say how it ended: we ended it, or the connection broke. */
async function unsaid(
  there: There,
  command: Command & { signal: AbortSignal },
  told: Told,
  untilMs: number,
): Promise<Part> {
  const { name } = there
  const program = `\`${command.argv[0]}\``
  const { stdout, stderr, truncated, outcome, session } = told
  const output = { stdout, stderr, truncated }
  const limit = `its limit of ${Math.round(command.limitMs / 100) / 10} s`
  if (outcome === 'exited') {
    const why =
      lastLine(session ? stderr : told.noise.stderr) || (told.reason ?? `ssh ended with ${told.exitCode}`)
    return {
      outcome: 'unreachable',
      ...output,
      reason: `the connection to ${name} was lost ${whenLost(told, program)} (${why})`,
    }
  }
  if (outcome === 'not-found' || outcome === 'denied' || outcome === 'unreachable') {
    return {
      outcome: 'unreachable',
      reason: `ssh could not be used on the machine of the worker: ${told.reason}`,
    }
  }
  const [ending, when] = command.signal.aborted
    ? (['cancelled', 'when it was cancelled'] as const)
    : (['timed-out', `at ${limit}`] as const)
  if (!session) return unheard(there, told, { ending, program, limit })
  const left = session.sid === '-' ? undefined : await endSession(there, session, Math.max(50, untilMs))
  const [word, pid, state, wchan] = left?.split(' ') ?? []
  if (word === 'gone') return { outcome: ending, ...output, reason: `${program} was ended ${when}` }
  if (word !== 'left')
    return {
      outcome: ending,
      ...output,
      reason: `${program} was given up ${when}; ${name} did not say whether it is gone`,
    }
  const process = [
    `pid ${pid} on ${name}`,
    `state ${state}`,
    ...(wchan === '-' ? [] : [`wchan ${wchan}`]),
  ].join(', ')
  if (state === 'D')
    return {
      outcome: 'unkillable',
      ...output,
      reason: `${program} did not end on SIGKILL ${when} (${process})`,
    }
  return {
    outcome: ending,
    ...output,
    reason: `${program} was given up ${when} and could not be ended there (${process}): it runs as another user`,
  }
}

/** The far end said nothing of it until it was given up. Once it was asked for, it may run there all the same. */
function unheard(
  { name, host }: There,
  told: Told,
  { ending, program, limit }: { ending: 'cancelled' | 'timed-out'; program: string; limit: string },
): Part {
  const asked = told.notAsked === undefined
  const unknown = `whether ${program} started there is not known`
  if (ending === 'cancelled') {
    const reason = asked
      ? `${program} was cancelled before ${name} said anything of it; ${unknown}`
      : `${program} was cancelled before it started`
    return { outcome: 'cancelled', reason }
  }
  if (told.durationMs < fairMs) {
    const reason = asked
      ? `too little was left of ${limit} to hear from ${name}; ${unknown}`
      : `too little was left of ${limit} to start ${program} on ${name}`
    return { outcome: 'timed-out', reason }
  }
  const reason = asked
    ? `${placeOf(host)} is connected, but said nothing of ${program} within ${limit}: it hangs, or the network does; ${unknown}`
    : `${placeOf(host)} is connected, but did not start ${program} within ${limit}: it hangs, or the network does`
  return { outcome: 'unreachable', reason }
}

function whenLost({ session, exitCode }: Told, program: string): string {
  if (session) return `while ${program} ran; whether it went on there is not known`
  // ssh itself, on a connection of its own, did not get as far as asking
  if (exitCode === 255) return `before ${program} was asked for`
  return `when ${program} was asked for; whether it started there is not known`
}

async function endSession(
  { connected }: There,
  session: Session,
  limitMs: number,
): Promise<string | undefined> {
  const { last } = await runFramed((marker, how) => connected.sessions.run(endLine(marker, session), how), {
    limitMs,
    maxBytes: 1000,
  })
  return last
}

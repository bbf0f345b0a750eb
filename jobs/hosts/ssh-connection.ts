import { existsSync } from 'node:fs'
import { type FarEnd, probeLine, readProbe } from './far-end-script.ts'
import type { Runner } from './run.ts'
import { connect, control } from './ssh-arguments.ts'
import { lastLine, whyNot } from './ssh-failure.ts'
import { runFramed, type Told } from './ssh-framed.ts'
import { openSessions, type Sessions } from './ssh-sessions.ts'
import { placeOf, type SshHost } from './ssh-settings.ts'
import { within } from './within.ts'

export type Connected = { socket: string; sessions: Sessions; farEnd: FarEnd; via: string | undefined }
export type NotConnected = { socket?: never; outcome: 'unreachable' | 'cancelled'; reason: string }

/** A connection to one host that many commands share, one ssh process of ours that outlives each of them. */
export type Connection = {
  /** The connection, made or made anew when need be; or one sentence why there is none. Never rejects. */
  open(limitMs: number, signal: AbortSignal): Promise<Connected | NotConnected>
  /** a command got through: it works */
  works(): void
  /** A command got nothing through. Unless another did of late, the next `open` makes a new connection. */
  silent(socket: string): void
  /** Lets nobody in any more; what runs over it may end. The next `open` makes a new one. */
  doubt(socket: string): void
  /** ends it and all that runs over it, within `limitMs` */
  close(limitMs: number): Promise<void>
}

export type ConnectionOptions = {
  host: SshHost & { address: string }
  jump: Connection | undefined
  runner: Runner
  nextSocket: () => string
  /** longest wait for a connection and a handshake */
  connectMs: number
  /** an unused connection is asked whether it still lives after this long */
  idleMs?: number
}

/** A connection over which nothing came for so long, although somebody asked, hangs. */
const silenceMs = 1000

type Attempt = { done: Promise<Connected | NotConnected>; connected?: Connected }

export function createConnection(options: ConnectionOptions): Connection {
  const { host, jump, runner, nextSocket, connectMs, idleMs = 5000 } = options
  const closing = new AbortController()
  let current: Attempt | undefined
  let asking: Promise<boolean> | undefined
  let lastSign = 0

  const order = (socket: string, what: 'check' | 'stop' | 'exit', limitMs: number) =>
    runner.run({ argv: control(socket, host, what), limitMs, maxBytes: 1000, touches: 'ssh' })

  return {
    async open(limitMs, signal) {
      const from = performance.now()
      const before = current
      if (before?.connected && !(await isAlive(before.connected.socket)) && current === before) {
        doubt(before.connected.socket)
      }
      current ??= attempt(limitMs)
      const answer = await within(current.done, limitMs - (performance.now() - from), signal)
      if (answer === 'cancelled') return { outcome: 'cancelled', reason: 'cancelled while connecting' }
      if (answer !== 'too-late') return answer
      return unreachable(`${placeOf(host)} did not let us in within ${Math.round(limitMs / 100) / 10} s.`)
    },
    works: () => {
      lastSign = performance.now()
    },
    silent(socket) {
      if (performance.now() - lastSign > silenceMs) doubt(socket)
    },
    doubt,
    async close(limitMs) {
      closing.abort()
      const socket = current?.connected?.socket
      if (socket && existsSync(socket)) await order(socket, 'exit', limitMs)
    },
  }

  function doubt(socket: string): void {
    if (current?.connected?.socket !== socket) return
    current.connected.sessions.retire()
    current = undefined
    if (existsSync(socket)) void order(socket, 'stop', 1000)
  }

  /** Its process may be gone, or hang; whether the far end still answers only a command can tell. */
  async function isAlive(socket: string): Promise<boolean> {
    if (!existsSync(socket)) return false
    if (performance.now() - lastSign < idleMs) return true
    asking ??= order(socket, 'check', 1000).then(({ exitCode }) => exitCode === 0)
    const alive = await asking
    asking = undefined
    if (alive) lastSign = performance.now()
    return alive
  }

  function attempt(limitMs: number): Attempt {
    const made: Attempt = { done: make(limitMs) }
    void made.done.then((answer) => {
      if (answer.socket !== undefined) made.connected = answer
      else if (current === made) current = undefined
    })
    return made
  }

  async function make(limitMs: number): Promise<Connected | NotConnected> {
    const through = await jump?.open(Math.max(limitMs, connectMs), closing.signal)
    if (through && through.socket === undefined)
      return { ...through, reason: `The jump host: ${through.reason}` }
    const socket = nextSocket()
    const via = through?.socket
    // ssh should give up first, because it knows why
    const seconds = Math.max(1, Math.floor(Math.min(connectMs, limitMs - 300) / 1000))
    const at = performance.now()
    const argv = (marker: string) => connect(host, { socket, seconds, via }, probeLine(marker))
    const told = await runFramed(
      // `leaves`: the ssh that holds the connection, and with a jump host the one that leads there
      (marker, how) => runner.run({ argv: argv(marker), touches: 'ssh', leaves: true, ...how }),
      { limitMs: 2 * connectMs, maxBytes: 10_000, signal: closing.signal },
    )
    const farEnd = told.last === 'ready' ? readProbe(told.stdout, at) : undefined
    if (farEnd) {
      lastSign = performance.now()
      return { socket, sessions: openSessions(socket), farEnd, via }
    }
    if (existsSync(socket)) void order(socket, 'exit', 1000)
    if (told.outcome === 'cancelled') return { outcome: 'cancelled', reason: 'cancelled while connecting' }
    return unreachable((await keyProblem(host.keyFile, told)) ?? explain(told))
  }

  /** Of a key that is not there, or has a passphrase, ssh only says that the host refuses us. */
  async function keyProblem(keyFile: string | undefined, { noise }: Told): Promise<string | undefined> {
    if (!keyFile || !/Permission denied|UNPROTECTED|Load key/.test(noise.stderr)) return undefined
    const argv = ['ssh-keygen', '-y', '-P', '', '-f', keyFile] as const
    const { stderr, exitCode } = await runner.run({ argv, limitMs: 1000, maxBytes: 2000, touches: 'ssh' })
    if (exitCode === 0) return undefined
    const why = /passphrase/.test(stderr)
      ? 'it has a passphrase, and nobody is there to type it'
      : /UNPROTECTED/.test(stderr)
        ? 'others may read it. chmod 600 it'
        : lastLine(stderr)
    return `the key file ${keyFile} on the machine of the worker cannot be used: ${why}.`
  }

  function explain({ outcome, reason, exitCode, noise, session, stdout }: Told): string {
    if (outcome === 'not-found') return 'ssh is not installed on the machine of the worker (openssh-client).'
    if (outcome === 'timed-out') {
      return `${placeOf(host)} accepted the connection, but the login did not finish within ${(2 * connectMs) / 1000} s.`
    }
    if (outcome !== 'exited') return `ssh ${placeOf(host)}: ${reason}`
    if (exitCode === 255 && !session) return whyNot(host, noise.stderr)
    const ended = reason ?? `ssh ended with ${exitCode}`
    const instead =
      lastLine(noise.stdout) || lastLine(noise.stderr) || lastLine(stdout) || `nothing (${ended})`
    return `${placeOf(host)} let us in, but its login shell did not run our command; it printed: ${instead}`
  }
}

const unreachable = (reason: string): NotConnected => ({ outcome: 'unreachable', reason })

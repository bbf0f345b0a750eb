import { type Clock, realClock } from '../clock.ts'
import { createAdmission } from './admission.ts'
import { quote } from './far-end-script.ts'
import { notRun } from './not-run.ts'
import { CommandRefused, refuseUnsendable } from './refusal.ts'
import { createRunner } from './run.ts'
import { runThere } from './ssh-command.ts'
import { type Connection, createConnection } from './ssh-connection.ts'
import { readSshHost, type SshHost } from './ssh-settings.ts'
import { openSocketFolder } from './ssh-sockets.ts'
import type { Command, Ran, Transport } from './transport.ts'

export type SshOptions = {
  /** folder on a local disk; holds the sockets of shared connections */
  stateDir: string
  /** by the name of the host */
  hosts: Readonly<Record<string, SshHost>>
  clock?: Clock
  /** longest wait for a connection, in ms; a command with less time left waits no longer than that */
  connectMs?: number
  /** commands running at the same time on one host; sshd's MaxSessions is 10, and ending one takes a session too */
  perHost?: number
  /** and over all hosts */
  perWorker?: number
  /** longest wait for one of those places; it does not count towards the command's limit */
  queueMs?: number
}

/** ssh itself ends at once on SIGKILL. */
const graceMs = 100
/** sshd hands the whole line to the login shell as one argument, which Linux wants below 128 KiB; ours is 8 at most. */
const longestCommand = 120_000

/**
 * Runs commands on other machines through OpenSSH. argv arrives as given; a command that has a place answers within
 * its limit plus 0.5 s, and is ended at the far end too, or a second or two later there when we are gone by then.
 * Of commands that touch the same `mount:` or `device:` only one hangs: the far end keeps a record of it.
 * Rejects only with CommandRefused; throws SshUnusable for settings that nothing can be reached by.
 */
export function createSshTransport(options: SshOptions): Transport {
  const {
    stateDir,
    clock = realClock,
    connectMs = 5000,
    perHost = 8,
    perWorker = 64,
    queueMs = 30_000,
  } = options
  const hosts = new Map(
    Object.entries(options.hosts).map(([name, settings]) => [name, readSshHost(name, settings)]),
  )
  const sockets = openSocketFolder(stateDir)
  const runner = createRunner({ graceMs, clock })
  const admit = createAdmission({ perHost, altogether: perWorker, queueMs })
  const connections = new Map<string, Connection>()
  const running = new Set<Promise<unknown>>()
  const closing = new AbortController()

  return {
    run(host, command) {
      const done = run(host, command)
      running.add(done)
      return done.finally(() => running.delete(done))
    },
    async close() {
      closing.abort()
      await Promise.allSettled(running)
      await Promise.all([...connections.values()].map((connection) => connection.close(400)))
      await runner.close()
      sockets.remove()
    },
  }

  /** A session's end may take down what is reached through the same connection, so a jump has one for itself (decision 0010). */
  function connectionTo(host: Host, use: 'sessions' | 'jump'): Connection {
    const key = JSON.stringify([use, host])
    const connection =
      connections.get(key) ??
      createConnection({
        host,
        jump: host.jump && connectionTo(host.jump, 'jump'),
        runner,
        nextSocket: sockets.next,
        connectMs,
      })
    connections.set(key, connection)
    return connection
  }

  async function run(name: string, command: Command): Promise<Ran> {
    refuseUnsendable(command)
    const { argv } = command
    if (Buffer.byteLength(quote(argv)) > longestCommand) {
      throw new CommandRefused(
        'too-long',
        `\`${argv[0].slice(0, 60)}\` with its arguments is too long for ssh. Shorten it.`,
      )
    }
    const signal = AbortSignal.any([closing.signal, ...(command.signal ? [command.signal] : [])])
    const asked = { host: name, argv, startedAt: clock.now(), from: performance.now() }
    const host = hosts.get(name)
    if (!host) return notRun(asked, 'unreachable', `there are no ssh settings for host ${name}`)
    const admitted = await admit(name, command, signal)
    if (admitted.leftMs === undefined) return notRun(asked, admitted.outcome, admitted.reason)
    try {
      return await runOn(name, host, { ...command, signal }, admitted.leftMs)
    } finally {
      admitted.release()
    }
  }

  async function runOn(
    name: string,
    host: Host,
    command: Command & { signal: AbortSignal },
    limitMs: number,
  ): Promise<Ran> {
    const started = { host: name, argv: command.argv, startedAt: clock.now(), from: performance.now() }
    const connection = connectionTo(host, 'sessions')
    for (let tries = 0; ; tries++) {
      const leftMs = () => Math.max(0, limitMs - (performance.now() - started.from))
      const connected = await connection.open(leftMs(), command.signal)
      if (connected.socket === undefined) return notRun(started, connected.outcome, connected.reason)
      const there = { name, host, connected, runner }
      const answer = await runThere(there, command, { leftMs: leftMs(), now: started.startedAt })
      if (answer === 'never-sent') {
        connection.doubt(connected.socket)
        if (tries === 0) continue
        return notRun(started, 'unreachable', `connections to ${name} break as soon as they are made`)
      }
      const { told, part } = answer
      // a far end that is late by its own clock has had that clock set
      if (told.last?.startsWith('late')) connection.doubt(connected.socket)
      else if (told.session) connection.works()
      else connection.silent(connected.socket)
      const { reason: _, ...blank } = notRun(started, part.outcome, '')
      return { ...blank, ...part }
    }
  }
}

type Host = SshHost & { address: string }

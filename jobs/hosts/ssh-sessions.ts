import { createConnection, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Extras } from './child.ts'
import { collect } from './collect.ts'
import { cutMessages, fieldReader, MUX_VERSION, Mux, muxMessage, Ssh, sshMessage } from './ssh-wire.ts'
import type { Ran } from './transport.ts'

/** How a line ended, as ssh saw it. */
export type Ending = Pick<
  Ran,
  'outcome' | 'exitCode' | 'reason' | 'stdout' | 'stderr' | 'truncated' | 'durationMs'
> & {
  /**
   * the far end was not asked for anything: the connection was gone, no session was granted (MaxSessions), or the line
   * was given up before one was
   */
  notAsked?: 'gone' | 'no-session' | 'given-up'
}

export type LineBounds = {
  limitMs: number
  maxBytes: number
  signal: AbortSignal
  /** what output passes through before it is kept and counted */
  through: NonNullable<Extras['through']>
}

/** The sessions of one shared connection. */
export type Sessions = {
  /**
   * Runs one line in a session of its own, by way of the socket of the ssh that holds the connection; without a process
   * of ours, which would cost more than all the rest. Ends within its limit. Never rejects.
   */
  run(line: string, bounds: LineBounds): Promise<Ending>
  /** nothing is run over it any more: when what runs has ended, so may the ssh that holds it */
  retire(): void
}

/** As much as OpenSSH's client lets a far end send ahead, bytes. */
const WINDOW = 2 * 1024 * 1024
const PACKET = 32 * 1024
/** After the session's end, what a slow reader of ours may still take. */
const drainMs = 100
const STDERR = 1
/** After a connection is retired, how long the end of a session on it is waited for, ms. */
const lingerMs = 1000

/**
 * `socketFile`: where the ssh that holds the connection listens.
 *
 * That ssh forgets a session only when both ends have closed it. If the session's socket is gone earlier, it ends with all
 * that runs over it: a session that was not granted has no number to be closed by ("no remote_id", chan_send_close2), and
 * for one that still has something to say it writes into memory that is free already (channel_free of a channel that was
 * marked dead). OpenSSH 7.4 to 10. So a socket stays until the far end has closed its session, whatever became of the line.
 */
export function openSessions(socketFile: string): Sessions {
  /** how many there are at most; known when the far end refused one more */
  let most = Number.POSITIVE_INFINITY
  const granted = new Set<Socket>()
  const sockets = new Set<Socket>()
  let running = 0
  let retired = false
  /** each session has a number of its own, so that no word meant for another is taken */
  let next = 0

  return {
    async run(line, bounds) {
      if (granted.size >= most) return { ...nothingYet, notAsked: 'no-session' }
      running++
      return run(line, bounds).finally(() => {
        running--
        letGo()
      })
    },
    retire() {
      retired = true
      letGo()
    },
  }

  /** Nothing runs over a retired connection that its ssh could take with it. */
  function letGo(): void {
    if (!retired) return
    const all = () => {
      if (running === 0) for (const socket of sockets) socket.destroy()
    }
    setTimeout(all, lingerMs).unref()
  }

  function run(line: string, bounds: LineBounds): Promise<Ending> {
    const { limitMs, maxBytes, signal, through } = bounds
    const from = performance.now()
    const { promise, resolve } = Promise.withResolvers<Ending>()
    const stdout = collect(through.stdout, maxBytes, settleIfRead)
    const stderr = collect(through.stderr, maxBytes, settleIfRead)
    const channel = next++
    let phase: 'greeting' | 'opening' | 'running' = 'greeting'
    let how: Partial<Ending> | undefined
    let farChannel = 0
    let left = false
    let exit: Partial<Ending> = { reason: 'the session ended without a word' }
    let drain: NodeJS.Timeout | undefined

    const socket = createConnection(socketFile)
    sockets.add(socket)
    // one turn of the event loop first: the answer may have been waiting there while we were busy
    const limit = setTimeout(() => setImmediate(stop, 'timed-out'), limitMs)
    const onAbort = () => stop('cancelled')
    signal.addEventListener('abort', onAbort, { once: true })
    socket.on('error', ({ code }: NodeJS.ErrnoException) => {
      // of our own making, and no better with another connection; whatever else it is, `close` follows
      if (code === 'EMFILE' || code === 'ENFILE' || code === 'EACCES' || code === 'EPERM')
        giveUp({ outcome: 'unreachable', reason: `the socket of the connection cannot be used (${code})` })
    })
    socket.on('close', () => {
      sockets.delete(socket)
      granted.delete(socket)
      over(phase === 'running' ? { reason: 'the connection ended' } : { notAsked: 'gone' })
    })
    const take = cutMessages((body) => (phase === 'greeting' ? greeting(body) : message(body)))
    socket.on('data', (chunk) => {
      try {
        take(chunk)
      } catch (error) {
        giveUp({ reason: `the ssh of the worker is not understood: ${(error as Error).message}` })
        socket.destroy()
      }
    })
    const greetingAndOpen = [
      muxMessage(Mux.hello, MUX_VERSION),
      muxMessage(Mux.proxy, 1),
      sshMessage(Ssh.open, 'session', channel, WINDOW, PACKET),
    ]
    socket.write(Buffer.concat(greetingAndOpen))
    if (signal.aborted) onAbort()
    return promise

    function greeting(body: Buffer): void {
      const fields = fieldReader(body)
      const number = fields.number()
      if (number === Mux.hello && fields.number() === MUX_VERSION) return
      if (number !== Mux.proxied) throw new Error(`message ${number.toString(16)} instead of proxy mode`)
      phase = 'opening'
    }

    function message(body: Buffer): void {
      const number = body.readUInt8(1)
      const fields = fieldReader(body, 2)
      if (fields.number() !== channel) throw new Error('a message for another session')
      switch (number) {
        case Ssh.openConfirmation:
          farChannel = fields.number()
          phase = 'running'
          granted.add(socket)
          if (how) leave()
          else
            socket.write(
              Buffer.concat([
                sshMessage(Ssh.request, farChannel, 'exec', true, line),
                sshMessage(Ssh.eof, farChannel),
              ]),
            )
          break
        case Ssh.openFailure:
          most = Math.min(most, granted.size)
          giveUp({ notAsked: 'no-session' })
          break
        case Ssh.data:
          pass(through.stdout, fields.bytes())
          break
        case Ssh.extendedData:
          if (fields.number() === STDERR) pass(through.stderr, fields.bytes())
          break
        case Ssh.request: {
          const what = fields.text()
          fields.boolean()
          if (what === 'exit-status') exit = { exitCode: fields.number() }
          if (what === 'exit-signal') exit = { reason: `it was ended by SIG${fields.text()}` }
          break
        }
        case Ssh.failure:
          giveUp({ reason: 'the host lets us in, but run nothing' })
          break
        case Ssh.close:
          leave()
          granted.delete(socket)
          socket.end(() => socket.destroy())
          over(exit)
      }
    }

    /** What it may send ahead grows again when this is read. */
    function pass(stream: Duplex, bytes: Buffer): void {
      if (how) return
      stream.write(bytes, () => {
        if (!how && socket.writable) socket.write(sshMessage(Ssh.windowAdjust, farChannel, bytes.length))
      })
    }

    /** The far end is done, or cannot be heard any more: what came is read to its end. */
    function over(part: Partial<Ending>): void {
      if (how) return
      how = part
      through.stdout.end()
      through.stderr.end()
      drain = setTimeout(settle, drainMs)
      settleIfRead()
    }

    function settleIfRead(): void {
      if (how && stdout.ended() && stderr.ended()) settle()
    }

    /** Nobody waits any more. What was asked for by then may have begun, whatever is heard of it. */
    function stop(outcome: 'timed-out' | 'cancelled'): void {
      giveUp({ outcome, ...(phase !== 'running' && { notAsked: 'given-up' }) })
    }

    function giveUp(part: Partial<Ending>): void {
      if (how) return
      how = part
      settle()
      socket.unref()
      if (phase === 'running') leave()
    }

    /** Closes our end of the session. */
    function leave(): void {
      if (left) return
      left = true
      if (socket.writable) socket.write(sshMessage(Ssh.close, farChannel))
    }

    function settle(): void {
      for (const timer of [limit, drain]) clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      resolve({
        ...nothingYet,
        durationMs: Math.round(performance.now() - from),
        stdout: stdout.text(),
        stderr: stderr.text(),
        truncated: stdout.truncated() || stderr.truncated(),
        ...how,
      })
      stdout.stop()
      stderr.stop()
    }
  }
}

const nothingYet: Ending = {
  outcome: 'exited',
  exitCode: null,
  durationMs: 0,
  stdout: '',
  stderr: '',
  truncated: false,
}

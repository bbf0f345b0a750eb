import type { ChildProcess } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { type Duplex, pipeline, type Readable } from 'node:stream'
import { execa } from 'execa'
import { collect } from './collect.ts'
import { childEnvironment } from './environment.ts'
import { killGroup, killOne, livingIn, lookAt, type Process } from './process-table.ts'

/** What became of a child: how it exited, if it did; why we ended it, if we did; what even SIGKILL did not end. */
export type Fate = {
  exit: { code: number | null; signal: string | null } | undefined
  ending: 'timed-out' | 'cancelled' | undefined
  stuck: Process[]
  stdout: string
  stderr: string
  truncated: boolean
}

export type Bounds = { limitMs: number; graceMs: number; maxBytes: number; signal: AbortSignal } & Extras

export type Extras = {
  /** what output passes through before it is kept and counted */
  through?: { stdout: Duplex; stderr: Duplex }
  /** what it leaves behind when it exits by itself is meant to stay */
  leaves?: boolean
}

/** After a child's exit, how long a grandchild that holds its pipes may keep us waiting. */
const drainMs = 100
const pollMs = 25

/**
 * Starts a program as the leader of its own session, so that all of it can be ended at once; in `/`, so that it
 * never pins a mount. Its pipes, time and end are ours: execa's own limits wait for a child in state D for ever.
 */
export function spawn(program: string, args: string[]) {
  return execa(program, args, {
    detached: true,
    cleanup: false,
    reject: false,
    buffer: false,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    cwd: '/',
    extendEnv: false,
    env: childEnvironment(process.env),
  })
}

/** A start takes about ten: three pairs for pipes and errors, and what node opens on the way. */
const descriptorsPerStart = 16

/**
 * The error code when the worker has too few free file descriptors to start anything, else undefined.
 * Asked first, because node reports this one error (EMFILE) so that it would end the whole worker.
 */
export function shortOfDescriptors(): string | undefined {
  const open: number[] = []
  try {
    while (open.length < descriptorsPerStart) open.push(openSync('/dev/null', 'r'))
    return undefined
  } catch (error) {
    return (error as NodeJS.ErrnoException).code
  } finally {
    open.forEach(closeSync)
  }
}

/** Follows a started child to its end, or to `graceMs` after its SIGKILL, whatever it does. Never rejects. */
export function follow(child: ChildProcess, pid: number, bounds: Bounds): Promise<Fate> {
  const { promise, resolve } = Promise.withResolvers<Fate>()
  let exit: Fate['exit']
  let ending: Fate['ending']
  let deadline: NodeJS.Timeout | undefined
  let poll: NodeJS.Timeout | undefined
  const stdout = collect(through(child.stdout!, bounds.through?.stdout), bounds.maxBytes, settleIfOver)
  const stderr = collect(through(child.stderr!, bounds.through?.stderr), bounds.maxBytes, settleIfOver)

  // one turn of the event loop first: the exit may have been waiting there while we were busy
  const limit = setTimeout(() => setImmediate(end, 'timed-out'), bounds.limitMs)
  const onAbort = () => end('cancelled')
  bounds.signal.addEventListener('abort', onAbort, { once: true })
  child.once('exit', (code, signal) => {
    exit = { code, signal }
    clearTimeout(limit)
    if (!bounds.leaves) killGroup(pid) // what it left behind
    deadline ??= setTimeout(giveUp, drainMs)
    poll = setInterval(settleIfOver, pollMs)
    settleIfOver()
  })
  return promise

  function end(why: 'timed-out' | 'cancelled'): void {
    if (exit || ending) return
    ending = why
    killSession(pid)
    deadline = setTimeout(giveUp, bounds.graceMs)
  }

  /** Nobody holds its pipes and nothing of it lives: the usual end. */
  function settleIfOver(): void {
    if (!exit || !stdout.ended() || !stderr.ended()) return
    if (leftAlone() || !killGroup(pid) || livingIn(pid).length === 0) settle([])
  }

  function giveUp(): void {
    if (!leftAlone() && !ending) killSession(pid)
    // one turn of the event loop, in which everything that it had written is read
    setImmediate(() => {
      if (leftAlone()) {
        settle([])
        return
      }
      const living = livingIn(pid)
      settle(living.length > 0 || exit ? living : [lookAt(pid) ?? []].flat())
    })
  }

  function leftAlone(): boolean {
    return bounds.leaves === true && !ending
  }

  function settle(stuck: Process[]): void {
    for (const timer of [limit, deadline, poll]) clearTimeout(timer)
    bounds.signal.removeEventListener('abort', onAbort)
    const truncated = stdout.truncated() || stderr.truncated()
    resolve({ exit, ending, stuck, stdout: stdout.text(), stderr: stderr.text(), truncated })
    stdout.stop()
    stderr.stop()
    child.unref()
  }
}

/** Its group, and whatever of its session had made a group of its own. */
function killSession(leader: number): void {
  killGroup(leader)
  for (const { pid } of livingIn(leader)) killOne(pid)
}

/** A filter that is destroyed lets go of its source as well. */
function through(source: Readable, filter: Duplex | undefined): Readable {
  return filter ? pipeline(source, filter, () => {}) : source
}

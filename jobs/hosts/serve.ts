import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { execa } from 'execa'
import { mask } from '../mask.ts'

const LINES_KEPT = 20
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Process groups to take down with us. */
const groups = new Set<number>()
let watchingOurEnd = false

/** A long-living child that did not come up. Its last lines are in the message, secrets masked. */
export class ServeFailed extends Error {
  readonly code: 'not-found' | 'died' | 'not-ready'
  readonly lastLines: string[]
  constructor(code: ServeFailed['code'], message: string, lastLines: string[]) {
    super([message, ...lastLines.map((line) => `  | ${line}`)].join('\n'))
    this.name = 'ServeFailed'
    this.code = code
    this.lastLines = lastLines
  }
}

export type Exit = { exitCode: number | null; signal: NodeJS.Signals | null }

export type Served<T> = {
  pid: number
  /** what `ready` made of the line that said so */
  value: T
  /** never rejects */
  exited: Promise<Exit>
  /** SIGTERM to the group, SIGKILL after `graceMs` (3 s); returns at the latest a second after that */
  stop(graceMs?: number): Promise<void>
}

export type ServeOptions<T> = {
  /** for messages: "redis-server" */
  name: string
  argv: readonly [string, ...string[]]
  /** the child's whole environment; nothing of ours is added */
  env: Record<string, string | undefined>
  cwd?: string
  /** called with each line of stdout and stderr; anything but undefined means that it is up */
  ready: (line: string) => T | undefined
  readyWithinMs: number
  /** gets every line it prints, for as long as it lives */
  log?: (line: string) => void
}

/**
 * Starts a program that stays, and waits until it says that it is ready. It leads a process group of its own, which
 * is killed as a whole: on `stop`, when it does not come up, and when we end. After a SIGKILL of ours only its stdin
 * closes: children that are ours end on that. Throws ServeFailed.
 */
export async function serve<T>(options: ServeOptions<T>): Promise<Served<T>> {
  const [file, ...args] = options.argv
  const child = execa(file, args, {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: options.env,
    extendEnv: false,
    detached: true,
    cleanup: false,
    reject: false,
    buffer: false,
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const { pid } = child
  if (pid === undefined) {
    const { shortMessage } = await child
    throw new ServeFailed('not-found', `${options.name} could not be started: ${shortMessage}`, [])
  }
  // a child that dies while it is written to must not end us
  child.stdin?.on('error', () => {})
  groups.add(pid)
  watchOurEnd()

  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (exitCode, signal) => {
      // what it started must not outlive it, nor keep its pipes open
      killGroup(pid, 'SIGKILL')
      groups.delete(pid)
      resolve({ exitCode, signal })
    })
  })
  const stop = async (graceMs = 3000) => {
    if (!groups.has(pid)) return
    killGroup(pid, 'SIGTERM')
    if (await within(exited, graceMs)) return
    killGroup(pid, 'SIGKILL')
    await within(exited, 1000)
  }

  const lines: string[] = []
  let up = false
  const value = await new Promise<T>((resolve, reject) => {
    const fail = (code: ServeFailed['code'], what: string) =>
      reject(new ServeFailed(code, `${options.name} ${what}`, lines.map(mask)))
    let tooLate = false
    const late = setTimeout(() => {
      tooLate = true
      void stop(500).then(() => fail('not-ready', `was not ready after ${options.readyWithinMs} ms`))
    }, options.readyWithinMs)
    const read = (line: string) => {
      lines.push(line)
      if (lines.length > LINES_KEPT) lines.shift()
      options.log?.(line)
      const found = up ? undefined : options.ready(line)
      if (found === undefined) return
      up = true
      clearTimeout(late)
      resolve(found)
    }
    const drained = [child.stdout, child.stderr].map((stream) => eachLine(stream, read))
    void exited.then(async ({ exitCode, signal }) => {
      clearTimeout(late)
      if (tooLate) return
      // its last words may still be in the pipe
      await within(Promise.all(drained), 300)
      fail('died', `ended before it was ready (${signal ?? `exit code ${exitCode}`})`)
    })
  })
  return { pid, value, exited, stop }
}

function eachLine(stream: Readable | null | undefined, read: (line: string) => void): Promise<void> {
  return new Promise((resolve) => {
    if (!stream) return resolve()
    createInterface({ input: stream }).on('line', read).once('close', resolve)
  })
}

async function within(done: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms)
  })
  const won = await Promise.race([done.then(() => true), late])
  clearTimeout(timer)
  return won
}

function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch (error) {
    // gone already, or (macOS) only its zombie is left
    if (!['ESRCH', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
}

function watchOurEnd(): void {
  if (watchingOurEnd) return
  watchingOurEnd = true
  const killAll = () => {
    for (const pid of groups) killGroup(pid, 'SIGKILL')
  }
  process.on('exit', killAll)
  for (const signal of ENDING) {
    const ended = () => {
      // somebody else shuts down in order; that ends in 'exit'
      if (process.listenerCount(signal) > 1) return
      killAll()
      process.removeListener(signal, ended)
      process.kill(process.pid, signal)
    }
    process.on(signal, ended)
  }
}

import { mkdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { type Served, serve } from '../hosts/serve.ts'
import { holdLock } from './lock.ts'
import type { Log } from './log.ts'
import type { Program } from './programs.ts'

const START_MS = 30_000
/** The kernel's limit for the path of a unix socket is 107 bytes; macOS has 103. */
const SOCKET_PATH_BYTES = 100

/** The private Redis could not be had. The message says why and what to do. */
export class NoPrivateRedis extends Error {
  readonly code = 'no-private-redis'
  constructor(why: string, options?: ErrorOptions) {
    super(`No Redis of our own: ${why}`, options)
    this.name = 'NoPrivateRedis'
  }
}

export type PrivateServer = {
  socket: string
  /** we started it, and it ends with us; else another process of ours did */
  owned: boolean
  close(): Promise<void>
}

/**
 * A Redis on a unix socket in `stateDir` that only this user can reach: joins the one that another process of ours
 * runs there, else starts it, and starts it again when it dies. One that its owner left behind is replaced, so that
 * there is always somebody to restart it; its data stays. Throws NoPrivateRedis, ServeFailed.
 */
export async function privateServer(program: Program, stateDir: string, log: Log): Promise<PrivateServer> {
  const dataDir = join(stateDir, 'redis')
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const socket = join(realpathSync(stateDir), program.socket)
  if (Buffer.byteLength(socket) > SOCKET_PATH_BYTES) {
    throw new NoPrivateRedis(
      `${socket} is too long for a unix socket; choose a state directory with a shorter path.`,
    )
  }
  const deadline = Date.now() + START_MS
  while (Date.now() < deadline) {
    const lock = await holdLock(stateDir, program.socket)
    if (lock) {
      await endLeftOver(socket, log)
      const server = await keepServing(program, socket, dataDir, log).catch(async (error) => {
        await lock.release()
        throw error
      })
      return { socket, owned: true, close: () => server.stop().then(lock.release) }
    }
    if ((await ask(socket)) === 'ready') return { socket, owned: false, close: async () => {} }
    await sleep(100)
  }
  throw new NoPrivateRedis(
    `another process has been starting one in ${stateDir} for ${START_MS / 1000} s. Look what holds it up: ` +
      `redis-cli -s ${socket} ping`,
  )
}

async function keepServing(program: Program, socket: string, dataDir: string, log: Log) {
  let closing = false
  const start = () =>
    serve<true>({
      name: program.kind === 'found' ? 'redis-server' : 'the embedded Redis',
      argv: program.argv(socket, dataDir),
      // nothing else: it needs no token of ours
      env: { PATH: process.env.PATH },
      cwd: dataDir,
      ready: (line) => program.isReady(line) || undefined,
      readyWithinMs: START_MS,
    })
  let server: Served<true> = await start()
  const watch = async () => {
    for (let failures = 0; ; ) {
      const { exitCode, signal } = await server.exited
      if (closing) return
      log.warn(`the private Redis ended (${signal ?? `exit code ${exitCode}`}); starting it again`)
      while (!closing) {
        await sleep(Math.min(100 * 2 ** failures, 5000))
        const next = await start().catch((error: Error) => log.warn(error.message))
        failures = next ? 0 : failures + 1
        if (!next) continue
        server = next
        // closed while it was starting
        if (closing) await server.stop()
        break
      }
      if (closing) return
    }
  }
  const watched = watch()
  return {
    stop: async () => {
      closing = true
      await server.stop()
      await watched
    },
  }
}

/** We hold the lock and yet something is there: its owner was killed. Its data is on disk when it has ended. */
async function endLeftOver(socket: string, log: Log): Promise<void> {
  if ((await ask(socket)) === 'nobody') return
  log.info('taking over the private Redis of a process that was killed')
  await ask(socket, (redis) => redis.shutdown('NOSAVE'))
  for (const deadline = Date.now() + START_MS; (await ask(socket)) !== 'nobody'; await sleep(20)) {
    if (Date.now() > deadline)
      throw new NoPrivateRedis(`what serves ${socket} neither answers nor ends; end it by hand.`)
  }
}

/** Who answers on the socket, by a connection of its own; `busy`: it still reads its data from disk, or hangs. */
async function ask(
  socket: string,
  command: (redis: Redis) => Promise<unknown> = (redis) => redis.ping(),
): Promise<'ready' | 'busy' | 'nobody'> {
  const redis = new Redis({
    path: socket,
    lazyConnect: true,
    retryStrategy: null,
    connectTimeout: 1000,
    commandTimeout: 2000,
    enableReadyCheck: false,
  })
  redis.on('error', () => {})
  try {
    await redis.connect()
    await command(redis)
    return 'ready'
  } catch (error) {
    return error instanceof Error && /^LOADING|timed out/.test(error.message) ? 'busy' : 'nobody'
  } finally {
    redis.disconnect()
  }
}

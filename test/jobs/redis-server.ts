import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Served, serve } from '../../jobs/hosts/serve.ts'
import { dial, isReady, type Purpose, type RedisClient } from '../../jobs/redis/dial.ts'
import { embeddedRedis, foundRedis, type Program } from '../../jobs/redis/programs.ts'
import { parseRedisUrl } from '../../jobs/redis/url.ts'

export const silent = { info: () => {}, warn: () => {} }

/** A Redis of one test file: on a unix socket in a temporary folder, gone when the test is. */
export type TestRedis = {
  url: string
  kind: Program['kind']
  pid(): number
  /** closed by stop() */
  connect(purpose?: Purpose): Promise<RedisClient>
  /** SIGKILL; returns when it is gone */
  kill(): Promise<void>
  /** after kill(): on the same socket, with what is on disk */
  restart(): Promise<void>
  stop(): Promise<void>
}

/**
 * redis-server from PATH, or the embedded one where there is none (or UNWEDGE_TEST_REDIS=embedded).
 * What needs data to outlive a restart belongs into test/lab/: the embedded one keeps nothing.
 */
export async function startRedis(): Promise<TestRedis> {
  const program = (process.env.UNWEDGE_TEST_REDIS !== 'embedded' && foundRedis()) || embeddedRedis()
  return await startProgram(program)
}

export async function startProgram(program: Program): Promise<TestRedis> {
  const directory = mkdtempSync(join(tmpdir(), 'unwedge-redis-'))
  const cleanUp = () => rmSync(directory, { recursive: true, force: true })
  // also after a test that failed half-way
  process.once('exit', cleanUp)
  const socket = join(directory, program.socket)
  const url = `unix://${socket}`
  const start = () =>
    serve<true>({
      name: program.kind,
      argv: program.argv(socket, directory),
      env: { PATH: process.env.PATH },
      ready: (line) => program.isReady(line) || undefined,
      readyWithinMs: 20_000,
    })
  let server: Served<true> = await start()
  const clients: RedisClient[] = []
  return {
    url,
    kind: program.kind,
    pid: () => server.pid,
    connect: async (purpose = 'commands') => {
      const client = dial(parseRedisUrl(url), purpose, silent)
      clients.push(client)
      if (!(await isReady(client, 5000))) throw new Error(`no connection to ${url}`)
      return client
    },
    kill: async () => {
      process.kill(server.pid, 'SIGKILL')
      await server.exited
    },
    restart: async () => {
      server = await start()
    },
    stop: async () => {
      for (const client of clients) client.disconnect()
      await server.stop()
      process.off('exit', cleanUp)
      cleanUp()
    },
  }
}

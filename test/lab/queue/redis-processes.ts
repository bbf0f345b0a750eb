import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Served, serve } from '../../../jobs/hosts/serve.ts'
import { foundRedis, type Program } from '../../../jobs/redis/programs.ts'

/** Debian's redis-server; the lab does not do without. */
export function realRedis(): Program {
  const program = foundRedis()
  if (!program) throw new Error('the lab needs redis-server on PATH: apt install redis-server')
  return program
}

export type RedisProcess = { port: number; pid: number; kill(): Promise<void> }

/** Servers on free TCP ports of 127.0.0.1, with their data in one temporary folder; all gone after stop(). */
export function redisProcesses() {
  const directory = mkdtempSync(join(tmpdir(), 'unwedge-redis-lab-'))
  const all: Served<true>[] = []
  const start = async (settings: string[], mode: string[] = []): Promise<RedisProcess> => {
    const port = await freePort()
    const config = join(directory, `${port}.conf`)
    const common = [
      `port ${port}`,
      'bind 127.0.0.1',
      `dir ${directory}`,
      'maxmemory-policy noeviction',
      'save ""',
    ]
    writeFileSync(config, [...(mode.length ? common.slice(0, 3) : common), ...settings, ''].join('\n'))
    const served = await serve<true>({
      name: `redis-server on ${port}`,
      argv: ['redis-server', config, ...mode],
      env: { PATH: process.env.PATH },
      ready: (line) => /ready to accept connections|Sentinel ID is/i.test(line) || undefined,
      readyWithinMs: 20_000,
    })
    all.push(served)
    return {
      port,
      pid: served.pid,
      kill: async () => {
        process.kill(served.pid, 'SIGKILL')
        await served.exited
      },
    }
  }
  return {
    start,
    stop: async () => {
      await Promise.all(all.map((each) => each.stop(500)))
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** A cluster node also uses its port plus 10000, so both have to fit. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 20_000)
    if ((await isFree(port)) && (await isFree(port + 10_000))) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

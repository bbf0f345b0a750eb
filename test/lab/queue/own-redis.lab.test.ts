import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { serve } from '../../../jobs/hosts/serve.ts'
import { type OpenRedis, openRedis } from '../../../jobs/redis/open-redis.ts'
import { eventually, isRunning } from '../../jobs/processes.ts'
import { realRedis } from './redis-processes.ts'

let stateDir: string
const opened: OpenRedis[] = []
const said: string[] = []
const log = { info: () => {}, warn: (text: string) => void said.push(text) }

beforeEach(() => {
  realRedis()
  stateDir = mkdtempSync(join(tmpdir(), 'unwedge-state-'))
  said.length = 0
})
afterEach(async () => {
  // the owner last
  for (const each of opened.splice(0).reverse()) await each.close()
  rmSync(stateDir, { recursive: true, force: true })
})

async function open(): Promise<OpenRedis> {
  const redis = await openRedis({ stateDir, allowEmbedded: false, log })
  opened.push(redis)
  return redis
}

async function pidOf(redis: OpenRedis): Promise<number> {
  const client = await redis.connect('commands')
  const pid = Number(/^process_id:(\d+)/m.exec(await client.info())?.[1])
  client.disconnect()
  return pid
}

it('runs it on a private socket, with every write on disk and nothing evicted', async () => {
  const redis = await open()
  expect(redis).toMatchObject({ kind: 'found', durable: true })
  expect(redis.describe()).toMatch(/^unix:.*redis\.sock \(found, version \d.*, durable\)$/)
  const config = await (await redis.connect('commands')).config(
    'GET',
    'appendfsync',
    'port',
    'maxmemory-policy',
  )
  expect(Object.fromEntries(pairs(config as string[]))).toEqual({
    appendfsync: 'always',
    port: '0',
    'maxmemory-policy': 'noeviction',
  })
  expect(said).toEqual([])
})

it('lets a second process join it, and leaves it running when that one goes', async () => {
  const [first, second] = [await open(), await open()]
  expect(await pidOf(second)).toBe(await pidOf(first))
  await second.close()
  expect(await pidOf(first)).toBeGreaterThan(1)
})

it('is one server, also when several open it at the same moment', async () => {
  const all = await Promise.all(Array.from({ length: 4 }, () => open()))
  const pids = await Promise.all(all.map((redis) => pidOf(redis)))
  expect(new Set(pids).size).toBe(1)
})

it('ends it on close, and has its data the next time', async () => {
  const first = await open()
  const pid = await pidOf(first)
  await (await first.connect('commands')).set('kept', 'yes')
  await first.close()
  expect(isRunning(pid)).toBe(false)
  expect(await (await (await open()).connect('commands')).get('kept')).toBe('yes')
})

it('is started again when it is killed, with its data', async () => {
  const redis = await open()
  const client = await redis.connect('worker')
  await client.set('kept', 'yes')
  const pid = await pidOf(redis)
  process.kill(pid, 'SIGKILL')
  expect(await client.get('kept')).toBe('yes')
  expect(await pidOf(redis)).not.toBe(pid)
  await redis.close()
})

it('is taken over with its data from an owner that was killed, and ends with the new one', async () => {
  const module = fileURLToPath(new URL('../../../jobs/redis/open-redis.ts', import.meta.url))
  const code = `
    import { openRedis } from ${JSON.stringify(module)}
    const log = { info() {}, warn() {} }
    const redis = await openRedis({ stateDir: ${JSON.stringify(stateDir)}, allowEmbedded: false, log })
    await (await redis.connect('commands')).set('kept', 'yes')
    console.log('up')`
  const owner = await serve<true>({
    name: 'the owner',
    argv: [process.execPath, '--input-type=module', '-e', code],
    env: { PATH: process.env.PATH },
    ready: (line) => line === 'up' || undefined,
    readyWithinMs: 20_000,
  })
  const joined = await open()
  const orphan = await pidOf(joined)
  process.kill(owner.pid, 'SIGKILL')
  await owner.exited
  expect(isRunning(orphan)).toBe(true)
  const heir = await open()
  expect(await (await heir.connect('commands')).get('kept')).toBe('yes')
  expect(await eventually(() => !isRunning(orphan))).toBe(true)
  const client = await joined.connect('worker')
  expect(await client.get('kept')).toBe('yes')
  const pid = await pidOf(heir)
  await joined.close()
  await heir.close()
  expect(isRunning(pid)).toBe(false)
})

function pairs(flat: string[]): [string, string][] {
  return flat.flatMap((key, i): [string, string][] => (i % 2 ? [] : [[key, flat[i + 1] ?? '']]))
}

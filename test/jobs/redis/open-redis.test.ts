import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type OpenRedis, openRedis } from '../../../jobs/redis/open-redis.ts'
import { QueueUnreachable, reaching } from '../../../jobs/redis/unreachable.ts'
import { eventually } from '../processes.ts'
import { startRedis } from '../redis-server.ts'

let stateDir: string
let path: string | undefined
const open: OpenRedis[] = []
const said: string[] = []
const log = { info: (text: string) => void said.push(text), warn: (text: string) => void said.push(text) }

beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'unwedge-state-'))
  path = process.env.PATH
  said.length = 0
})
afterEach(async () => {
  process.env.PATH = path
  // the owner last
  for (const each of open.splice(0).reverse()) await each.close()
  rmSync(stateDir, { recursive: true, force: true })
})

async function openOne(options: Partial<Parameters<typeof openRedis>[0]> = {}): Promise<OpenRedis> {
  const redis = await openRedis({ stateDir, allowEmbedded: true, log, ...options })
  open.push(redis)
  return redis
}

describe('without a URL and without redis-server', () => {
  beforeEach(() => {
    process.env.PATH = '/nowhere'
  })

  it('runs the embedded one where that is allowed, and says that it is not durable', async () => {
    const redis = await openOne()
    expect(redis).toMatchObject({ kind: 'embedded', durable: false })
    expect(await (await redis.connect('commands')).ping()).toBe('PONG')
    expect(said.join('\n')).toMatch(/embedded Redis: not durable/)
    expect(redis.describe()).toMatch(/embedded.sock \(embedded, version .*NOT durable/)
  })

  it('refuses where it is not, and says what to install or set', async () => {
    await expect(openOne({ allowEmbedded: false })).rejects.toThrow(/apt install redis-server.*REDIS_URL/)
  })

  it('starts the embedded one again when it dies, on the same socket', async () => {
    const redis = await openOne()
    const client = await redis.connect('worker')
    await client.set('a', '1')
    await (await redis.connect('commands')).shutdown('NOSAVE').catch(() => {})
    expect(await eventually(async () => (await client.get('a')) === null)).toBe(true)
  })
})

describe('with a URL', () => {
  it('uses that one, and warns when a restart would lose approvals', async () => {
    const given = await startRedis()
    try {
      const client = await given.connect()
      if (given.kind === 'found') await client.config('SET', 'appendonly', 'no')
      const redis = await openOne({ url: given.url, allowEmbedded: false })
      expect(redis).toMatchObject({ kind: 'given', durable: false })
      expect(said.join('\n')).toMatch(/Set "appendonly yes"/)
      await client.config('SET', 'maxmemory-policy', 'allkeys-lru')
      await client.config('SET', 'maxmemory', '100mb')
      await expect(openOne({ url: given.url })).rejects.toThrow(/drops keys.*maxmemory-policy noeviction/)
    } finally {
      await given.stop()
    }
  })

  it('fails within two seconds when nothing is there, and never shows the password', async () => {
    const began = Date.now()
    const url = 'redis://app:hunter2@127.0.0.1:1/0'
    const error = await openOne({ url }).catch((failure) => failure)
    expect(error).toBeInstanceOf(QueueUnreachable)
    expect(Date.now() - began).toBeLessThan(2000)
    expect(`${error.stack} ${JSON.stringify(error)} ${said.join()}`).not.toContain('hunter2')
    expect(error.message).toMatch(/REDIS_URL/)
  })

  it('fails within two seconds when something accepts and never answers', async () => {
    const mute = createServer(() => {}).listen(0, '127.0.0.1')
    await new Promise((resolve) => mute.once('listening', resolve))
    const { port } = mute.address() as { port: number }
    const began = Date.now()
    await expect(openOne({ url: `redis://127.0.0.1:${port}` })).rejects.toBeInstanceOf(QueueUnreachable)
    expect(Date.now() - began).toBeLessThan(2000)
    mute.close()
  })

  it('does not show the password when it is wrong either', async () => {
    const given = await startRedis()
    const client = await given.connect()
    await client.config('SET', 'requirepass', 'right-one')
    const error = await openOne({ url: `${given.url}?password=hunter2` }).catch((failure) => failure)
    await given.stop()
    expect(error.message).toMatch(/WRONGPASS/)
    expect(`${error.stack} ${JSON.stringify(error)} ${said.join()}`).not.toMatch(/hunter2|right-one/)
    expect(said.join()).toMatch(/WRONGPASS/)
  })
})

describe('a "commands" connection', () => {
  it('fails within two seconds when Redis hangs, and works again when it goes on', async () => {
    const redis = await startRedis()
    const client = await redis.connect('commands')
    process.kill(redis.pid(), 'SIGSTOP')
    const began = Date.now()
    await expect(reaching('the check', () => client.get('a'))).rejects.toThrow(
      /so the check was not confirmed/,
    )
    expect(Date.now() - began).toBeLessThan(2000)
    process.kill(redis.pid(), 'SIGCONT')
    expect(await eventually(() => reaching('it', () => client.ping()).then(Boolean, () => false))).toBe(true)
    await redis.stop()
  })

  it('fails at once while Redis is gone, keeps nothing to send later, and works when it is back', async () => {
    const redis = await startRedis()
    const client = await redis.connect('commands')
    await redis.kill()
    await sleep(1500)
    const began = Date.now()
    for (let i = 0; i < 10; i++) {
      await expect(reaching('it', () => client.set('late', '1'))).rejects.toBeInstanceOf(QueueUnreachable)
    }
    expect(Date.now() - began).toBeLessThan(400)
    await redis.restart()
    expect(await eventually(() => reaching('it', () => client.ping()).then(Boolean, () => false))).toBe(true)
    expect(await client.get('late')).toBeNull()
    await redis.stop()
  })

  it('does not repeat by itself what Redis had no time to answer', async () => {
    const redis = await startRedis()
    const client = await redis.connect('commands')
    process.kill(redis.pid(), 'SIGSTOP')
    const asked = reaching('it', () => client.incr('late')).catch((error) => error)
    await sleep(50)
    await redis.kill()
    // back before the first attempt to connect again
    await redis.restart()
    expect(await asked).toBeInstanceOf(QueueUnreachable)
    expect(await eventually(() => reaching('it', () => client.ping()).then(Boolean, () => false))).toBe(true)
    expect(await client.get('late')).toBeNull()
    await redis.stop()
  })

  it('leaves errors that are no outage as they are', async () => {
    const redis = await startRedis()
    const client = await redis.connect('commands')
    await client.set('text', 'x')
    await expect(reaching('it', () => client.lpush('text', 'y'))).rejects.toThrow(/WRONGTYPE/)
    await redis.stop()
  })
})

it('logs an outage once, not at every attempt', async () => {
  const redis = await startRedis()
  const opened = await openRedis({ url: redis.url, stateDir, allowEmbedded: false, log })
  await opened.connect('worker')
  said.length = 0
  await redis.kill()
  await sleep(1200)
  expect(said.filter((line) => /trying again/.test(line))).toHaveLength(1)
  await opened.close()
  await redis.stop()
})

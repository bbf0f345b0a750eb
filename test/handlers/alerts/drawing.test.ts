import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createDrawing } from '../../../handlers/alerts/drawing.ts'
import { createQueues, type Queues } from '../../../jobs/queues.ts'
import type { RedisClient } from '../../../jobs/redis/dial.ts'
import { keyOf } from '../../../jobs/redis/keys.ts'
import { startRedis, type TestRedis } from '../../jobs/redis-server.ts'

let redis: TestRedis
let client: RedisClient
let queues: Queues
let drawn: string[]
beforeEach(async () => {
  redis = await startRedis()
  client = await redis.connect()
  queues = createQueues(client)
  drawn = []
})
afterEach(async () => {
  await queues.close()
  await redis.stop()
})

const log = { error: () => {} }
const drawing = (draw: (id: string) => Promise<void>) =>
  createDrawing({ queues, log } as unknown as Parameters<typeof createDrawing>[0], client, async (id) => {
    drawn.push(id)
    await draw(id)
  })
const JOB = 'draw-C1-t1'

test('draws each thing once, in the order in which it went out of date', async () => {
  const { stale, catchUp } = drawing(async () => {})
  for (const id of ['b', 'a', 'b', 'c']) {
    await stale('C1', id, 'soon')
    // the order is that of milliseconds
    await vi.waitFor(() => Date.now() % 2 === 0)
  }
  await catchUp(JOB)
  expect(drawn).toEqual(['b', 'a', 'c'])
  await catchUp(JOB)
  expect(drawn).toHaveLength(3)
})

test('what changes while it is drawn is drawn again', async () => {
  const { stale, catchUp } = drawing(async () => {
    if (drawn.length === 1) await stale('C1', 'a', 'soon')
  })
  await stale('C1', 'a', 'soon')
  await catchUp(JOB)
  expect(drawn).toEqual(['a', 'a'])
})

test('what can never be drawn keeps nothing else from being drawn', async () => {
  const { stale, catchUp } = drawing(async (id) => {
    if (id === 'broken') throw new TypeError('a bug')
  })
  await stale('C1', 'broken', 'soon')
  await stale('C1', 'good', 'soon')
  await expect(catchUp(JOB)).rejects.toThrow('a bug')
  await expect(catchUp(JOB)).rejects.toThrow('a bug')
  expect(drawn).toContain('good')
})

test('one draws at a time in a channel, and whoever comes meanwhile is not forgotten', async () => {
  let under = 0
  let most = 0
  const { stale, catchUp } = drawing(async () => {
    most = Math.max(most, ++under)
    await new Promise((resolve) => setTimeout(resolve, 5))
    under -= 1
  })
  const ids = Array.from({ length: 30 }, (_, n) => `i${n}`)
  await Promise.all(
    ids.map(async (id) => {
      await stale('C1', id, 'soon')
      await catchUp(JOB)
    }),
  )
  await vi.waitFor(() => expect(new Set(drawn).size).toBe(30), { timeout: 5000 })
  expect(most).toBe(1)
})

test('what goes out of date between the last look and the end of drawing is drawn, too', async () => {
  const { stale, catchUp } = drawing(async () => {})
  const look = client.zrange.bind(client) as unknown as (...args: string[]) => Promise<string[]>
  let late = true
  vi.spyOn(client, 'zrange').mockImplementation((async (...args: string[]) => {
    const seen = await look(...args)
    if (seen.length === 0 && late) {
      late = false
      await stale('C1', 'late', 'soon')
      await catchUp(JOB)
    }
    return seen
  }) as unknown as typeof client.zrange)
  await catchUp(JOB)
  expect(drawn).toEqual(['late'])
})

test('what waits without anyone having counted its changes is drawn and forgotten, too', async () => {
  await client.zadd(keyOf('to-draw', 'C1'), Date.now(), 'a')
  await drawing(async () => {}).catchUp(JOB)
  expect(drawn).toEqual(['a'])
})

test('a process that dies while it draws leaves all of it to the next', async () => {
  const dying = drawing(() => new Promise(() => {}))
  await dying.stale('C1', 'a', 'soon')
  void dying.catchUp(JOB)
  await vi.waitFor(() => expect(drawn).toEqual(['a']))
  await drawing(async () => {}).catchUp(JOB)
  expect(drawn).toEqual(['a', 'a'])
})

import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { announce, workersOf } from '../../jobs/presence.ts'
import { startRedis, type TestRedis } from './redis-server.ts'
import { NOON } from './sample.ts'

const worker = (id: string, cluster: string) => ({ id, cluster, version: '0.1.0', since: NOON })

let redis: TestRedis
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())

it('knows the workers of one cluster, and not those of another', async () => {
  const client = await redis.connect()
  await announce(client, worker('w1', 'a'))
  await announce(client, worker('w2', 'a'))
  await announce(client, worker('w3', 'b'))
  const { alive } = await workersOf(client, 'a')
  expect(alive.toSorted((x, y) => (x.id < y.id ? -1 : 1))).toEqual([worker('w1', 'a'), worker('w2', 'a')])
})

it('says nothing about a cluster that never had a worker', async () => {
  expect(await workersOf(await redis.connect(), 'never')).toEqual({ alive: [], lastSeen: undefined })
})

it('stays while it is there, is gone at once when it leaves, and says since when', async () => {
  const client = await redis.connect()
  const { leave } = await announce(client, worker('w1', 'c'), 50)
  await sleep(300)
  expect((await workersOf(client, 'c', 200)).alive).toHaveLength(1)
  await leave()
  const left = await workersOf(client, 'c', 200)
  expect(left.alive).toEqual([])
  expect(Math.abs(left.lastSeen! - Date.now())).toBeLessThan(2000)
})

it('counts a worker that died as gone after its time, and remembers when it was there', async () => {
  const dying = await redis.connect()
  await announce(dying, worker('w1', 'd'), 50)
  dying.disconnect()
  await sleep(250)
  const { alive, lastSeen } = await workersOf(await redis.connect(), 'd', 200)
  expect(alive).toEqual([])
  expect(Date.now() - lastSeen!).toBeGreaterThan(150)
})

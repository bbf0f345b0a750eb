import { afterAll, beforeAll, expect, test } from 'vitest'
import { createQueues, type Queues } from '../../jobs/queues.ts'
import { startRedis, type TestRedis } from './redis-server.ts'

let redis: TestRedis
let queues: Queues

beforeAll(async () => {
  redis = await startRedis()
  queues = createQueues(await redis.connect())
})
afterAll(async () => {
  await queues?.close()
  await redis?.stop()
})

const request = (id: string, requestedAt = Date.now()) => ({
  id,
  playbook: 'watchers',
  args: { target: 'rbd/vol7' },
  cluster: 'test',
  requestedBy: 'U0LIN00001',
  origin: { channel: 'C0INCIDENT' },
  requestedAt,
})
const idsOf = async () => (await queues.unqueued(Date.now() + 1000)).map(({ id }) => id)

test('lists what was accepted and not queued, whole, until it is queued', async () => {
  const accepted = request('chk-accepted')
  expect(await queues.acceptCheck(accepted)).toBe('added')
  expect(await queues.unqueued(Date.now() + 1000)).toEqual([accepted])
  expect(await queues.addCheck(accepted, true)).toBe('added')
  await queues.checkQueued(accepted.id)
  expect(await idsOf()).toEqual([])
  expect(await queues.load('test')).toMatchObject({ waiting: 1 })
})

test('says of a check that is in the queue already that it is one', async () => {
  const twice = request('chk-accepted')
  expect(await queues.acceptCheck(twice)).toBe('duplicate')
  expect(await queues.addCheck(twice, false)).toBe('duplicate')
  await queues.checkQueued(twice.id)
  expect(await queues.load('test')).toMatchObject({ waiting: 1 })
})

test('leaves what was accepted just now to whoever accepted it', async () => {
  await queues.acceptCheck(request('chk-recent', Date.now()))
  expect(await queues.unqueued(Date.now() - 5000)).toEqual([])
  expect(await idsOf()).toEqual(['chk-recent'])
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OutboxRecords, outboxRecords } from '../../handlers/outbox-records.ts'
import { startRedis, type TestRedis } from '../jobs/redis-server.ts'

let redis: TestRedis
let records: OutboxRecords

beforeAll(async () => {
  redis = await startRedis()
  records = outboxRecords(await redis.connect(), '{test}')
})
afterAll(() => redis?.stop())

test('of many who want to post a message one gets it, and the others are told where it is afterwards', async () => {
  const claims = await Promise.all(Array.from({ length: 20 }, () => records.claim('one', 'C1')))
  expect(claims.filter(({ state }) => state === 'ours')).toHaveLength(1)
  expect(claims.filter(({ state }) => state === 'busy')).toHaveLength(19)
  await records.settle('one', 'C1', '1.2')
  expect(await records.claim('one', 'C1')).toEqual({
    ...{ state: 'posted', channel: 'C1', ts: '1.2', sketched: false },
  })
  expect(await records.posted('one')).toEqual({ channel: 'C1', ts: '1.2' })
})

test('whoever died over posting leaves a trace: the next one has to look before it posts', async () => {
  const before = Date.now()
  await records.claim('died', 'C1')
  await records.release('died', false)
  const claim = await records.claim('died', 'C1')
  expect(claim).toMatchObject({ state: 'unsure' })
  expect(claim.state === 'unsure' && claim.since).toBeGreaterThanOrEqual(before)
})

test('what Slack certainly did not take can be posted without looking', async () => {
  await records.claim('refused', 'C1')
  await records.release('refused', true)
  expect(await records.claim('refused', 'C1')).toEqual({ state: 'ours' })
})

test('a sealed message gets no more sketches, and its report all the same', async () => {
  await records.seal('sealed')
  expect(await records.claimSketch('sealed', 'C1')).toEqual({ state: 'sealed' })
  expect(await records.claim('sealed', 'C1')).toEqual({ state: 'ours' })
})

test('whose time ran out takes nothing from the one who has the message since', async () => {
  const connection = await redis.connect()
  const other = outboxRecords(connection, '{test}')
  await records.claim('late', 'C1')
  expect(await records.renew('late', 'C1')).toBe(true)
  await connection.del('{test}:message:late:lock')
  expect(await other.claim('late', 'C1')).toMatchObject({ state: 'unsure' })
  expect(await records.renew('late', 'C1')).toBe(false)
  await records.release('late', true)
  expect(await other.renew('late', 'C1')).toBe(true)
  expect(await records.claim('late', 'C1'), 'it is still taken').toEqual({ state: 'busy' })
  await records.settle('late', 'C1', '1.1')
  expect(await connection.exists('{test}:message:late:lock')).toBe(1)
})

test('who shows a message is told of sketches that are under way, also of those of others', async () => {
  const other = outboxRecords(await redis.connect(), '{test}')
  await records.settle('sketched', 'C1', '1.2')
  const sketched = async () => (await records.claim('sketched', 'C1')) as { sketched?: boolean }
  for (const each of [records, other]) await each.claimSketch('sketched', 'C1')
  await records.sketchOver('sketched')
  expect(await sketched()).toMatchObject({ sketched: true })
  await other.sketchOver('sketched')
  expect(await sketched()).toMatchObject({ sketched: false })
})

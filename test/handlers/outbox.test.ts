import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { createOutbox, type Outbox, SlackLater } from '../../handlers/outbox.ts'
import type { RedisClient } from '../../jobs/redis/dial.ts'
import { startRedis, type TestRedis } from '../jobs/redis-server.ts'
import { listedSlack } from './listed-slack.ts'

let redis: TestRedis
let client: RedisClient
beforeAll(async () => {
  redis = await startRedis()
  client = await redis.connect()
})
afterAll(() => redis?.stop())

/** Two bots over one Redis and one Slack; calls of the first wait where `holds` says so, until `goOn`. */
let slack: ReturnType<typeof listedSlack>
let [one, two]: Outbox[] = []
let prefix = ''
let holds: (text: string) => boolean
let held: string[]
/** comes before the other calls of the first */
let meanwhile: (text: string) => Promise<void>
let goOn: () => void
beforeEach(async () => {
  slack = listedSlack()
  prefix = `{two-bots-${Math.random()}}`
  held = []
  meanwhile = async () => {}
  const { promise, resolve } = Promise.withResolvers<void>()
  goOn = resolve
  const log = pino({ level: 'silent' })
  const slow = slack.clientOf(async (_, { text }) => {
    if (!holds(text)) return meanwhile(text)
    held.push(text)
    await promise
  })
  one = createOutbox({ client: slow, redis: await redis.connect(), prefix, log })
  two = createOutbox({ client: slack.clientOf(), redis: await redis.connect(), prefix, log })
})
afterEach(() => vi.restoreAllMocks())

const place = { channel: 'C1' }
const saying = (text: string) => ({ text, blocks: [] })
const texts = () => slack.messages.map(({ text }) => text)
const heldBack = (text: string) => vi.waitFor(() => expect(held).toContain(text))
const claimed = (key: string, field = 'intent') =>
  vi.waitFor(async () => expect(await client.hexists(`${prefix}:message:${key}`, field)).toBe(1))

/** So much later: what this process has waited for, and what Redis keeps for that long only. */
function passes(ms: number): void {
  const now = performance.now.bind(performance)
  vi.spyOn(performance, 'now').mockImplementation(() => now() + ms)
}

/** As a report does it. */
async function until<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof SlackLater)) throw error
      await new Promise((resolve) => setTimeout(resolve, error.retryAfterMs))
    }
  }
}

test('who waited so long in its lane that another bot posted the message does not post it again', async () => {
  holds = (text) => text === 'before'
  const before = one!.ensure('before', place, saying('before'))
  await heldBack('before')
  const late = one!.ensure('key', place, saying('late'))
  await claimed('key')
  await client.del(`${prefix}:message:key:lock`)
  passes(25_000)
  const posted = await two!.ensure('key', place, saying('in time'))
  goOn()
  await before
  await expect(late).rejects.toBeInstanceOf(SlackLater)
  expect(await until(() => one!.ensure('key', place, saying('late')))).toEqual(posted)
  expect(texts().toSorted()).toEqual(['before', 'in time'])
})

test('who waited long in its lane keeps the message while Slack takes it', async () => {
  let keptMs = 0
  holds = (text) => text === 'before'
  const lock = `${prefix}:message:key:lock`
  const before = one!.ensure('before', place, saying('before'))
  await heldBack('before')
  const slow = one!.ensure('key', place, saying('slow'))
  await claimed('key')
  await client.pexpire(lock, 4_000)
  passes(16_000)
  meanwhile = async (text) => {
    if (text === 'slow') keptMs = await client.pttl(lock)
  }
  goOn()
  await Promise.all([before, slow])
  expect(keptMs, 'longer than a call may take').toBeGreaterThan(10_000)
  expect(texts()).toEqual(['before', 'slow'])
})

test('the end of a check stays, though an edit of another bot was under way', async () => {
  holds = (text) => text === 'Checking … 12 s'
  await two!.ensure('root', place, saying('Checking …'))
  one!.sketch('root', place, saying('Checking … 12 s'))
  await heldBack('Checking … 12 s')
  await two!.seal('root')
  const showing = until(() => two!.show('root', place, saying('Found')))
  await vi.waitFor(() => expect(texts(), 'it is not waited for').toEqual(['Found']))
  goOn()
  await one!.ensure('root', place, saying('after that edit'))
  await showing
  expect(texts()).toEqual(['Found'])
  await expect(two!.show('root', place, saying('Found'))).resolves.toMatchObject({ channel: 'C1' })
})

test('an edit that waited long in its lane is not made when the check has ended meanwhile', async () => {
  holds = (text) => text === 'other'
  await two!.ensure('other', place, saying('posted'))
  await two!.ensure('root', place, saying('Checking …'))
  const other = one!.show('other', place, saying('other'))
  await heldBack('other')
  one!.sketch('root', place, saying('Checking … 12 s'))
  await vi.waitFor(async () => expect(await client.exists(`${prefix}:message:root:sketchers`)).toBe(1))
  await client.del(`${prefix}:message:root:sketchers`)
  passes(25_000)
  await two!.seal('root')
  await two!.show('root', place, saying('Found'))
  goOn()
  await other
  await one!.ensure('root', place, saying('after that edit'))
  expect(texts()).toEqual(['other', 'Found'])
})

import type { App } from '@slack/bolt'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { AlertDesk } from '../../handlers/alerts/desk.ts'
import type { Bot } from '../../handlers/bot.ts'
import { listen } from '../../handlers/listen.ts'
import { createOutbox } from '../../handlers/outbox.ts'
import { createQueues } from '../../jobs/queues.ts'
import { catalogue } from '../../playbooks/catalogue.ts'
import { startRedis, type TestRedis } from '../jobs/redis-server.ts'
import { listedSlack } from './listed-slack.ts'

let redis: TestRedis
let bot: Bot
let whispered: { channel: string; user: string; thread_ts?: string; text: string }[]
let slack: ReturnType<typeof listedSlack>
let mention: (words: string, event?: object) => Promise<void>
let last = 0

beforeAll(async () => {
  redis = await startRedis()
  const connection = await redis.connect()
  const log = pino({ level: 'silent' })
  slack = listedSlack()
  const client = slack.clientOf()
  client.chat.postEphemeral = (async (sent: (typeof whispered)[number]) =>
    whispered.push(sent)) as unknown as typeof client.chat.postEphemeral
  const outbox = createOutbox({ client, redis: connection, prefix: '{listen}', log })
  const clusters = ['demo']
  const settings = { command: '/unwedge', clusters, clusterIn: () => 'demo', lapseMs: 60_000 }
  bot = { settings, catalogue, client, outbox, log, queues: createQueues(connection) } as unknown as Bot
  const listeners = new Map<string, (event: object) => Promise<void>>()
  const app = {
    ...{ command: () => {}, action: () => {}, view: () => {}, shortcut: () => {} },
    event: (name: string, listener: (event: object) => Promise<void>) => listeners.set(name, listener),
  }
  listen(app as unknown as App, bot, {} as AlertDesk)
  mention = async (words, event) => {
    const said = { text: `<@U0BOT00001> ${words}`, user: 'U0LIN00001', channel: 'C1', ts: '5.5', ...event }
    await listeners.get('app_mention')?.({ event: said, body: { event_id: `Ev${++last}` } })
  }
})
afterAll(() => redis?.stop())
beforeEach(() => {
  whispered = []
  slack.messages.splice(0)
})

test('a mention that is refused hears it in its thread', async () => {
  await mention('chekc watchers x')
  expect(slack.messages).toMatchObject([{ channel: 'C1', thread_ts: '5.5' }])
  expect(whispered).toEqual([])
})

describe('with Redis away, whoever mentions the bot is told, once', () => {
  beforeAll(() => redis.kill())

  test('that nothing was taken', async () => {
    const ensure = vi.spyOn(bot.outbox, 'ensure')
    await mention('check watchers rbd_header.7mjm6dk28jaj3', { thread_ts: '4.4' })
    expect(whispered).toMatchObject([{ channel: 'C1', user: 'U0LIN00001', thread_ts: '4.4' }])
    expect(whispered[0]?.text).toMatch(/^\*Not taken: I can't reach my queue \(Redis\)\.\*/)
    expect(ensure, 'Redis is not waited for a second time').not.toHaveBeenCalled()
  })
  test('what needs no queue: how a command is written', async () => {
    await mention('help')
    expect(whispered).toMatchObject([{ channel: 'C1', user: 'U0LIN00001' }])
    expect(whispered[0]).not.toHaveProperty('thread_ts')
    expect(whispered[0]?.text).toContain('A check only looks')
  })
  test('what a text means', async () => {
    await mention('explain no such format')
    expect(whispered).toHaveLength(1)
  })
})

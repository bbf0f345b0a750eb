import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Bot } from '../../handlers/bot.ts'
import { createOutbox } from '../../handlers/outbox.ts'
import { reportCheck, reportRemedy } from '../../handlers/reports.ts'
import { showTakeBack } from '../../handlers/take-back.ts'
import type { CheckResult, RemedyResult, TakeBackRequest, TakeBackResult } from '../../jobs/contracts.ts'
import { startRedis, type TestRedis } from '../jobs/redis-server.ts'
import { sampleApproval, sampleCheck, sampleMandate } from '../jobs/sample.ts'
import { listedSlack, refusedBySlack } from './listed-slack.ts'

let redis: TestRedis
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis?.stop())

const request = sampleCheck('chk-000001')
const approval = { ...sampleApproval('apr-000001'), state: 'done' as const }
const result: CheckResult = {
  ...{ playbook: 'watchers', cluster: 'wsg-prod', subject: 'x', stage: 'final', startedAt: 0, endedAt: 1 },
  diagnosis: {
    findings: [
      {
        ...{ playbook: 'watchers', code: 'x', verdict: 'confirmed', severity: 'critical' },
        ...{ summary: 'A left-over watcher.', details: [], evidence: [] },
      },
    ],
    ...{ looked: true, facts: {}, offers: [], unseen: [], next: [], doNot: [] },
  },
}
const stopped: RemedyResult = {
  ...{ approvalId: approval.id, state: 'failed', lines: [], offers: [] },
  ...{ now: 'It is blocked until 15:12.', undone: 'Nothing was undone.', next: 'Look.' },
}
const takenBack: TakeBackResult = {
  ...{ approvalId: approval.id, round: 1, state: 'given-up', tries: 3, lines: [] },
  ...{ now: 'the host is gone', otherwise: 'Remove the block by hand.' },
}

let slack: ReturnType<typeof listedSlack>
let refuses: (method: 'post' | 'edit', sent: { ts: string; thread_ts?: string }) => string | undefined
let bot: Bot
let stands = 0
beforeEach(async () => {
  slack = listedSlack()
  refuses = () => undefined
  const client = slack.clientOf((method, sent) => {
    const error = refuses(method, sent)
    if (error !== undefined) throw refusedBySlack(error)
  })
  const log = pino({ level: 'silent' })
  const outbox = createOutbox({ client, redis: await redis.connect(), prefix: `{stand-${++stands}}`, log })
  bot = {
    ...{ log, outbox, catalogue: [], settings: { approversFor: () => ['mei'], expireMs: 60_000 } },
    records: {
      check: async () => ({ request, result }),
      saveResult: async () => {},
      saveRemedy: async () => {},
      remedy: async () => stopped,
      takeBack: async () => takenBack,
    },
    approvals: { get: async () => approval, finish: async () => true },
    audit: { about: async () => [], append: async () => ({}) },
    queues: { undos: { find: async () => undefined } },
  } as unknown as Bot
  await outbox.ensure(`root-${request.id}`, { channel: 'C1' }, { text: 'Checking …', blocks: [] })
})

const reportEnd = () => reportRemedy(bot, sampleMandate(), { ok: true, value: stopped })
const shown = () =>
  slack.messages.map(({ key, text }) => [key.replace(/-(chk|apr)-0+1/, ''), text.split('\n')[0]])
const end = '*Stopped.* It is blocked until 15:12. Nothing was undone.'

describe('where Slack lets nobody change a message any more, people are told all the same', () => {
  test.each(['message_not_found', 'cant_update_message', 'edit_window_closed'])(
    'how a remedy ended, under a first message that stays as it is (%s)',
    async (error) => {
      const [root] = slack.messages
      refuses = (method, { ts }) => (method === 'edit' && ts === root?.ts ? error : undefined)
      await reportEnd()
      expect(shown()).toEqual([
        ['root', 'Checking …'],
        ['finding', '*A left-over watcher.*'],
        ['acting', end],
      ])
      expect(slack.messages.slice(1).map(({ thread_ts }) => thread_ts)).toEqual([root?.ts, root?.ts])
    },
  )

  test('what was offered and how it ended, in messages of their own, one each', async () => {
    const place = { channel: 'C1', threadTs: slack.messages[0]!.ts }
    await bot.outbox.ensure(`finding-${request.id}`, place, { text: 'First look', blocks: [] })
    await bot.outbox.ensure(`acting-${approval.id}`, place, { text: 'Running', blocks: [] })
    refuses = (method) => (method === 'edit' ? 'edit_window_closed' : undefined)
    for (const _ of [1, 2]) await reportEnd()
    expect(shown().slice(1)).toEqual([
      ['finding', 'First look'],
      ['acting', 'Running'],
      ['finding-anew', '*A left-over watcher.*'],
      ['acting-anew', end],
    ])
  })

  test('in the channel, when the first message was deleted before its thread began', async () => {
    const [root] = slack.messages.splice(0)
    refuses = (_, { thread_ts }) => (thread_ts === root?.ts ? 'invalid_thread_ts' : undefined)
    await reportCheck(bot, request, Promise.resolve({ ok: true, value: result }))
    await reportEnd()
    expect(shown()).toEqual([
      ['finding', '*A left-over watcher.*'],
      ['acting', end],
    ])
  })

  test('that there is no answer, and why', async () => {
    refuses = (method) => (method === 'edit' ? 'edit_window_closed' : undefined)
    bot.records.check = async () => ({ request, result: undefined, firstLook: undefined, end: undefined })
    await reportCheck(bot, request, Promise.resolve({ ok: false, why: 'its worker died' }))
    expect(shown().at(-1)).toEqual(['root-anew', '*No answer about watchers:* its worker died'])
    expect(slack.messages.at(-1)?.thread_ts).toBe(slack.messages[0]?.ts)
  })

  test('what a person has to take back', async () => {
    refuses = (method) => (method === 'edit' ? 'edit_window_closed' : undefined)
    const asked = { mandate: sampleMandate(), label: 'lift the block' } as TakeBackRequest
    await showTakeBack(bot, asked)
    const keys = shown().map(([key]) => key)
    expect(keys).toEqual(['root', 'finding', 'taken-back', 'acting'])
  })
})

test('a message that Slack refuses for another reason is not posted anew', async () => {
  refuses = (method) => (method === 'edit' ? 'msg_too_long' : undefined)
  await expect(reportEnd()).rejects.toThrow('msg_too_long')
  expect(shown()).toEqual([['root', 'Checking …']])
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Bot } from '../../handlers/bot.ts'
import { approve, reject } from '../../handlers/decide.ts'
import { type Approvals, createApprovals } from '../../jobs/approvals.ts'
import type { Approval } from '../../jobs/contracts.ts'
import { createKeyPair } from '../../jobs/signing.ts'
import { startRedis, type TestRedis } from '../jobs/redis-server.ts'
import { sampleApproval } from '../jobs/sample.ts'

let redis: TestRedis
let approvals: Approvals
beforeAll(async () => {
  redis = await startRedis()
  approvals = createApprovals(await redis.connect())
})
afterAll(() => redis?.stop())

const { privateKey } = createKeyPair()
let last = 0

/** An offer of lin's, which the configuration lets these approve. */
async function offered({
  needed = 1,
  permitted = ['lin', 'mei', 'tomas'],
  change = {},
}: {
  needed?: 1 | 2
  permitted?: string[]
  change?: Partial<Approval>
} = {}) {
  const id = `apr-d${String(++last).padStart(5, '0')}`
  const now = Date.now()
  await approvals.create({
    ...sampleApproval(id, needed),
    createdAt: now,
    expiresAt: now + 60_000,
    ...change,
  })
  const queued: string[] = []
  const bot = {
    approvals,
    settings: { approversFor: () => permitted, signingKey: privateKey, runMs: 60_000 },
    audit: { append: async () => {} },
    records: { check: async () => undefined },
    queues: {
      addRemedy: async ({ mandate }: { mandate: { approvalId: string } }) => queued.push(mandate.approvalId),
    },
    log: { warn: () => {} },
  } as unknown as Bot
  return { id, bot, queued, state: async () => (await approvals.get(id))?.state }
}

describe('who clicks is told what is so, and only one yes that counts starts anything', () => {
  test('the requester may not approve, and is told who may now', async () => {
    const { id, bot, queued } = await offered({ permitted: ['lin', 'mei'] })
    expect(await approve(bot, id, 'lin')).toBe(
      'You asked for this check, so someone else has to approve: <@mei>.',
    )
    expect(queued).toEqual([])
  })
  test('who is no approver hears who is', async () => {
    const { id, bot, state } = await offered({ permitted: ['mei'] })
    expect(await approve(bot, id, 'eve')).toBe('You are not an approver here. These are: <@mei>.')
    expect(await approve(bot, id, 'tomas'), 'who was one when it was offered').toBe(
      'You are not an approver here. These are: <@mei>.',
    )
    expect(await state()).toBe('pending')
  })
  test('who became an approver later needs a fresh offer, and is not told that they are none', async () => {
    const { id, bot } = await offered({ permitted: ['mei', 'new'] })
    expect(await approve(bot, id, 'new')).toContain('became an approver after this was offered')
  })
  test('one yes is enough for one, and a second click starts nothing more', async () => {
    const { id, bot, queued } = await offered()
    expect(await approve(bot, id, 'mei')).toBeUndefined()
    expect(await approve(bot, id, 'mei')).toBe(
      'This is approved already, by <@mei>; the worker takes it up now.',
    )
    expect(await approve(bot, id, 'tomas')).toContain('approved already, by <@mei>')
    expect(queued).toEqual([id])
  })
  test('two need two people', async () => {
    const { id, bot, queued } = await offered({ needed: 2 })
    expect(await approve(bot, id, 'mei')).toBeUndefined()
    expect(await approve(bot, id, 'mei')).toBe('Your approval counts already; one more person has to agree.')
    expect(queued).toEqual([])
    expect(await approve(bot, id, 'tomas')).toBeUndefined()
    expect(queued).toEqual([id])
  })
  test('the yes of somebody who was removed since does not count with the next one', async () => {
    const { id, bot, queued, state } = await offered({ needed: 2 })
    expect(await approve(bot, id, 'tomas')).toBeUndefined()
    bot.settings.approversFor = () => ['lin', 'mei']
    expect(await approve(bot, id, 'mei')).toBe(
      '<@tomas> approved this, and is not an approver any more. Check again for a fresh offer.',
    )
    expect(queued).toEqual([])
    expect(await state()).toBe('pending')
  })
  test('too late is too late, with the time', async () => {
    const { id, bot, queued } = await offered({ change: { expiresAt: Date.now() - 1 } })
    expect(await approve(bot, id, 'mei')).toMatch(/^This could be approved until <!date.*Check again/)
    expect(await reject(bot, id, 'mei')).toMatch(/^This could be approved until/)
    expect(queued).toEqual([])
  })
  test('rejected stays rejected, and says by whom', async () => {
    const { id, bot, queued, state } = await offered()
    expect(await reject(bot, id, 'lin'), 'the requester takes it back').toBeUndefined()
    expect(await approve(bot, id, 'mei')).toBe(
      'This was stopped already by <@lin>; nothing was touched. Check again for a fresh offer.',
    )
    expect(await state()).toBe('rejected')
    expect(queued).toEqual([])
  })
  test('what is approved can be stopped until a worker has it, and then not any more', async () => {
    const first = await offered()
    await approve(first.bot, first.id, 'mei')
    expect(await reject(first.bot, first.id, 'tomas')).toBeUndefined()
    expect(await first.state()).toBe('vetoed')
    const second = await offered()
    await approve(second.bot, second.id, 'mei')
    expect(await approvals.start(second.id, 'w1', Date.now())).toBe(true)
    expect(await reject(second.bot, second.id, 'tomas')).toContain('runs already')
    expect(await approve(second.bot, second.id, 'tomas')).toContain('runs already')
    await approvals.finish(second.id, 'done', 'it is gone')
    expect(await approve(second.bot, second.id, 'tomas')).toContain('has ended')
  })
  test('an offer that nobody remembers', async () => {
    const { bot } = await offered()
    expect(await approve(bot, 'apr-none', 'mei')).toContain('no record of this offer any more')
  })
})

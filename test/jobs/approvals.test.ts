import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Approvals, createApprovals } from '../../jobs/approvals.ts'
import { keyOf } from '../../jobs/redis/keys.ts'
import { startRedis, type TestRedis } from './redis-server.ts'
import { NOON, sampleApproval } from './sample.ts'

let redis: TestRedis
/** several connections, as bot and workers have */
let many: Approvals[]
let approvals: Approvals

beforeAll(async () => {
  redis = await startRedis()
  many = await Promise.all(Array.from({ length: 5 }, async () => createApprovals(await redis.connect())))
  approvals = many[0]!
})
afterAll(() => redis.stop())

let last = 0
async function fresh(needed: 1 | 2 = 1): Promise<string> {
  const approval = sampleApproval(`apr-${String(++last).padStart(6, '0')}`, needed)
  expect(await approvals.create(approval)).toBe(true)
  return approval.id
}

describe('an approval', () => {
  it('comes back as it was made, once per id', async () => {
    const id = await fresh()
    expect(await approvals.get(id)).toEqual(sampleApproval(id))
    expect(await approvals.create({ ...sampleApproval(id), requestedBy: 'mei' })).toBe(false)
    expect(await approvals.get(id)).toEqual(sampleApproval(id))
    expect(await approvals.get('apr-unknown')).toBeUndefined()
    expect(await approvals.approve('apr-unknown', 'mei', NOON)).toEqual({
      outcome: 'refused',
      code: 'unknown-approval',
    })
  })

  it('refuses the requester, and whoever is not permitted', async () => {
    const id = await fresh()
    expect(await approvals.approve(id, 'lin', NOON)).toMatchObject({
      outcome: 'refused',
      code: 'own-request',
    })
    expect(await approvals.approve(id, 'U9', NOON)).toMatchObject({
      outcome: 'refused',
      code: 'not-permitted',
    })
    expect((await approvals.get(id))?.approvedBy).toEqual([])
  })

  it('needs two different people where the offer asks for two; the same one counts once', async () => {
    const id = await fresh(2)
    expect(await approvals.approve(id, 'mei', NOON)).toMatchObject({ outcome: 'counted' })
    expect(await approvals.approve(id, 'mei', NOON)).toMatchObject({ code: 'already-approved-by-you' })
    expect(await approvals.start(id, 'w1', NOON)).toBe(false)
    expect(await approvals.approve(id, 'tomas', NOON + 5)).toMatchObject({
      outcome: 'approved',
      approval: {
        state: 'approved',
        approvedBy: [
          { user: 'mei', at: NOON },
          { user: 'tomas', at: NOON + 5 },
        ],
      },
    })
  })

  it('cannot be approved once its time is over, whether or not it was marked so', async () => {
    const id = await fresh()
    const late = sampleApproval(id).expiresAt
    expect(await approvals.approve(id, 'mei', late)).toMatchObject({ code: 'expired' })
    expect(await approvals.expire(id, late - 1)).toBe(false)
    expect(await approvals.expire(id, late)).toBe(true)
    expect(await approvals.approve(id, 'mei', NOON)).toMatchObject({ code: 'expired' })
  })

  it('does nothing more after it was rejected', async () => {
    const id = await fresh()
    expect(await approvals.reject(id, 'U9', NOON)).toMatchObject({ code: 'not-permitted' })
    expect(await approvals.reject(id, 'lin', NOON)).toMatchObject({
      outcome: 'rejected',
      approval: { stoppedBy: { user: 'lin', at: NOON } },
    })
    expect(await approvals.approve(id, 'mei', NOON)).toMatchObject({ code: 'not-pending' })
    expect(await approvals.veto(id, 'mei', NOON)).toMatchObject({ code: 'not-approved' })
    expect(await approvals.start(id, 'w1', NOON)).toBe(false)
    expect(await approvals.expire(id, NOON + 1e9)).toBe(false)
    expect(await approvals.finish(id, 'failed', 'x')).toBe(false)
    expect((await approvals.get(id))?.state).toBe('rejected')
  })

  it('can be vetoed until it runs, not later', async () => {
    const [early, late] = [await fresh(), await fresh()]
    for (const id of [early, late]) await approvals.approve(id, 'mei', NOON)
    expect(await approvals.veto(early, 'tomas', NOON)).toMatchObject({ outcome: 'vetoed' })
    expect(await approvals.start(early, 'w1', NOON)).toBe(false)
    expect(await approvals.start(late, 'w1', NOON)).toBe(true)
    expect(await approvals.veto(late, 'tomas', NOON)).toMatchObject({ code: 'not-approved' })
  })

  it('ends once, and says why; what never ran can only have failed', async () => {
    const [ran, never] = [await fresh(), await fresh()]
    for (const id of [ran, never]) await approvals.approve(id, 'mei', NOON)
    expect(await approvals.finish(never, 'done', 'x')).toBe(false)
    expect(await approvals.finish(never, 'failed', 'no worker took it')).toBe(true)
    expect(await approvals.start(never, 'w1', NOON)).toBe(false)
    await approvals.start(ran, 'w1', NOON)
    expect(await approvals.finish(ran, 'unknown', 'its worker died')).toBe(true)
    expect(await approvals.finish(ran, 'done', 'x')).toBe(false)
    expect(await approvals.get(ran)).toMatchObject({ state: 'unknown', note: 'its worker died' })
  })

  it('is kept for thirty days after its last change', async () => {
    const id = await fresh()
    const left = await (await redis.connect()).pttl(keyOf('approval', id))
    expect(left / 86_400_000).toBeCloseTo(30, 2)
  })
})

describe('at the same moment, over several connections', () => {
  it('50 approvals by several people make one "approved"', async () => {
    const id = await fresh(2)
    const users = ['lin', 'mei', 'tomas', 'U3', 'U4', 'U9']
    const all = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        many[i % many.length]!.approve(id, users[i % users.length]!, NOON),
      ),
    )
    const outcomes = all.map((each) => (each.outcome === 'refused' ? each.code : each.outcome))
    expect(outcomes.filter((each) => each === 'approved')).toHaveLength(1)
    expect(outcomes.filter((each) => each === 'counted')).toHaveLength(1)
    expect(new Set((await approvals.get(id))!.approvedBy.map(({ user }) => user)).size).toBe(2)
  })

  it('50 workers that start it make one that may', async () => {
    const id = await fresh()
    await approvals.approve(id, 'mei', NOON)
    const all = await Promise.all(
      Array.from({ length: 50 }, (_, i) => many[i % many.length]!.start(id, `w${i}`, NOON)),
    )
    expect(all.filter(Boolean)).toHaveLength(1)
    // the one that may is told so again, the others never
    const again = await Promise.all(all.map((_, i) => many[0]!.start(id, `w${i}`, NOON)))
    expect(again).toEqual(all)
    await approvals.finish(id, 'done', 'x', NOON)
    expect(await approvals.start(id, `w${all.indexOf(true)}`, NOON)).toBe(false)
  })

  it('a veto and a start never both win', async () => {
    for (let round = 0; round < 20; round++) {
      const id = await fresh()
      await approvals.approve(id, 'mei', NOON)
      const [veto, started] = await Promise.all([
        many[1]!.veto(id, 'tomas', NOON),
        many[2]!.start(id, 'w', NOON),
      ])
      expect([veto.outcome === 'vetoed', started].filter(Boolean)).toHaveLength(1)
    }
  })
})

describe('what is stuck', () => {
  it('lists what waits too long in its state, and nothing that is over', async () => {
    const [pending, approved, running, over] = [await fresh(), await fresh(), await fresh(), await fresh()]
    for (const id of [approved, running]) await approvals.approve(id, 'mei', NOON)
    await approvals.start(running, 'w7', NOON + 1000)
    await approvals.reject(over, 'mei', NOON)
    const stuckAt = async (now: number) =>
      (await approvals.listStuck(now, { approvedMs: 60_000, runningMs: 120_000 }))
        .filter(({ approval }) => [pending, approved, running, over].includes(approval.id))
        .map(({ approval, since, run, why }) => [approval.id, since - NOON, run, why])
    expect(await stuckAt(NOON + 59_999)).toEqual([])
    expect(await stuckAt(NOON + 60_000)).toEqual([[approved, 0, undefined, 'not-started']])
    expect(await stuckAt(NOON + 900_000)).toEqual([
      [pending, 0, undefined, 'past-expiry'],
      [approved, 0, undefined, 'not-started'],
      [running, 1000, 'w7', 'running-too-long'],
    ])
  })
})

describe('in any order of events', () => {
  const user = fc.constantFrom('lin', 'mei', 'tomas', 'U9')
  const event = fc.oneof(
    { weight: 5, arbitrary: fc.record({ do: fc.constant('approve' as const), user }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('reject' as const, 'veto' as const), user }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('start' as const) }) },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constantFrom('finish' as const, 'expire' as const, 'create' as const) }),
    },
  )
  const afterMs = fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 0, max: 800_000 }) },
    fc.integer({ min: 800_000, max: 1_200_000 }),
  )
  const sequence = fc.array(fc.tuple(event, afterMs), { maxLength: 16 })

  it('runs at most once, and never without enough different permitted people who did not ask for it', async () => {
    let executions = 0
    await fc.assert(
      fc.asyncProperty(sequence, fc.constantFrom(1 as const, 2 as const), async (events, needed) => {
        const id = await fresh(needed)
        const agreed = new Set<string>()
        let stopped = false
        let [starts, attempts] = [0, 0]
        for (const [what, after] of events) {
          const now = NOON + after
          if (what.do === 'approve') {
            const { outcome } = await approvals.approve(id, what.user, now)
            const valid = ['mei', 'tomas'].includes(what.user) && now < sampleApproval(id).expiresAt
            if (outcome !== 'refused') expect(valid).toBe(true)
            if (outcome !== 'refused') agreed.add(what.user)
          } else if (what.do === 'reject' || what.do === 'veto') {
            const { outcome } = await approvals[what.do](id, what.user, now)
            stopped ||= outcome !== 'refused'
          } else if (what.do === 'start') {
            if (!(await approvals.start(id, `w${attempts++}`, now))) continue
            starts++
            expect(agreed.size).toBeGreaterThanOrEqual(needed)
            expect(stopped).toBe(false)
          } else if (what.do === 'finish')
            stopped = (await approvals.finish(id, 'failed', 'x', now)) || stopped
          else if (what.do === 'expire') stopped = (await approvals.expire(id, now)) || stopped
          else expect(await approvals.create(sampleApproval(id, 1))).toBe(false)
        }
        expect(starts).toBeLessThanOrEqual(1)
        executions += starts
      }),
      { numRuns: 300 },
    )
    // else it would hold for nothing at all
    expect(executions).toBeGreaterThan(10)
  })
})

import type { KnownBlock } from '@slack/types'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { acting } from '../../../handlers/blocks/acting.ts'
import { finding } from '../../../handlers/blocks/finding.ts'
import { commandsShown, cut, escaped } from '../../../handlers/blocks/message.ts'
import type { Approval, CheckResult } from '../../../jobs/contracts.ts'
import type { Diagnosis, Finding } from '../../../playbooks/shared/finding.ts'
import { sampleApproval, sampleCheck } from '../../jobs/sample.ts'
import { checkBlocks, countCharacters, maxCharacters } from '../../slack/blocks.ts'

const found = (n: number, details: string[] = []): Finding => ({
  ...{ playbook: 'watchers', code: 'x', verdict: 'confirmed', severity: 'warning' },
  ...{ summary: `Finding ${n}.`, details, evidence: [] },
})
const lines = (count: number, length = 100) =>
  Array.from({ length: count }, (_, at) => `line ${at} ${'y'.repeat(length)}`)
const offer = (n: number, change: Partial<Approval['offer']> = {}): Approval => {
  const approval = sampleApproval(`apr-00000${n}`)
  return { ...approval, offer: { ...approval.offer, plan: `PLAN ${n}`, ...change } }
}

function drawn(diagnosis: Partial<Diagnosis>, approvals: Approval[] = [offer(1)]) {
  const result = {
    ...{
      playbook: 'watchers',
      cluster: 'demo',
      stage: 'final',
      startedAt: 0,
      endedAt: 1000,
      subject: 'watchers',
    },
    diagnosis: {
      ...{ looked: true, facts: {}, findings: [found(1)], unseen: [], offers: [], next: [], doNot: [] },
      ...diagnosis,
    },
  } satisfies CheckResult
  return finding(sampleCheck('chk-000001'), result, approvals)
}

const actionsOf = (blocks: KnownBlock[]) =>
  blocks.flatMap((block) =>
    block.type === 'actions'
      ? block.elements.map((element) => ('action_id' in element ? element.action_id : ''))
      : [],
  )

/** What every message has to be, however much was found. */
function holds({ text, blocks }: ReturnType<typeof finding>, approvals: Approval[]): void {
  expect(checkBlocks(blocks)).toEqual([])
  expect(countCharacters(text, blocks)).toBeLessThanOrEqual(12_000)
  expect(maxCharacters).toBeGreaterThan(12_000)
  expect(actionsOf(blocks)).toEqual(expect.arrayContaining(['evidence', 'again']))
  const said = JSON.stringify(blocks)
  expect(said).toContain('Could not look at:')
  for (const [at, { id }] of approvals.entries()) {
    const hasButton = said.includes(`offer-${id}`)
    expect(said.includes(`PLAN ${at + 1}`), 'no button without what it does').toBe(hasButton)
  }
}

describe('an answer with very much in it', () => {
  test.each<[string, Partial<Diagnosis>]>([
    ['60 findings', { findings: Array.from({ length: 60 }, (_, at) => found(at, ['why'])) }],
    [
      'findings with many lines',
      { findings: [found(1, lines(200)), found(2, lines(50)), found(3, lines(50))] },
    ],
    ['500 hosts that were not seen', { unseen: lines(500).map((what) => ({ what, why: 'no route' })) }],
    [
      'much advice',
      {
        next: lines(50).map((why) => ({ why, command: 'check x' })),
        doNot: lines(50).map((what) => ({ what, why: 'no' })),
      },
    ],
  ])('%s: the conclusion stands first, and what can be done is there with its words', (_, diagnosis) => {
    const approvals = [offer(1), offer(2)]
    const message = drawn(diagnosis, approvals)
    holds(message, approvals)
    const [head] = message.blocks
    expect(head).toMatchObject({ text: { text: expect.stringContaining('Finding') } })
    expect(JSON.stringify(message.blocks)).toContain('PLAN 2')
    // the fallback has the conclusion and what can be done, too
    expect(message.text).toMatch(/^\*Finding/)
    expect(message.text).toContain('[Show evidence]')
  })
  test('says that more was found, and how many lines were left out', () => {
    expect(drawn({ findings: Array.from({ length: 60 }, (_, at) => found(at)) }).text).toContain(
      'More was found than fits here',
    )
    expect(drawn({ findings: [found(1, lines(200))] }).text).toMatch(/… and \d+ more/)
    expect(drawn({ findings: [found(1, lines(3))] }).text).not.toMatch(/more/i)
  })
  test('whatever is in it, Slack takes it, and no button stands alone', () => {
    const words = fc.oneof(
      fc.constantFrom(
        '<!channel>',
        '<@U1>',
        '```',
        '*b*',
        '&amp;'.repeat(300),
        'x'.repeat(4000),
        '💥'.repeat(900),
      ),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 30 }),
    )
    const many = <T>(one: fc.Arbitrary<T>) => fc.array(one, { maxLength: 30 })
    const diagnosis = fc.record({
      findings: fc.array(
        fc.record({ summary: words, details: many(words) }).map((own) => ({ ...found(1), ...own })),
        { minLength: 1, maxLength: 60 },
      ),
      unseen: many(fc.record({ what: words, why: words })),
      next: many(fc.record({ command: words, why: words })),
      doNot: many(fc.record({ what: words, why: words })),
    })
    const offers = fc.array(
      fc.record({
        plan: words,
        touches: words,
        because: words,
        commands: fc.array(words, { minLength: 1, maxLength: 4 }),
      }),
      { maxLength: 4 },
    )
    fc.assert(
      fc.property(diagnosis, offers, (said, all) => {
        const approvals = all.map((own, at) => offer(at + 1, { ...own, plan: `PLAN ${at + 1} ${own.plan}` }))
        const message = drawn(said, approvals)
        holds(message, approvals)
        expect(JSON.stringify(message)).not.toMatch(/<!channel>|<@U1>/)
      }),
      { numRuns: 25, endOnFailure: true },
    )
  })
})

describe('the exact commands', () => {
  test('stand in the dialog, or above the button where the dialog is too small for them', () => {
    const short = commandsShown(['ceph osd blocklist add 1.1.2.1:0/7 3600'])
    expect(short).toEqual({ inConfirm: '`ceph osd blocklist add 1.1.2.1:0/7 3600`', above: [] })
    const long = Array.from(
      { length: 4 },
      (_, at) => `echo "file scst_priv.h func f line ${at} +lptf" > ${'/sys'.repeat(20)}`,
    )
    const { blocks } = drawn({}, [offer(1, { commands: long })])
    const shown = JSON.stringify(blocks)
    expect(shown).toContain('The 4 exact commands stand above this button.')
    for (const at of [0, 1, 2, 3]) expect(shown).toContain(`line ${at} +lptf`)
    expect(checkBlocks(blocks)).toEqual([])
  })
})

test('what has to be typed is named for what it is', () => {
  const condition = (typed: string) =>
    drawn({}, [offer(1, { typed, approvals: 2, because: 'it may be alive' })]).text
  expect(condition('1.1.2.1:0/1193546917')).toContain('Needs *2 approvals* and the address typed in')
  expect(condition('registry-lock')).toContain('and `registry-lock` typed in')
})

test('the end of a remedy keeps its conclusion and its button, however many steps it had', () => {
  const result = {
    ...{
      approvalId: 'apr-000001',
      state: 'failed' as const,
      now: 'n'.repeat(4000),
      undone: '',
      next: 'x'.repeat(4000),
    },
    lines: lines(100).map((text) => ({ at: 0, text, ok: true })),
    offers: [],
  }
  const followUps = [1, 2, 3, 4].map((n) =>
    offer(n, { touches: 't'.repeat(3000), because: 'b'.repeat(3000) }),
  )
  const { text, blocks } = acting({
    approval: sampleApproval('apr-000009'),
    lines: result.lines,
    result,
    followUps,
    record: 'abc',
  })
  expect(checkBlocks(blocks)).toEqual([])
  expect(countCharacters(text, blocks)).toBeLessThanOrEqual(12_000)
  expect(text).toMatch(/^\*Stopped\.\*/)
  expect(actionsOf(blocks)).toContain('again')
  for (const [at, { id }] of followUps.entries())
    expect(JSON.stringify(blocks).includes(`PLAN ${at + 1}`)).toBe(
      JSON.stringify(blocks).includes(`offer-${id}`),
    )
})

test('no secret is shown, wherever a worker found it', () => {
  const words = 'rados --key AQDSNm9mAAAAABAAq0x3vYkYq2nVtqXb5t0Q9A== ls'
  const offered = offer(1, { label: words, plan: words, touches: words, because: words, commands: [words] })
  const result = {
    ...{ approvalId: 'apr-000001', state: 'refused' as const, now: words, undone: words, next: words },
    leaves: { state: 'stays' as const, until: 0, label: words, commands: [words] },
    ...{ lines: [{ at: 0, text: words, ok: false }], offers: [] },
  }
  const shown = [
    drawn({ findings: [found(1, [words])], unseen: [{ what: words, why: words }] }, [offered]),
    acting({ approval: offered, lines: result.lines, result, followUps: [offered] }),
  ]
  for (const message of shown) {
    expect(JSON.stringify(message)).toContain('rados --key AQ***')
    expect(JSON.stringify(message)).not.toContain('AQDSNm')
  }
})

test('nothing is cut through: no entity, no time, no mention, no half of a character', () => {
  const whole = `${escaped('<&>')} <!date^1571036220^{time}|06:57 UTC> <@U0LIN00001> 💥 end`
  for (let limit = 1; limit < whole.length; limit += 1) {
    const short = cut(whole, limit)
    expect(short.length).toBeLessThanOrEqual(limit)
    expect(short).not.toMatch(/&[a-z]*…|<[^>]*…|[\ud800-\udbff]…/)
  }
  expect(cut('a <b that is no markup and goes on', 20)).toBe('a <b that is no mar…')
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { explained } from '../../../handlers/blocks/explained.ts'
import type { TriageAnswer } from '../../../jobs/triage.ts'
import { checkBlocks, countCharacters, maxCharacters } from '../../slack/blocks.ts'

const empty: TriageAnswer = { recognised: [], facts: {}, findings: [], next: [], doNot: [] }
const runs = (command: string) => command.startsWith('check ')

describe('an explanation', () => {
  test('says the conclusion first, then the evidence, the checks, and what not to do', () => {
    const { text, blocks } = explained({
      answer: {
        ...empty,
        recognised: [{ kind: 'rados listwatchers', from: 1, to: 2, lines: 2 }],
        facts: { watchers: [{ address: '1.1.2.1:0/7', client: 'client.4' }] },
        findings: [
          {
            playbook: 'watchers',
            code: 'x',
            verdict: 'confirmed',
            severity: 'warning',
            summary: 'Two watchers.',
            details: ['why'],
            evidence: ['watcher=1'],
          },
        ],
        next: [
          { command: 'check watchers rbd_header.1', why: 'who lives' },
          { command: 'reboot', why: 'no' },
        ],
        doNot: [{ what: 'block it', why: 'it may live' }],
      },
      runs,
    })
    const order = [
      '*Two watchers.*',
      '• why',
      'watcher=1',
      '1.1.2.1:0/7 client.4',
      '*Next:*',
      'Run: check watchers',
      "*Don't* block it",
    ]
    const places = order.map((piece) => text.indexOf(piece))
    expect(places).toEqual([...places].sort((a, b) => a - b))
    expect(places).not.toContain(-1)
    expect(JSON.stringify(blocks)).not.toContain('Run: reboot')
  })

  test('says so when nothing is concluded', () => {
    expect(explained({ answer: empty, runs }).text).toMatch(/^\*Nothing in it says that something is wrong/)
  })

  test('is a message that Slack takes, whatever was pasted, and pings nobody', () => {
    const nasty = fc.oneof(
      fc.constantFrom(
        '<!channel>',
        '<@U0LIN00001>',
        '```',
        '<https://x|y>',
        '*b*',
        '&amp;',
        'x'.repeat(1500),
      ),
      fc.string({ unit: 'binary', maxLength: 30 }),
    )
    const words = fc.array(nasty, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(' ') || 'x')
    const many = <T>(one: fc.Arbitrary<T>) => fc.array(one, { maxLength: 12 })
    const answer: fc.Arbitrary<TriageAnswer> = fc.record({
      recognised: many(fc.record({ kind: words, from: fc.nat(), to: fc.nat(), lines: fc.nat() })),
      facts: fc.dictionary(words, many(fc.dictionary(words, words, { maxKeys: 4 })), { maxKeys: 5 }),
      findings: many(
        fc.record({
          playbook: fc.constant('osd'),
          code: fc.constant('x'),
          verdict: fc.constant('confirmed' as const),
          severity: fc.constant('warning' as const),
          summary: words,
          details: many(words),
          evidence: many(words),
        }),
      ),
      next: many(fc.record({ command: words.map((text) => `check ${text}`.slice(0, 1500)), why: words })),
      doNot: many(fc.record({ what: words, why: words })),
    })
    fc.assert(
      fc.property(answer, (said) => {
        const { text, blocks } = explained({ answer: said, of: 'a<!here>.log', runs })
        expect(checkBlocks(blocks)).toEqual([])
        expect(countCharacters(text, blocks)).toBeLessThanOrEqual(maxCharacters)
        expect(JSON.stringify([text, blocks])).not.toMatch(/<[!@#]|<https?:/)
      }),
      { numRuns: 50, endOnFailure: true },
    )
  })
})

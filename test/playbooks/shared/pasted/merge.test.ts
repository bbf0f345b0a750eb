import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Finding } from '../../../../playbooks/shared/finding.ts'
import { merge } from '../../../../playbooks/shared/pasted/merge.ts'
import type { Told } from '../../../../playbooks/shared/triage.ts'

const nothing: Told = { recognised: [], facts: {}, findings: [], next: [], doNot: [], refused: [] }
const finding = (over: Partial<Finding>): Finding => ({
  playbook: 'watchers',
  code: 'x',
  verdict: 'confirmed',
  severity: 'info',
  summary: over.code ?? 'x',
  details: [],
  evidence: [],
  ...over,
})

describe('merge', () => {
  test('names each fact once, and leaves out what another one says as well', () => {
    const merged = merge([
      {
        ...nothing,
        facts: { watchers: [{ address: '1.1.2.1:0/7' }, { address: '1.1.2.4:0/9', client: '9' }], osds: [] },
      },
      {
        ...nothing,
        facts: {
          watchers: [
            { client: '4123', address: '1.1.2.1:0/7' },
            { client: '9', address: '1.1.2.4:0/9' },
          ],
        },
      },
    ])
    expect(merged.facts).toEqual({
      watchers: [
        { address: '1.1.2.4:0/9', client: '9' },
        { client: '4123', address: '1.1.2.1:0/7' },
      ],
    })
  })

  test('puts the worst first, and of two the surer one', () => {
    const merged = merge([
      {
        ...nothing,
        findings: [
          finding({ code: 'fine', severity: 'ok' }),
          finding({ code: 'perhaps', severity: 'warning', verdict: 'inconclusive' }),
        ],
        next: [{ command: 'check osds', why: 'a' }],
      },
      {
        ...nothing,
        findings: [
          finding({ code: 'sure', severity: 'warning' }),
          finding({ code: 'bad', severity: 'critical', verdict: 'inconclusive' }),
        ],
        next: [
          { command: 'check osd 4', why: 'b' },
          { command: 'check osds', why: 'c' },
        ],
      },
    ])
    expect(merged.findings.map(({ code }) => code)).toEqual(['bad', 'sure', 'perhaps', 'fine'])
    expect(merged.next.map(({ command }) => command)).toEqual(['check osd 4', 'check osds'])
  })

  test('says a sentence once, with the evidence of both', () => {
    const merged = merge([
      {
        ...nothing,
        findings: [finding({ evidence: ['a'] }), finding({ evidence: ['b'], severity: 'warning' })],
      },
    ])
    expect(merged.findings).toEqual([finding({ evidence: ['a', 'b'], severity: 'warning' })])
  })

  test('names what was refused', () => {
    const merged = merge([
      { ...nothing, refused: [{ line: 3, value: '1.1.2:0/11', why: 'an address has four numbers' }] },
    ])
    expect(merged.findings).toMatchObject([
      {
        playbook: 'triage',
        code: 'damaged-value',
        verdict: 'inconclusive',
        severity: 'info',
        evidence: ['1.1.2:0/11'],
      },
    ])
    expect(merged.findings[0]!.summary).toContain('`1.1.2:0/11` in line 3')
  })

  test('changes nothing more when it is done again, and loses no value', () => {
    const fact = fc.dictionary(fc.constantFrom('id', 'address', 'state'), fc.constantFrom('1', '2', 'up'), {
      maxKeys: 3,
    })
    const told: fc.Arbitrary<Told> = fc.record({
      recognised: fc.array(
        fc.record({ kind: fc.constantFrom('a', 'b'), from: fc.nat(3), to: fc.nat(3), lines: fc.nat(3) }),
        { maxLength: 3 },
      ),
      facts: fc.dictionary(
        fc.constantFrom('osds', 'watchers', '__proto__'),
        fc.array(fact, { maxLength: 4 }),
        { maxKeys: 3 },
      ),
      findings: fc.array(
        fc.record({
          playbook: fc.constant('osd'),
          code: fc.constantFrom('a', 'b'),
          verdict: fc.constantFrom('confirmed' as const, 'inconclusive' as const, 'ruled-out' as const),
          severity: fc.constantFrom('ok' as const, 'info' as const, 'warning' as const, 'critical' as const),
          summary: fc.constantFrom('s', 't'),
          details: fc.constant([]),
          evidence: fc.array(fc.constantFrom('l', 'm'), { maxLength: 2 }),
        }),
        { maxLength: 4 },
      ),
      next: fc.array(
        fc.record({ command: fc.constantFrom('check osds', 'check osd 1'), why: fc.constant('w') }),
        { maxLength: 2 },
      ),
      doNot: fc.array(fc.record({ what: fc.constantFrom('p', 'q'), why: fc.constant('w') }), {
        maxLength: 2,
      }),
      refused: fc.array(
        fc.record({ line: fc.nat(3), value: fc.constantFrom('v', 'u'), why: fc.constant('w') }),
        { maxLength: 2 },
      ),
    })
    fc.assert(
      fc.property(fc.array(told, { maxLength: 4 }), (all) => {
        const once = merge(all)
        expect(merge([once])).toEqual(once)
        const values = (list: Told[]) =>
          new Set(
            list.flatMap(({ facts }) =>
              Object.values(facts)
                .flat()
                .flatMap((record) => Object.values(record)),
            ),
          )
        expect(values([once])).toEqual(values(all))
      }),
    )
  })
})

test('a reader that had nothing to judge is silent beside one that had', () => {
  const shrug = { ...nothing, findings: [finding({ code: 'nothing-to-judge' })] }
  const judged = { ...nothing, findings: [finding({ code: 'health-ok', severity: 'ok' })] }
  expect(merge([shrug, judged]).findings).toEqual(judged.findings)
  expect(merge([shrug]).findings).toEqual(shrug.findings)
})

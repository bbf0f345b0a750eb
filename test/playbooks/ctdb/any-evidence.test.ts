import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CtdbArgs } from '../../../playbooks/ctdb/args.ts'
import type { Observation } from '../../../playbooks/shared/observation.ts'
import { gun, helperIdle, helperStuck, look, type Node, stats } from './situation.ts'

const bad: Partial<Observation>[] = [
  { outcome: 'timed-out', reason: 'late' },
  { outcome: 'unreachable', reason: 'gone' },
  { stdout: '' },
  { stdout: 'garbage\u0000{[' },
  { exitCode: 1, stdout: '', stderr: 'x: Permission denied' },
  { truncated: true },
]
const situations: Node[] = [
  {},
  { processes: helperStuck },
  { count: 0, processes: helperIdle },
  { count: 120, flags: ['Unhealthy'], processes: stats(20) },
  { count: 212, flags: ['Unhealthy'], processes: [...stats(20), ...gun] },
]
const ids = [...new Set(look([...situations]).wanted.map((id) => id.split('@')[0]!))]
const damage = fc.dictionary(fc.constantFrom(...ids), fc.constantFrom(...bad), { maxKeys: 6 })

test('whatever is missing or garbled, nothing throws, nothing unseen is healthy, and nothing rests on the unseen', () => {
  fc.assert(
    fc.property(fc.nat(situations.length - 1), damage, (at, instead) => {
      const node = situations[at]!
      const found = look([{ ...node, instead }])
      const unseen = new Set(
        Object.entries(instead)
          .filter(
            ([, { outcome, stdout, stderr, truncated }]) =>
              outcome || stderr || truncated || stdout?.startsWith('garbage'),
          )
          .map(([id]) => id),
      )
      const lost = (...needed: string[]) =>
        needed.some((id) => unseen.has(id) && found.wanted.includes(`${id}@n0`))
      if (found.findings.some(({ severity }) => severity === 'ok'))
        expect(lost('processes', 'script', 'runs', 'waits-1', 'mounts')).toBe(false)
      if (found.offers.length > 0) expect(lost('processes', 'script', 'files', 'tunables')).toBe(false)
      expect(found.findings.length).toBeGreaterThan(0)
    }),
    { numRuns: 300, seed: 20261120 },
  )
})

test.each(['status', 'processes', 'script', 'runs', 'mounts'])(
  'without %s it is not called healthy, and the gap is named',
  (id) => {
    const found = look([{ instead: { [id]: { outcome: 'timed-out', reason: 'late' } } }])
    expect(found.codes).not.toContain('healthy')
    expect(found.unseen.some(({ probe }) => probe === `${id}@n0`)).toBe(true)
  },
)

test('arguments: one node, a folder, seconds; odd ones are refused with what is right', () => {
  expect(CtdbArgs.parse({ on: 'fd00::1', base: '/etc/ctdb/' })).toEqual({
    on: 'fd00::1',
    base: '/etc/ctdb',
    intervalMs: 4000,
  })
  expect(CtdbArgs.parse({ target: 'n1' }).on).toBe('n1')
  for (const args of [
    { on: '-x' },
    { on: 'a b' },
    { on: 'a', target: 'b' },
    { base: 'etc' },
    { base: '/a b' },
    { interval: '61' },
    { interval: 'x' },
  ])
    expect(CtdbArgs.safeParse(args).error?.issues[0]?.message, JSON.stringify(args)).toMatch(/`|Which node/)
})

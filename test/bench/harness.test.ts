import { expect, test, vi } from 'vitest'
import { toEre } from './ere.ts'
import { alternate, missing, runRow } from './rounds.ts'
import type { Line, Row } from './row.ts'
import { table } from './table.ts'
import { exitCode, growth, judge, median, notRun, percentile, verdictOf } from './verdict.ts'

const line: Line = {
  name: 'ack',
  what: 'ours against theirs',
  unit: 'ms',
  ours: 'us.p99',
  peer: 'them.p99',
  target: 1.3,
}

test('a median is the middle value, or between the middle two', () => {
  expect(median([9, 1, 5])).toBe(5)
  expect(median([4, 1, 2, 100])).toBe(3)
  expect(() => median([])).toThrow('no values')
})

test('p99 of a hundred is the second largest at most', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1)
  expect(percentile(hundred, 0.99)).toBe(99)
  expect(percentile([7], 0.99)).toBe(7)
})

test('growth tells a straight line from a square and from a fixed cost', () => {
  const over = (of: (x: number) => number) => growth([10, 100, 1000].map((x) => [x, of(x)] as const))
  expect(over((x) => 3 * x)).toBeCloseTo(1)
  expect(over((x) => x * x)).toBeCloseTo(2)
  expect(over(() => 5)).toBeCloseTo(0)
  expect(() =>
    growth([
      [1, 0],
      [2, 1],
    ]),
  ).toThrow('above 0')
})

test('the ratio is that of the medians of all rounds', () => {
  const samples = { us: [{ p99: 2 }, { p99: 90 }, { p99: 3 }], them: [{ p99: 2 }, { p99: 2 }, { p99: 1 }] }
  expect(judge(line, samples)).toMatchObject({
    ours: 3,
    peer: 2,
    ratio: 1.5,
    target: 1.3,
    rounds: 3,
    verdict: 'missed',
  })
})

test('a missed target is red, one missed by more than twice fails the run', () => {
  expect(verdictOf(1.3, 1.3, 'lower')).toBe('met')
  expect(verdictOf(1.31, 1.3, 'lower')).toBe('missed')
  expect(verdictOf(2.61, 1.3, 'lower')).toBe('failed')
  expect(verdictOf(2, 2, 'higher')).toBe('met')
  expect(verdictOf(1.9, 2, 'higher')).toBe('missed')
  expect(verdictOf(0.99, 2, 'higher')).toBe('failed')
  expect(verdictOf(Number.NaN, 2, 'lower')).toBe('failed')
})

test('ends with 1 when a line failed, or when nothing ran', () => {
  const met = judge({ ...line, target: 9 }, { us: [{ p99: 1 }], them: [{ p99: 1 }] })
  const failed = judge(line, { us: [{ p99: 9 }], them: [{ p99: 1 }] })
  const [absent] = notRun({ lines: [line] }, 'needs root')
  expect(exitCode([met, absent!])).toBe(0)
  expect(exitCode([met, failed])).toBe(1)
  expect(exitCode([absent!])).toBe(1)
  expect(exitCode([])).toBe(1)
  expect(exitCode([met, ...notRun({ lines: [line] }, 'broke: no ack')])).toBe(1)
})

test('a metric that was not measured in every round is an error, not a number', () => {
  expect(() => judge(line, { us: [{ p99: 1 }, {}], them: [{ p99: 1 }] } as never)).toThrow('us.p99')
  expect(() => judge(line, { us: [{ p99: 1 }] })).toThrow('them.p99')
})

test('contenders take turns, every other round in reverse, and the first round does not count', async () => {
  const order: string[] = []
  let n = 0
  const runs = Object.fromEntries(
    ['a', 'b'].map((name) => {
      const run = async () => {
        order.push(name)
        return { at: n++ }
      }
      return [name, run] as const
    }),
  )
  const samples = await alternate({ runs }, 2, true)
  expect(order.join('')).toBe('baabba')
  expect(samples).toEqual({ a: [{ at: 2 }, { at: 5 }], b: [{ at: 3 }, { at: 4 }] })
})

test('a row that cannot run here says why', () => {
  const row: Row = { name: 'x', lines: [], needs: { root: true, programs: ['clush'] }, open: vi.fn() }
  const machine = { root: true, has: () => false }
  expect(missing(row, { ...machine, root: false }, 'whole')).toBe('needs root')
  expect(missing(row, machine, 'whole')).toBe('not installed: clush')
  expect(missing({ ...row, onlyWhole: 'too long' }, machine, 'short')).toContain('too long')
  expect(missing(row, { root: true, has: () => true }, 'whole')).toBeUndefined()
})

test('a contest is closed also when a contender breaks', async () => {
  const close = vi.fn(async () => {})
  const runs = {
    us: async () => {
      throw new Error('broke')
    },
  }
  const row: Row = { name: 'x', lines: [line], needs: {}, open: async () => ({ runs, close }) }
  await expect(runRow(row, 'short')).rejects.toThrow('broke')
  expect(close).toHaveBeenCalledOnce()
})

test('the table shows what was not run as that', () => {
  const text = table([{ name: 'check', what: '', verdict: 'not-run', why: 'needs root' }])
  expect(text).toContain('not run: needs root')
  expect(text).not.toContain('met')
})

test('a signature means the same to grep, or more', () => {
  expect(toEre('(?:\\d+\\/x)')).toBe('([0-9]+/x)')
  expect(toEre('(?<!\\d)(?:a)(?=b)c')).toBe('(a)c')
  expect(toEre('[\\w.-]+?')).toBe('[[:alnum:]_.-]+')
  expect(toEre('[^\\]x]')).toBe('[^]x]')
  expect(toEre('\\bD\\s\\.')).toBe('\\bD\\s\\.')
  expect(() => toEre('(a)\\1')).toThrow('back references')
})

import type { Line, Row, Sample } from './row.ts'

/** A line of the table. `not-run` is never a pass. */
export type Result =
  | {
      name: string
      what: string
      ours: number
      peer: number
      unit: string
      ratio: number
      target: number
      better: 'lower' | 'higher'
      verdict: 'met' | 'missed' | 'failed'
      /** rounds that count */
      rounds: number
    }
  | { name: string; what: string; verdict: 'not-run'; why: string }

/** The middle one of an odd number of values, the mean of the middle two of an even number. Throws for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[sorted.length >> 1]
  const lower = sorted[(sorted.length - 1) >> 1]
  if (upper === undefined || lower === undefined) throw new Error('no values, so no median')
  return (lower + upper) / 2
}

/** The value that a share (0.99) of all values does not exceed. Throws for none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const found = sorted[Math.min(sorted.length, Math.max(1, Math.ceil(share * sorted.length))) - 1]
  if (found === undefined) throw new Error('no values, so no percentile')
  return found
}

/**
 * How y grows with x: the exponent e of y ~ x^e, by least squares over the logarithms. 1: a straight line through the
 * origin, 2: a square; below 1: part of it is a fixed cost. Throws for fewer than two points, or values of 0 or less.
 */
export function growth(points: readonly (readonly [x: number, y: number])[]): number {
  if (points.length < 2 || points.some(([x, y]) => !(x > 0 && y > 0)))
    throw new Error('growth needs two points with values above 0')
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)] as const)
  const mean = (at: 0 | 1) => logs.reduce((sum, point) => sum + point[at], 0) / logs.length
  const [mx, my] = [mean(0), mean(1)]
  const over = logs.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0)
  return over / logs.reduce((sum, [x]) => sum + (x - mx) ** 2, 0)
}

/** Judges one line by the samples of all contenders, one per round. Throws when a contender gave no such metric. */
export function judge(line: Line, samples: Readonly<Record<string, readonly Sample[]>>): Result {
  const { name, what, unit, target, better = 'lower' } = line
  const of = (source: string | number) => (typeof source === 'number' ? [source] : valuesOf(source, samples))
  const [ours, peer] = [median(of(line.ours)), median(of(line.peer))]
  const ratio = ours / peer
  const rounds = of(line.ours).length
  return {
    name,
    what,
    ours,
    peer,
    unit,
    ratio,
    target,
    better,
    verdict: verdictOf(ratio, target, better),
    rounds,
  }
}

/** `missed`: the target is; `failed`: by more than a factor of two, or nothing sensible was measured. */
export function verdictOf(
  ratio: number,
  target: number,
  better: 'lower' | 'higher',
): 'met' | 'missed' | 'failed' {
  const times = better === 'lower' ? ratio / target : target / ratio
  if (times <= 1) return 'met'
  return times <= 2 ? 'missed' : 'failed'
}

/** The lines of a row that did not run; a reason that begins with `broke` is a failure. */
export function notRun(row: Pick<Row, 'lines'>, why: string): Result[] {
  return row.lines.map(({ name, what }) => ({ name, what, verdict: 'not-run', why }))
}

/** Whether a line failed or broke; a missed target alone is written down, no failure. */
export function hasFailed(results: readonly Result[]): boolean {
  return results.some(
    (result) =>
      result.verdict === 'failed' || (result.verdict === 'not-run' && result.why.startsWith('broke')),
  )
}

/** 1 when a line has failed, or when nothing was measured at all. */
export function exitCode(results: readonly Result[]): 0 | 1 {
  return hasFailed(results) || results.every(({ verdict }) => verdict === 'not-run') ? 1 : 0
}

function valuesOf(source: string, samples: Readonly<Record<string, readonly Sample[]>>): number[] {
  const [contender = '', metric = ''] = source.split('.')
  const values = (samples[contender] ?? []).map((sample) => sample[metric])
  if (values.length === 0 || values.some((value) => value === undefined || !Number.isFinite(value)))
    throw new Error(`${source} was not measured in every round`)
  return values as number[]
}

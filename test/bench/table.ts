import type { Result } from './verdict.ts'

/** The results as text in columns, the widest first column last. */
export function table(results: readonly Result[]): string {
  const rows = [['', 'ours', 'peer', 'unit', 'ratio', 'target', ''], ...results.map(cells)]
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 || column > 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function cells(result: Result): string[] {
  if (result.verdict === 'not-run') return [result.name, '', '', '', '', '', `not run: ${result.why}`]
  const { name, ours, peer, unit, ratio, target, better, verdict } = result
  const sign = better === 'lower' ? '≤' : '≥'
  return [name, short(ours), short(peer), unit, short(ratio), `${sign} ${target}`, verdict]
}

/** Three digits that count. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  const size = Math.abs(value)
  return size >= 100 ? value.toFixed(0) : size >= 10 ? value.toFixed(1) : value.toFixed(2)
}

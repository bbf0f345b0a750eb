import { NotSeen, type Output } from '../probe.ts'

/**
 * The fields of every row that ps printed, as `row` captures them; `one` and `many` name what a row is, for errors.
 * Never empty: ps lists itself. Throws NotSeen for a failed, cut or empty listing, and for a row that does not fit.
 */
export function psRows(output: Output, row: RegExp, one: string, many: string): string[][] {
  if (output.exitCode !== 0)
    throw new NotSeen('failed', `ps ended with ${output.exitCode}: ${output.stderr.trim().slice(0, 200)}`)
  if (output.truncated) throw new NotSeen('unparsable', `the list of ${many} is longer than what is kept`)
  const rows = output.stdout.split('\n').filter((line) => line.trim() !== '')
  if (rows.length === 0) throw new NotSeen('unparsable', 'ps printed nothing')
  return rows.map((line, index) => {
    const match = row.exec(line)
    if (!match) throw new NotSeen('unparsable', `ps, line ${index + 1}: not a ${one}: ${line.slice(0, 120)}`)
    return match.slice(1)
  })
}

/** A `wchan` column: undefined when it runs, or when the kernel does not tell. */
export function wchanOf(column: string): string | undefined {
  return column === '-' || column === '0' ? undefined : column
}

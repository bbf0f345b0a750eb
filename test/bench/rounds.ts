import type { Contest, Effort, Row, Sample } from './row.ts'
import { judge, notRun, type Result } from './verdict.ts'

const ROUNDS = { whole: 5, short: 2 } satisfies Record<Effort, number>

/** What this machine offers; see `missing`. */
export type Machine = { root: boolean; has(program: string): boolean }

/** Why a row cannot be run here; undefined when it can. */
export function missing({ needs, onlyWhole }: Row, machine: Machine, effort: Effort): string | undefined {
  if (effort === 'short' && onlyWhole !== undefined) return notInShort(onlyWhole)
  if (needs.root && !machine.root) return 'needs root'
  const absent = (needs.programs ?? []).filter((program) => !machine.has(program))
  return absent.length > 0 ? `not installed: ${absent.join(', ')}` : undefined
}

const notInShort = (why: string) => `not in the short form: ${why}`

/**
 * Runs the contenders in turn, round by round, every other round in reverse, so that what drifts on the machine hits
 * all of them alike. The first round warms up and does not count. Closes the contest, whatever happens.
 */
export async function runRow(row: Row, effort: Effort): Promise<Result[]> {
  const contest = await row.open(effort)
  try {
    const samples = await alternate(contest, row.rounds?.[effort] ?? ROUNDS[effort], row.warmUp !== false)
    return row.lines.flatMap((line) => {
      const why = effort === 'short' ? line.onlyWhole : undefined
      return why === undefined ? [judge(line, samples)] : notRun({ lines: [line] }, notInShort(why))
    })
  } finally {
    await contest.close()
  }
}

/** The samples of each contender, one per round that counts. */
export async function alternate(
  { runs }: Pick<Contest, 'runs'>,
  rounds: number,
  warmUp: boolean,
): Promise<Record<string, Sample[]>> {
  const contenders = Object.entries(runs)
  const samples: Record<string, Sample[]> = Object.fromEntries(contenders.map(([name]) => [name, []]))
  for (let round = warmUp ? -1 : 0; round < rounds; round++) {
    for (const [name, run] of round % 2 === 0 ? contenders : contenders.toReversed()) {
      const sample = await run()
      if (round >= 0) samples[name]!.push(sample)
    }
  }
  return samples
}

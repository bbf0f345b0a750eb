import type { Reader } from '../../playbooks/shared/triage.ts'
import { branchesOf, isExact, type Pattern, readPattern } from './pattern.ts'
import { createSearch } from './search.ts'

/** Where the lines of a chunk begin (until the chunk after the next), and for each reader those that it wants, ascending. */
export type Sieved = { starts: Uint32Array; wanted: number[][] }

/**
 * Asks the `wants` of readers (at most 15) of very many lines, by one search over the bytes for all of them. Where the search cannot
 * follow a regular expression (`\b`, `(?=…)`) it finds too much: only then is the expression itself asked.
 */
export function createSieve(
  readers: readonly Pick<Reader, 'wants'>[],
  mostStates?: number,
): (bytes: Buffer, size: number) => Sieved {
  const branches = readers.map(({ wants }) => branchesOf(readPattern(wants.source)))
  const search = createSearch(
    branches.flatMap((of, reader) => [
      ...searched(of.filter(isExact), surely(reader)),
      ...searched(
        of.filter((one) => !isExact(one)),
        perhaps(reader),
      ),
    ]),
    readers.reduce((bits, _, reader) => bits | (1 << perhaps(reader)), 0),
    mostStates,
  )
  return (bytes, size) => {
    const { starts, found } = search(bytes, size)
    const wanted = readers.map((): number[] => [])
    for (const { line, bits } of found) {
      let text: string | undefined
      for (let reader = 0; reader < readers.length; reader += 1) {
        let wants = (bits & (1 << surely(reader))) !== 0
        if (!wants && bits & (1 << perhaps(reader))) {
          text ??= bytes.toString('latin1', starts[line], (starts[line + 1] ?? size + 1) - 1)
          wants = readers[reader]!.wants.test(text)
        }
        if (wants) wanted[reader]!.push(line)
      }
    }
    return { starts, wanted }
  }
}

const surely = (reader: number) => 2 * reader
const perhaps = (reader: number) => 2 * reader + 1

function searched(of: readonly Pattern[], bit: number): { pattern: Pattern; bit: number }[] {
  return of.length === 0 ? [] : [{ pattern: { is: 'choice', of: [...of] }, bit }]
}

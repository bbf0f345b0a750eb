/** Lines of one chunk of a large text, by their place in it. `at` may be asked until the chunk after the next is there. */
export type ChunkLines = {
  /** how many lines came before this chunk */
  before: number
  count: number
  bytes(line: number): number
  /** a line without its end; cut at a blank when it is very long */
  at(line: number): string
}

/** One line that was kept, by its own account or as a neighbour; `number` counts from 0 in the whole text. */
export type KeptLine = { number: number; text: string }

/** what readers get of the lines around a wanted one: a stack trace, the rest of a wrapped line */
const BEFORE = 1
const AFTER = 3

/** The first and the last wanted lines of one reader, with their neighbours, of about `bytes` together. */
export type Ends = {
  /** chunk by chunk, in order; `wanted` ascends */
  add(lines: ChunkLines, wanted: readonly number[]): void
  all(): KeptLine[]
}

/** Lines of one chunk that were chosen, ascending, not yet made into text: most of them are replaced by the next chunk's. */
type Choice = {
  lines: ChunkLines
  chosen: number[]
  /** how many of the wanted lines */
  taken: number
  bytes: number
}

export function keepEnds(bytes: number): Ends {
  // the end of a log is what is present: it gets more
  const firstBytes = bytes / 3
  const lastBytes = bytes - firstBytes
  const first: KeptLine[] = []
  let firstSize = 0
  let last: KeptLine[] = []
  let pending: Choice | undefined

  return {
    add(lines, wanted) {
      let from = 0
      if (firstSize < firstBytes && wanted.length > 0) {
        const begin = chooseFirst(lines, wanted, firstBytes - firstSize)
        first.push(...texts(begin))
        firstSize += begin.bytes
        from = begin.taken
      }
      const tail = chooseLast(lines, wanted, from, lastBytes)
      // now or never: its chunk is about to go
      const before = pending && tail.bytes < lastBytes ? texts(pending) : []
      if (tail.bytes > 0 || before.length > 0) last = fitting([...last, ...before], lastBytes - tail.bytes)
      pending = tail.bytes > 0 ? tail : undefined
    },
    all: () => [...first, ...last, ...(pending ? texts(pending) : [])],
  }
}

/** The first wanted lines with their neighbours, as many as fit. */
function chooseFirst(lines: ChunkLines, wanted: readonly number[], bytes: number): Choice {
  const chosen: number[] = []
  let size = 0
  let taken = 0
  for (let next = 0; taken < wanted.length && size < bytes; taken += 1) {
    const line = wanted[taken]!
    const end = Math.min(lines.count - 1, line + AFTER)
    for (next = Math.max(next, line - BEFORE); next <= end; next += 1) {
      chosen.push(next)
      size += lines.bytes(next)
    }
  }
  return { lines, chosen, taken, bytes: size }
}

/** The last of the wanted lines behind the first `from`, with their neighbours, as many as fit. */
function chooseLast(lines: ChunkLines, wanted: readonly number[], from: number, bytes: number): Choice {
  const chosen: number[] = []
  let size = 0
  let left = wanted.length
  for (let next = lines.count - 1; left > from && size < bytes; left -= 1) {
    const line = wanted[left - 1]!
    const end = Math.max(0, line - BEFORE)
    for (next = Math.min(next, line + AFTER); next >= end; next -= 1) {
      chosen.push(next)
      size += lines.bytes(next)
    }
  }
  return { lines, chosen: chosen.reverse(), taken: wanted.length - left, bytes: size }
}

function texts({ lines, chosen }: Choice): KeptLine[] {
  return chosen.map((line) => ({ number: lines.before + line, text: lines.at(line) }))
}

/** The last of the lines that fit. */
function fitting(lines: readonly KeptLine[], bytes: number): KeptLine[] {
  let size = 0
  let from = lines.length
  while (from > 0 && size < bytes) {
    from -= 1
    size += lines[from]!.text.length + 1
  }
  return lines.slice(from)
}

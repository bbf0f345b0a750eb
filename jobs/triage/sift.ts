import type { Reader } from '../../playbooks/shared/triage.ts'
import { decode } from './decode.ts'
import { type ChunkLines, keepEnds } from './keep-ends.ts'
import type { Text } from './read.ts'
import type { Seen } from './seen.ts'
import { createSieve } from './sieve.ts'

/** A larger text is not read whole. */
export const WHOLE_BYTES = 2_000_000
/** of a larger one */
const KEPT_BYTES = 300_000
const CHUNK_BYTES = 256 * 1024
const LINE_BYTES = 64 * 1024
const NEWLINE = 10

/**
 * Takes a large text piece by piece and keeps the lines that some reader wants, with their neighbours: the first and the
 * last of each reader, about KEPT_BYTES in all. Memory is bounded whatever comes in.
 */
export type Sift = {
  push(bytes: Uint8Array): void
  /** what was kept; an empty line stands for every gap */
  end(): { text: Text; lines: number; sifted: NonNullable<Seen['sifted']> }
}

export function createSift(readers: readonly Pick<Reader, 'wants'>[]): Sift {
  const sieve = createSieve(readers)
  const ends = readers.map(() => keepEnds(KEPT_BYTES / readers.length))
  // two in turn: what was chosen of a chunk is made into text when the next one is there
  let held = Buffer.allocUnsafe(CHUNK_BYTES)
  let other = Buffer.allocUnsafe(CHUNK_BYTES)
  let length = 0
  let before = 0
  let wanted = 0
  /** lines of which only the beginning is used */
  const cut = new Set<number>()
  /** inside of a line that is too long: what comes until its end is dropped */
  let dropping = false

  function push(bytes: Uint8Array): void {
    let rest = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    while (rest.length > 0) {
      if (dropping) {
        const end = rest.indexOf(NEWLINE)
        if (end < 0) return
        rest = rest.subarray(end + 1)
        dropping = false
        continue
      }
      const taken = rest.copy(held, length)
      length += taken
      rest = rest.subarray(taken)
      if (length === CHUNK_BYTES) drain()
    }
  }

  /** Sifts the whole lines that are held, and keeps the beginning of the next. */
  function drain(): void {
    const end = length === 0 ? 0 : held.lastIndexOf(NEWLINE, length - 1) + 1
    if (end > 0) {
      sift(end - 1)
      held.copy(other, 0, end, length)
      length -= end
    } else {
      dropping = length === CHUNK_BYTES
      if (dropping) cut.add(before)
      sift(length)
      length = 0
    }
    ;[held, other] = [other, held]
  }

  function sift(size: number): void {
    const bytes = held
    const { starts, wanted: found } = sieve(bytes, size)
    const lines: ChunkLines = {
      before,
      count: starts.length,
      bytes: (line) => endOf(starts, line, size) - starts[line]! + 1,
      at: (line) => {
        if (endOf(starts, line, size) - starts[line]! > LINE_BYTES) cut.add(before + line)
        return lineAt(bytes, size, starts, line)
      },
    }
    for (const [reader, its] of found.entries()) ends[reader]!.add(lines, its)
    wanted += new Set(found.flat()).size
    before += starts.length
  }

  return {
    push,
    end() {
      while (length > 0) drain()
      const kept = new Map<number, string>()
      for (const each of ends) for (const { number, text } of each.all()) kept.set(number, text)
      let read = 0
      for (const text of kept.values()) if (readers.some(({ wants }) => wants.test(text))) read += 1
      return { text: joined(kept), lines: before, sifted: { wanted, kept: read, tooLong: cut.size } }
    },
  }
}

const endOf = (starts: Uint32Array, line: number, size: number) => (starts[line + 1] ?? size + 1) - 1

/**
 * A line as text of its own: a slice of the chunk would keep all of it in memory. A very long one ends at a blank, so that
 * nothing in it is cut in two.
 */
function lineAt(held: Buffer, size: number, starts: Uint32Array, line: number): string {
  const from = starts[line]!
  const to = endOf(starts, line, size)
  const end = to - from <= LINE_BYTES ? to : Math.max(from, held.lastIndexOf(' ', from + LINE_BYTES))
  return held.toString('latin1', from, end)
}

/** Bytes were taken for characters, because most of them nobody reads; here they become what they are. */
function joined(kept: ReadonlyMap<number, string>): Text {
  const pieces: string[] = []
  const numbers: number[] = []
  let last = -1
  for (const [number, text] of [...kept].sort(([a], [b]) => a - b)) {
    if (last >= 0 && number > last + 1) {
      pieces.push('')
      numbers.push(last + 2)
    }
    pieces.push(text)
    numbers.push(number + 1)
    last = number
  }
  return { text: decode(Buffer.from(pieces.join('\n'), 'latin1'), 'utf-8'), numbers }
}

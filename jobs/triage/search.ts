import { classesOf } from './byte-classes.ts'
import { addNodes, type Node } from './nodes.ts'
import type { Pattern } from './pattern.ts'

/**
 * Lines of a piece of text: where each begins, and those that a pattern matches, ascending, with the bits of all that do.
 * `starts` holds until the search after the next.
 */
export type Lines = { starts: Uint32Array; found: { line: number; bits: number }[] }

/** Searches whole lines for all patterns at once, each byte looked at once. Line ends are `\n`; the last line may lack it. */
export type Search = (bytes: Uint8Array, size: number) => Lines

/** Steps that wait for a byte, and the bits of what is found: so far, and if the line ends here. */
type Reached = { steps: number[]; bits: number; bitsAtEnd: number }

const NEWLINE = 10
/** a text that needs more is searched with less care */
const MOST_STATES = 6000

/**
 * A search for patterns, each with a bit (0 to 30), as a table of states that grows with what is seen in the text, as in
 * grep: https://swtch.com/~rsc/regexp/regexp1.html. A line that would need too many states gets the bits of `unsure`.
 */
export function createSearch(
  patterns: readonly { pattern: Pattern; bit: number }[],
  unsure: number,
  mostStates = MOST_STATES,
): Search {
  const nodes: Node[] = []
  const roots = patterns.map(({ pattern, bit }) => addNodes(nodes, pattern, bit))
  const { classes, members } = classesOf(nodes)
  // a line's end is a class of its own, of which no state knows where it leads
  classes[NEWLINE] = members.length
  const width = members.length + 1
  // row by row the states; in it the row of the next state, negative when that one has found something
  const table = new Int32Array((mostStates + 2) * width)
  const states: Reached[] = [{ steps: [], bits: 0, bitsAtEnd: 0 }]
  const known = new Map<string, number>()

  // a match may begin at every byte: these steps are part of every state, and not written down in each
  const always = reached(roots, false)
  const isAlways = new Set(always.steps)
  const begun = members.map((byte) => reached(after(always.steps, byte), false))
  const first = stateOf([reached(roots, true)])!

  /** What can be reached without a byte. */
  function reached(from: readonly number[], beginning: boolean): Reached {
    const seen = new Set<number>()
    const atEnd = new Set<number>()
    let [bits, bitsAtEnd] = [0, 0]
    const follow = (start: readonly number[], been: Set<number>, ended: boolean) => {
      const waiting = [...start]
      for (let step = waiting.pop(); step !== undefined; step = waiting.pop()) {
        if (been.has(step)) continue
        been.add(step)
        const node = nodes[step]!
        if (node.is === 'both') waiting.push(node.a, node.b)
        if ((node.is === 'beginning' && beginning) || (node.is === 'end' && ended)) waiting.push(node.next)
        if (node.is === 'found' && ended) bitsAtEnd |= 1 << node.bit
        if (node.is === 'found' && !ended) bits |= 1 << node.bit
      }
    }
    follow(from, seen, false)
    const ends = [...seen].filter((step) => nodes[step]!.is === 'end')
    if (ends.length > 0) follow(ends, atEnd, true)
    return { steps: [...seen].filter((step) => nodes[step]!.is === 'bytes'), bits, bitsAtEnd }
  }

  function after(steps: readonly number[], byte: number): number[] {
    return steps.flatMap((step) => {
      const node = nodes[step]!
      return node.is === 'bytes' && node.set[byte] ? [node.next] : []
    })
  }

  /** The state of all that was reached together. Undefined: there are too many. */
  function stateOf(all: readonly Reached[]): number | undefined {
    const steps = new Set<number>()
    let bits = 0
    let bitsAtEnd = always.bitsAtEnd
    for (const one of all) {
      for (const step of one.steps) if (!isAlways.has(step)) steps.add(step)
      bits |= one.bits
      bitsAtEnd |= one.bitsAtEnd
    }
    const sorted = [...steps].sort((a, b) => a - b)
    const key = `${bits} ${bitsAtEnd} ${sorted.join()}`
    const before = known.get(key)
    if (before !== undefined || states.length > mostStates) return before
    known.set(key, states.length)
    return states.push({ steps: sorted, bits, bitsAtEnd }) - 1
  }

  /** Undefined: there are too many states. */
  function work(row: number, kind: number): number | undefined {
    const moved = reached(after(states[row / width]!.steps, members[kind]!), false)
    const next = stateOf([moved, begun[kind]!])
    if (next !== undefined) table[row + kind] = states[next]!.bits === 0 ? next * width : -next * width
    return next
  }

  const firstRow = first * width
  const firstBits = states[first]!.bits | always.bits
  // two in turn, because making them anew costs as much as the search
  let starts = new Uint32Array(0)
  let before = new Uint32Array(0)
  return (bytes, size) => {
    ;[starts, before] = [before, starts]
    if (starts.length <= size) starts = new Uint32Array(size + 1)
    const found: Lines['found'] = []
    let line = 0
    starts[0] = 0
    let row = firstRow
    let bits = firstBits
    for (let at = 0; at < size; at += 1) {
      let next = table[row + classes[bytes[at]!]!]!
      // almost all of a text: known ground, and nothing found
      while (next > 0) {
        row = next
        at += 1
        if (at === size) break
        next = table[row + classes[bytes[at]!]!]!
      }
      if (at === size) break
      if (next < 0) {
        row = -next
        bits |= states[row / width]!.bits
      } else if (bytes[at] === NEWLINE) {
        bits |= states[row / width]!.bitsAtEnd
        if (bits !== 0) found.push({ line, bits })
        line += 1
        starts[line] = at + 1
        row = firstRow
        bits = firstBits
      } else {
        const worked = work(row, classes[bytes[at]!]!)
        if (worked === undefined) {
          bits |= unsure
          // the rest of the line is not looked at: nothing is found where it ends
          row = 0
          const newline = bytes.indexOf(NEWLINE, at)
          at = (newline < 0 || newline > size ? size : newline) - 1
        } else {
          row = worked * width
          bits |= states[worked]!.bits
        }
      }
    }
    bits |= states[row / width]!.bitsAtEnd
    if (bits !== 0) found.push({ line, bits })
    return { starts: starts.subarray(0, line + 1), found }
  }
}

import type { ByteSet } from './byte-set.ts'
import { MOST_COUNTED, type Pattern } from './pattern.ts'

/** A step of a search: takes a byte of a set and goes on, goes on in two ways, only where a line begins or ends, or has found. */
export type Node =
  | { is: 'bytes'; set: ByteSet; next: number }
  | { is: 'both'; a: number; b: number }
  | { is: 'beginning' | 'end'; next: number }
  | { is: 'found'; bit: number }

/** Adds the steps that search for a pattern and then report a bit; returns the first of them. */
export function addNodes(nodes: Node[], pattern: Pattern, bit: number): number {
  const found = add({ is: 'found', bit })

  function add(node: Node): number {
    nodes.push(node)
    return nodes.length - 1
  }

  function compile(one: Pattern, next: number): number {
    switch (one.is) {
      case 'bytes':
        return add({ is: 'bytes', set: one.set, next })
      case 'beginning':
      case 'end':
        return add({ is: one.is, next })
      case 'nothing':
        return next
      case 'anything':
        return found
      case 'choice':
        return one.of.map((branch) => compile(branch, next)).reduce((a, b) => add({ is: 'both', a, b }))
      case 'sequence':
        return one.of.reduceRight((then, part) => compile(part, then), next)
      case 'repeat':
        return repeat(one, next)
    }
  }

  function repeat({ of, least, most }: Extract<Pattern, { is: 'repeat' }>, next: number): number {
    let then = next
    if (most > MOST_COUNTED) {
      const loop = add({ is: 'both', a: 0, b: next })
      nodes[loop] = { is: 'both', a: compile(of, loop), b: next }
      then = loop
    } else
      for (let more = least; more < most; more += 1) then = add({ is: 'both', a: compile(of, then), b: next })
    for (let count = 0; count < Math.min(least, MOST_COUNTED); count += 1) then = compile(of, then)
    return then
  }

  return compile(pattern, found)
}

import { ANY, type ByteSet, characterSet, classSet, escapeSet } from './byte-set.ts'

/**
 * A regular expression as a tree. It matches wherever the expression does, and perhaps elsewhere: what looks around (`\b`,
 * `(?=…)`) is taken to hold, and from what is not understood on, anything matches (`anything`).
 */
export type Pattern =
  | { is: 'bytes'; set: ByteSet }
  | { is: 'sequence'; of: Pattern[] }
  | { is: 'choice'; of: Pattern[] }
  | { is: 'repeat'; of: Pattern; least: number; most: number }
  | { is: 'beginning' }
  | { is: 'end' }
  | { is: 'nothing' }
  | { is: 'anything' }

/** a longer repetition is taken to be without end */
export const MOST_COUNTED = 32

const GROUP = /^\((?:\?(?:[:=!]|<[=!]|<\w+>))?/
const QUANTIFIER = /^(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/
const ONE =
  /^(?:\[(?:\\[\s\S]|[^\]\\])*\]|\\(?:u\{[^}]*\}|u[\da-f]{4}|x[\da-f]{2}|[pk][{<][^}>]*[}>]|c[a-z]|\d+|[\s\S])|[\s\S])/i

/** Reads the source of a regular expression with the flag `i`. */
export function readPattern(source: string): Pattern {
  let at = 0

  function choice(): Pattern {
    const of = [sequence()]
    while (source[at] === '|') {
      at += 1
      of.push(sequence())
    }
    return of.length === 1 ? of[0]! : { is: 'choice', of }
  }

  function sequence(): Pattern {
    const of: Pattern[] = []
    while (at < source.length && source[at] !== '|' && source[at] !== ')') {
      const one = next()
      const quantifier = QUANTIFIER.exec(source.slice(at))
      at += quantifier?.[0].length ?? 0
      of.push(quantifier ? repeated(one, quantifier) : one)
    }
    return { is: 'sequence', of }
  }

  function next(): Pattern {
    const [group] = GROUP.exec(source.slice(at)) ?? []
    if (group !== undefined) {
      at += group.length
      const inner = choice()
      at += 1
      return /[=!]$/.test(group) ? { is: 'nothing' } : inner
    }
    const [taken] = ONE.exec(source.slice(at))!
    at += taken.length
    return meaning(taken)
  }

  return choice()
}

function meaning(taken: string): Pattern {
  if (taken === '^') return { is: 'beginning' }
  if (taken === '$') return { is: 'end' }
  if (taken === '\\b' || taken === '\\B') return { is: 'nothing' }
  const set = taken.startsWith('[')
    ? classSet(taken)
    : taken.startsWith('\\')
      ? escapeSet(taken)
      : taken === '.'
        ? ANY
        : characterSet(taken.charCodeAt(0))
  return set ? { is: 'bytes', set } : { is: 'anything' }
}

function repeated(of: Pattern, [, sign, low, comma, high]: RegExpExecArray): Pattern {
  if (sign !== undefined)
    return {
      is: 'repeat',
      of,
      least: sign === '+' ? 1 : 0,
      most: sign === '?' ? 1 : Number.POSITIVE_INFINITY,
    }
  const least = Number(low)
  return { is: 'repeat', of, least, most: high ? Number(high) : comma ? Number.POSITIVE_INFINITY : least }
}

/** The parts of which one has to match; a group around all of it is opened. */
export function branchesOf(pattern: Pattern): Pattern[] {
  if (pattern.is === 'choice') return pattern.of.flatMap(branchesOf)
  return pattern.is === 'sequence' && pattern.of.length === 1 ? branchesOf(pattern.of[0]!) : [pattern]
}

/** Whether it matches nothing but what the expression does. */
export function isExact(pattern: Pattern): boolean {
  if (pattern.is === 'sequence' || pattern.is === 'choice') return pattern.of.every(isExact)
  if (pattern.is === 'repeat')
    return (
      isExact(pattern.of) &&
      (pattern.most <= MOST_COUNTED ||
        (pattern.most === Number.POSITIVE_INFINITY && pattern.least <= MOST_COUNTED))
    )
  return pattern.is !== 'nothing' && pattern.is !== 'anything'
}

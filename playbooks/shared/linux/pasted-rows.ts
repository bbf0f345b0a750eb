import type { Line } from '../triage.ts'

/** One row of an output, and the lines of the pasted text it stands in: several where it was wrapped; `text` is all of it. */
export type Row<T> = { value: T; text: string; lines: readonly Line[] }

/** How a row of an output reads. */
export type RowFormat<T> = {
  /** a whole row → its value; undefined: not one. Gets text without blanks at its ends. */
  read: (text: string) => T | undefined
  /** what only the beginning of a row looks like, so that a row that was broken can be told from something else */
  begins?: RegExp
  /**
   * the last field is free, so that a row that was broken there still reads: one long `word`, `text` of several, or the
   * message of a `log`, in which whatever does not begin a row belongs to the one before
   */
  open?: 'word' | 'text' | 'log'
}

/** Rows that read, in order; and the first lines of those that begin like one and cannot be put together. */
export type Rows<T> = { rows: Row<T>[]; broken: Line[] }

type Whole<T> = { value: T; text: string; used: number }

/** lines that one row may be broken into; messages of a log are longer */
const MOST_LINES = 4
const MOST_OF_A_MESSAGE = 16
/** what terminals break at, inside of words */
const TERMINALS = [80, 100, 120, 132, 160, 200, 240]
/** an editor or mail program that wraps between words does so before this */
const MAIL_WIDTH = 100

/**
 * The rows of one format among the lines of a passage, also those that a terminal (inside of words) or an editor
 * (between words) has broken. Where both ways of joining give a row and they differ, the width decides; where that
 * does not tell, the row counts as broken: an identifier is never guessed.
 */
export function rowsIn<T>(lines: readonly Line[], format: RowFormat<T>): Rows<T> {
  const rows: Row<T>[] = []
  const broken: Line[] = []
  const read = (text: string) => format.read(text.trim())
  const begins = ({ text }: Line) => format.begins?.test(text.trim()) === true
  const isOwn = (line: Line) =>
    /^\s*(?:$|\[<|\[ *\d+\.\d+\]|--|==|#)/.test(line.text) || begins(line) || read(line.text) !== undefined
  const longest = lines.reduce((most, { text }) => Math.max(most, text.length), 0)
  const brokenThere = lines.filter(
    ({ text }, at) => text.length === longest && lines[at + 1] !== undefined && !isOwn(lines[at + 1]!),
  )
  // another width counts when it happened twice
  const isWidth = TERMINALS.includes(longest) || (longest >= 40 && brokenThere.length > 1)
  const width = isWidth ? longest : undefined
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at]!
    const value = read(line.text)
    if (value === undefined && !begins(line)) continue
    const rest = lines.slice(at + 1, at + (format.open === 'log' ? MOST_OF_A_MESSAGE : MOST_LINES))
    const own = rest.findIndex(isOwn)
    const more = own === -1 ? rest : rest.slice(0, own)
    const start =
      value === undefined ? joined(line, more, read, format.open, width) : { value, text: line.text, used: 0 }
    const whole = start && goneOn(start, [line, ...more], read, format.open, width, longest)
    if (whole) {
      rows.push({ value: whole.value, text: whole.text, lines: lines.slice(at, at + whole.used + 1) })
      at += whole.used
    } else broken.push(line)
  }
  return { rows, broken }
}

const glue = (before: string, { text }: Line) => before + text.trimEnd()
const space = (before: string, { text }: Line) => `${before.trimEnd()} ${text.trim()}`

/** The shortest way to put a row together; undefined: there is none, or more than one. */
function joined<T>(
  first: Line,
  more: readonly Line[],
  read: (text: string) => T | undefined,
  open: RowFormat<T>['open'],
  width: number | undefined,
): Whole<T> | undefined {
  let texts = [first.text]
  for (const [index, line] of more.entries()) {
    const before = index === 0 ? first : more[index - 1]!
    const glued = texts.map((text) => glue(text, line))
    const spaced = texts.map((text) => space(text, line))
    const all = [...glued, ...spaced]
    const [sure, any] = [distinct(glued, read), distinct(all, read)]
    const found = before.text.length === width && sure.length > 0 ? sure : any
    if (found.length === 1) return { ...found[0]!, used: index + 1 }
    // free text may have either
    const [free] = open === 'text' ? distinct(spaced, read) : []
    if (found.length > 1 && free) return { ...free, used: index + 1 }
    if (found.length > 1) return undefined
    texts = all
  }
  return undefined
}

function distinct<T>(
  texts: readonly string[],
  read: (text: string) => T | undefined,
): { value: T; text: string }[] {
  const values = texts.flatMap((text) => {
    const value = read(text)
    return value === undefined ? [] : [[JSON.stringify(value), { value, text }] as const]
  })
  return [...new Map(values).values()]
}

/** A row that reads, with what its last field goes on with below it. */
function goneOn<T>(
  whole: Whole<T>,
  all: readonly Line[],
  read: (text: string) => T | undefined,
  open: RowFormat<T>['open'],
  width: number | undefined,
  longest: number,
): Whole<T> {
  let [text, last] = [whole.text, all[whole.used]!]
  for (const line of open === undefined ? [] : all.slice(whole.used + 1)) {
    const [word = ''] = line.text.trim().split(/\s/)
    const wrapped =
      longest <= MAIL_WIDTH && last.text.length >= 45 && last.text.length + 1 + word.length >= longest
    if (last.text.length === width) text = glue(text, line)
    else if (open === 'log') text = space(text, line)
    else if (wrapped && (open === 'text' || word.startsWith('('))) text = space(text, line)
    else break
    const value = read(text)
    if (value === undefined) break
    whole = { value, text, used: whole.used + 1 }
    last = line
  }
  return whole
}

/** The same lines with each row of this format that was broken put together in its first line. */
export function rejoined<T>(lines: readonly Line[], format: RowFormat<T>): Line[] {
  const { rows } = rowsIn(lines, format)
  const broken = rows.filter((row) => row.lines.length > 1)
  const texts = new Map(broken.map((row) => [row.lines[0]!, row.text]))
  const gone = new Set(broken.flatMap((row) => row.lines.slice(1)))
  return lines.flatMap((line) => (gone.has(line) ? [] : [{ n: line.n, text: texts.get(line) ?? line.text }]))
}

/**
 * Lines as they were before a terminal of a usual width broke them. A line of that width goes on in the next one, unless
 * that begins in the same way, as rows of one table do, or is indented; one character less: a blank at the break got lost.
 */
function unfolded(lines: readonly Line[]): Line[] {
  const longest = lines.reduce((most, { text }) => Math.max(most, text.length), 0)
  const width = TERMINALS.find((usual) => usual === longest || usual === longest + 1)
  if (width === undefined) return [...lines]
  const out: Line[] = []
  let [before, from] = ['', '']
  for (const line of lines) {
    const last = out.at(-1)
    const goesOn = last && before.length >= width - 1 && /^\S/.test(line.text) && !isAlike(line.text, from)
    if (goesOn) last.text += before.length === width ? line.text : ` ${line.text.trimStart()}`
    else {
      out.push({ ...line })
      from = line.text
    }
    before = line.text
  }
  return out
}

/** Whether two lines begin alike, as rows of one output do, whatever the letters and numbers are: `[000000.0`, `|0|0`. */
function isAlike(a: string, b: string): boolean {
  const shape = (text: string) =>
    text
      .slice(0, 6)
      .replace(/[A-Za-z]/g, 'a')
      .replace(/\d/g, '0')
  return shape(a) === shape(b) || (a[0] === b[0] && /[^\w\s]/.test(a[0] ?? ''))
}

/** No row or message of what is read from text is longer; a longer line is something else, and would cost time. */
const LONGEST = 4096
/** more blanks than this stand in no table */
const GAP = 100

/** The lines of a pasted text that can be rows or messages, as they were before a terminal broke them. */
export function readable(lines: readonly Line[]): Line[] {
  const kept = lines.filter(({ text }) => text.length <= LONGEST)
  return unfolded(kept).map(({ n, text }) => ({
    n,
    text: text.length > GAP ? text.replace(/\s{100,}/g, ' '.repeat(GAP)) : text,
  }))
}

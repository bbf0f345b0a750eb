import type { Line } from '../../triage.ts'

/** How one kind of line is known: `starts` finds it cheaply, `whole` is all of it that is needed. */
export type Form<Name extends string = string> = {
  name: Name
  starts: RegExp
  whole: RegExp
  /** less than the whole line is enough: tried when no form fits, not even with the lines below */
  last?: true
  /** its end is free text: what a terminal or an editor broke off it belongs to it */
  long?: true
}

/** A line that was read, joined where a terminal or an editor broke it. */
export type Found<Name extends string = string> = {
  name: Name
  match: RegExpExecArray
  from: number
  to: number
  /** as it stands in the text, joined */
  text: string
}

/** A line that begins like one of ours, and whose rest is missing or is not what it should be. */
export type Broken<Name extends string = string> = { name: Name; line: number; text: string }

export type Records<Name extends string> = { found: Found<Name>[]; broken: Broken<Name>[]; rest: Line[] }

const MOST_LINES = 6
/** No program that is known here prints longer lines, but for JSON; patterns would take long to fail on them. */
const LONGEST = 2000
/** Wider than any terminal. */
const WIDEST = 400
/** A line that another program's stamp begins is never the rest of the one above. */
const STAMPED =
  /^\s*(?:<\d+>)?(?:\[ *\d+\.\d+\]|\d{4}-\d\d-\d\d[T ]\d\d:\d\d|[A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d)/

/**
 * Reads every line that one of the forms knows. A line is also tried with up to five that follow, joined without a blank
 * (a terminal breaks anywhere) and with one (an editor breaks between words). Of several readings the one that tells
 * more counts, then the shorter. What does not fit in any way is `broken`, never completed.
 */
export function readRecords<Name extends string>(
  lines: readonly Line[],
  forms: readonly Form<Name>[],
): Records<Name> {
  const any = new RegExp(forms.map(({ starts }) => `(?:${starts.source})`).join('|'), 'i')
  const text: Text = { lines, any, width: widthOf(lines) }
  const records: Records<Name> = { found: [], broken: [], rest: [] }
  let at = 0
  while (at < lines.length) {
    const line = lines[at]!
    const candidate = startsAt(text, at)
    const windows = candidate ? joins(text, at) : []
    const found =
      best(
        text,
        at,
        windows,
        forms.filter(({ last }) => !last),
      ) ??
      best(
        text,
        at,
        windows,
        forms.filter(({ last }) => last),
      )
    if (found) {
      records.found.push(found.record)
      at += found.taken
      continue
    }
    const torn = candidate ? forms.find(({ starts }) => starts.test(line.text)) : undefined
    if (torn) records.broken.push({ name: torn.name, line: line.n, text: line.text })
    else records.rest.push(line)
    at += 1
  }
  return records
}

/** `width`: the column at which a terminal may have broken lines; 0: none did. */
type Text = { lines: readonly Line[]; any: RegExp; width: number }
type Window = { count: number; text: string; indented: boolean }
type Reading<Name extends string> = { record: Found<Name>; taken: number; told: number }

/** Shorter lines were not broken by a terminal. */
const NARROWEST = 60

function widthOf(lines: readonly Line[]): number {
  const width = lines.reduce((most, { text }) => Math.max(most, text.length), 0)
  return width >= NARROWEST ? width : 0
}

/** A line is the beginning of something: a stamp, or what one of the forms begins with, at its start. Below a stamp only another counts. */
function begins(text: string, above: string, any: RegExp): boolean {
  if (STAMPED.test(text)) return true
  if (STAMPED.test(above)) return false
  const match = any.exec(text)
  return match !== null && text.slice(0, match.index).trim() === ''
}

function startsAt({ lines, any }: Text, at: number): boolean {
  const { text } = lines[at]!
  if (text.length > LONGEST) return false
  if (any.test(text)) return true
  const next = lines[at + 1]?.text
  if (
    next === undefined ||
    text.length > WIDEST ||
    next.length > WIDEST ||
    text.trim() === '' ||
    next.trim() === '' ||
    begins(next, text, any)
  )
    return false
  return any.test(text.trimEnd() + next.trimStart()) || any.test(`${text.trimEnd()} ${next.trimStart()}`)
}

function best<Name extends string>(
  { lines }: Text,
  at: number,
  windows: readonly Window[],
  forms: readonly Form<Name>[],
): Reading<Name> | undefined {
  let found: (Reading<Name> & { long: boolean }) | undefined
  for (const { count, text, indented } of windows) {
    const form = forms.find(({ starts, whole }) => starts.test(text) && whole.test(text))
    if (!form || (found && found.record.name !== form.name)) continue
    const match = form.whole.exec(text)!
    const told = match.filter((group) => group !== undefined && group !== '').length
    const goesOn =
      found?.long === true && !indented && count > found.taken && lines[at]!.text.length >= NARROWEST
    if (found && found.told >= told && !goesOn) continue
    const record = {
      name: form.name,
      match,
      from: lines[at]!.n,
      to: lines[at + count - 1]!.n,
      text: text.trim(),
    }
    found = { record, taken: count, told, long: form.long === true }
  }
  return found
}

/**
 * The line alone, and with those that follow: each boundary by the length of what stands above it, all without a blank,
 * all with one. Where digits alone stand below a number, they are its end.
 */
function joins({ lines, any, width }: Text, at: number): Window[] {
  const { text } = lines[at]!
  const alone: Window = { count: 1, text, indented: false }
  const more: Window[] = []
  let [mixed, tight, loose] = [text, text, text.trimEnd()]
  let indented = false
  for (let count = 2; count <= MOST_LINES && at + count <= lines.length; count += 1) {
    const above = lines[at + count - 2]!.text
    const next = lines[at + count - 1]!.text
    if (above.length > WIDEST || next.length > LONGEST || next.trim() === '' || begins(next, text, any)) break
    indented ||= /^\s/.test(next)
    mixed += above.length === width ? next : ` ${next.trim()}`
    tight += next.trimStart()
    loose += ` ${next.trim()}`
    for (const each of [mixed, tight, loose]) more.push({ count, text: each, indented })
  }
  const next = lines[at + 1]?.text ?? ''
  const digits = text.length >= 40 && /\d$/.test(text) && /^\d+$/.test(next.trim())
  const end = digits ? more.find((each) => each.text === text + next.trim()) : undefined
  return end ? [end, alone, ...more] : [alone, ...more]
}

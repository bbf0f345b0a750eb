import type { Json } from '../../json.ts'

/** `value` as far as it goes; `cut`: the text ended or went wrong before it was closed. */
export type Loose = { value: Json; end: number; cut: boolean }

type Cursor = { text: string; at: number; cut: boolean; depth: number }

const DEEPEST = 100
/** Shorter lines were not broken by a terminal. */
const NARROWEST = 40

/**
 * JSON that somebody pasted, from an opening bracket on. As strict as ../../json.ts about values and as exact about
 * numbers, but a document that breaks off keeps its complete entries, and line breaks inside of texts and numbers, as
 * terminals and editors make them, are taken out. A value that touches the end is not kept: its rest may be missing.
 */
export function readLooseJson(text: string, start: number): Loose | undefined {
  const cursor: Cursor = { text, at: start, cut: false, depth: 0 }
  const value = readValue(cursor)
  return value === undefined ? undefined : { value, end: cursor.at, cut: cursor.cut }
}

function readValue(cursor: Cursor): Json | undefined {
  skip(cursor)
  const character = cursor.text[cursor.at]
  if (cursor.depth > DEEPEST) return fail(cursor)
  if (character === '{') return readObject(cursor)
  if (character === '[') return readArray(cursor)
  if (character === '"') return readText(cursor)
  return readScalar(cursor)
}

function readObject(cursor: Cursor): Json {
  const entries: [string, Json][] = []
  cursor.at += 1
  cursor.depth += 1
  skip(cursor)
  if (take(cursor, '}')) return closed(cursor, { entries })
  do {
    skip(cursor)
    // a comma before the bracket
    if (entries.length > 0 && take(cursor, '}')) return closed(cursor, { entries })
    const name = cursor.text[cursor.at] === '"' ? readText(cursor) : fail(cursor)
    skip(cursor)
    if (name === undefined || !take(cursor, ':')) return broken(cursor, { entries })
    const value = readValue(cursor)
    if (value === undefined) return broken(cursor, { entries })
    entries.push([name, value])
    if (cursor.cut) return { entries }
    skip(cursor)
  } while (take(cursor, ','))
  return take(cursor, '}') ? closed(cursor, { entries }) : broken(cursor, { entries })
}

function readArray(cursor: Cursor): Json {
  const list: Json[] = []
  cursor.at += 1
  cursor.depth += 1
  skip(cursor)
  if (take(cursor, ']')) return closed(cursor, list)
  do {
    skip(cursor)
    if (list.length > 0 && take(cursor, ']')) return closed(cursor, list)
    const value = readValue(cursor)
    if (value === undefined) return broken(cursor, list)
    list.push(value)
    if (cursor.cut) return list
    skip(cursor)
  } while (take(cursor, ','))
  return take(cursor, ']') ? closed(cursor, list) : broken(cursor, list)
}

function readText(cursor: Cursor): string | undefined {
  const { text } = cursor
  let read = ''
  for (let at = cursor.at + 1; at < text.length; at += 1) {
    const character = text[at]!
    if (character === '"') {
      cursor.at = at + 1
      return read
    }
    if (character === '\\') {
      const escaped = /^\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/.exec(text.slice(at, at + 6))?.[0]
      if (escaped === undefined) return fail(cursor)
      read += JSON.parse(`"${escaped}"`) as string
      at += escaped.length - 1
    } else if (character === '\n') {
      const next = /^\n[ \t]*/.exec(text.slice(at, at + 400))![0]
      // an editor breaks between words and indents; a terminal does neither
      if (!brokenByTerminal(text, at)) read += read.endsWith(' ') ? '' : ' '
      at += next.length - 1
    } else read += character
  }
  return fail(cursor)
}

/** The line is as long as terminals are wide and its last character is not a blank's neighbour. */
function brokenByTerminal(text: string, at: number): boolean {
  const width = at - (text.lastIndexOf('\n', at - 1) + 1)
  return width >= NARROWEST && /\S/.test(text[at - 1] ?? ' ') && /\S/.test(text[at + 1] ?? ' ')
}

const SCALAR = /^(?:true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/
const LONGEST = 40

function readScalar(cursor: Cursor): Json | undefined {
  const { text, at } = cursor
  const window = text.slice(at, at + LONGEST + 2)
  const newline = window.indexOf('\n')
  // broken inside of a number or a word, not behind it
  const halved = newline > 0 && /^[\w.+-]+\n[\w.+-]/.test(window) && brokenByTerminal(text, at + newline)
  const whole = halved ? window.slice(0, newline) + window.slice(newline + 1) : window
  const word = SCALAR.exec(whole)?.[0]
  if (word === undefined || word.length > LONGEST) return fail(cursor)
  const length = word.length + (halved && word.length > newline ? 1 : 0)
  const after = text[at + length]
  // the last thing in the text may go on
  if (after === undefined || /[\w.]/.test(after)) return fail(cursor)
  cursor.at = at + length
  if (word === 'true' || word === 'false') return word === 'true'
  if (word === 'null') return null
  return /^-?\d+$/.test(word) ? BigInt(word) : Number(word)
}

function skip(cursor: Cursor): void {
  while (/\s/.test(cursor.text[cursor.at] ?? '')) cursor.at += 1
}

function take(cursor: Cursor, character: string): boolean {
  if (cursor.text[cursor.at] !== character) return false
  cursor.at += 1
  return true
}

function closed<T>(cursor: Cursor, value: T): T {
  cursor.depth -= 1
  return value
}

function broken<T>(cursor: Cursor, value: T): T {
  cursor.cut = true
  return value
}

function fail(cursor: Cursor): undefined {
  cursor.cut = true
  return undefined
}

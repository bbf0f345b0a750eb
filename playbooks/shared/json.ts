import { createScanner, type JSONScanner } from 'jsonc-parser'
import { NotSeen } from './probe.ts'
import { code } from './text.ts'

/**
 * JSON as the tools print it, with nothing lost. An integer is always a bigint (cookies and ids exceed 2^53);
 * `number` is only what was written with a fraction or an exponent.
 */
export type Json = null | boolean | string | bigint | number | Json[] | JsonObject

/** An object with its entries in their order; a key may occur more than once (`watcher` in Hammer and early Jewel). */
export type JsonObject = { readonly entries: readonly (readonly [name: string, value: Json])[] }

const deepest = 200

/** jsonc-parser's token kinds: its const enum SyntaxKind, which cannot be imported without a build step. */
const token = {
  openBrace: 1,
  closeBrace: 2,
  openBracket: 3,
  closeBracket: 4,
  comma: 5,
  colon: 6,
  null: 7,
  true: 8,
  false: 9,
  string: 10,
  number: 11,
  lineBreak: 14,
  blank: 15,
  end: 17,
}

/**
 * Reads text that is one or more JSON arrays or objects one after the other, as `ceph … -f json` prints
 * (`\n[…][…]`). Strict: no comments, no trailing commas, no bare values between documents.
 * Empty text is no document and throws, like everything else that is not JSON, NotSeen('unparsable') with line and column.
 */
export function readJsonDocuments(text: string): Json[] {
  const reader = startReading(text)
  const documents: Json[] = []
  do {
    if (reader.kind !== token.openBrace && reader.kind !== token.openBracket) {
      throw wrong(reader, 'expected `{` or `[`')
    }
    documents.push(readValue(reader, 0))
  } while (reader.kind !== token.end)
  return documents
}

/** Reads text that is exactly one JSON array or object. */
export function readJson(text: string): Json {
  const [first, ...others] = readJsonDocuments(text)
  if (first === undefined || others.length > 0) {
    throw new NotSeen('unparsable', `expected one JSON document, found ${others.length + 1}`)
  }
  return first
}

type Reader = { text: string; scanner: JSONScanner; kind: number }

function startReading(text: string): Reader {
  const reader: Reader = { text, scanner: createScanner(text), kind: 0 }
  advance(reader)
  return reader
}

function advance(reader: Reader): void {
  const { scanner } = reader
  do {
    reader.kind = scanner.scan()
  } while (reader.kind === token.blank || reader.kind === token.lineBreak)
  if (scanner.getTokenError() !== 0) throw wrong(reader, 'broken text or number')
}

function readValue(reader: Reader, depth: number): Json {
  if (depth > deepest) throw wrong(reader, `nested deeper than ${deepest}`)
  switch (reader.kind) {
    case token.openBrace:
      return readObject(reader, depth)
    case token.openBracket:
      return readArray(reader, depth)
    default:
      return readScalar(reader)
  }
}

function readScalar(reader: Reader): Json {
  const value = scalar(reader)
  advance(reader)
  return value
}

function scalar(reader: Reader): Json {
  switch (reader.kind) {
    case token.string:
      return reader.scanner.getTokenValue()
    case token.number:
      return readNumber(reader)
    case token.true:
      return true
    case token.false:
      return false
    case token.null:
      return null
    default:
      throw wrong(reader, 'expected a value')
  }
}

function readNumber(reader: Reader): bigint | number {
  const written = reader.scanner.getTokenValue()
  if (written.length > 40 || !Number.isFinite(Number(written))) throw wrong(reader, 'number out of range')
  return /^-?\d+$/.test(written) ? BigInt(written) : Number(written)
}

function readArray(reader: Reader, depth: number): Json[] {
  const list: Json[] = []
  advance(reader)
  if (closes(reader, token.closeBracket)) return list
  do list.push(readValue(reader, depth + 1))
  while (continues(reader, token.closeBracket, '`,` or `]`'))
  return list
}

function readObject(reader: Reader, depth: number): JsonObject {
  const entries: [string, Json][] = []
  advance(reader)
  if (closes(reader, token.closeBrace)) return { entries }
  do entries.push(readEntry(reader, depth))
  while (continues(reader, token.closeBrace, '`,` or `}`'))
  return { entries }
}

function readEntry(reader: Reader, depth: number): [string, Json] {
  if (reader.kind !== token.string) throw wrong(reader, 'expected a key in double quotes')
  const name = reader.scanner.getTokenValue()
  advance(reader)
  if (reader.kind !== token.colon) throw wrong(reader, 'expected `:`')
  advance(reader)
  return [name, readValue(reader, depth + 1)]
}

function closes(reader: Reader, closing: number): boolean {
  if (reader.kind !== closing) return false
  advance(reader)
  return true
}

/** True after a comma, false after the closing bracket. */
function continues(reader: Reader, closing: number, expected: string): boolean {
  if (closes(reader, closing)) return false
  if (reader.kind !== token.comma) throw wrong(reader, `expected ${expected}`)
  advance(reader)
  return true
}

function wrong({ text, scanner, kind }: Reader, why: string): NotSeen {
  const where = `line ${scanner.getTokenStartLine() + 1}, column ${scanner.getTokenStartCharacter() + 1}`
  const start = scanner.getTokenOffset()
  const found = text.slice(start, start + Math.min(scanner.getTokenLength(), 40))
  const instead = kind === token.end ? 'the text ends' : `found ${code(found)}`
  return new NotSeen('unparsable', `not JSON at ${where}: ${why}, ${instead}`)
}

import type { Json } from '../../json.ts'
import type { Line } from '../../triage.ts'
import { type Loose, readLooseJson } from './loose-json.ts'

/** A JSON document among other lines. */
export type Document = {
  value: Json
  /** `osd.1` or `mon.a`, when the tool put it before the document */
  source: string | undefined
  from: number
  to: number
  /** it broke off: what it lists may not be all */
  cut: boolean
  /** its lines as they stand in the text */
  text: string[]
}

/** A document begins a line, or stands behind `osd.1: `; `[WRN]`, `[v2:…` and `[0,1]` are none. */
const OPENING = /^\s*(?:([a-z]+\.[\w.-]+): )?(?=\{\s*(?:"|\}|$)|\[\s*(?:[{"[]|\]|$))/

/** The documents of some lines, and the lines that are not part of any. Half a document at the beginning is read from its first whole entry on. */
export function documentsOf(lines: readonly Line[]): { documents: Document[]; rest: Line[] } {
  const documents: Document[] = []
  const rest: Line[] = []
  const text = lines.map((line) => line.text).join('\n')
  const offsets = offsetsOf(lines)
  let at = 0
  while (at < lines.length) {
    const opening = OPENING.exec(lines[at]!.text)
    const begin = offsets[at]! + (opening?.[0].length ?? 0)
    const loose = opening && readLooseJson(text, begin)
    if (!loose || isNothing(loose)) {
      rest.push(lines[at]!)
      at += 1
      continue
    }
    const end = Math.max(at, lineOf(offsets, loose.end - 1))
    documents.push({
      value: loose.value,
      source: opening![1],
      from: lines[at]!.n,
      to: lines[end]!.n,
      cut: loose.cut,
      text: lines.slice(at, end + 1).map((line) => line.text),
    })
    at = end + 1
    // `[…][…]` and `{…}ok`: what stands behind it on its last line
    const left = text.slice(loose.end, (offsets[end] ?? 0) + lines[end]!.text.length).trim()
    at = tail(documents, rest, left, lines[end]!, at)
  }
  return { documents, rest }
}

function tail(documents: Document[], rest: Line[], left: string, line: Line, at: number): number {
  const loose = /^[[{]/.test(left) ? readLooseJson(left, 0) : undefined
  if (loose) documents.push({ ...loose, source: undefined, from: line.n, to: line.n, text: [line.text] })
  const behind = loose ? left.slice(loose.end).trim() : left
  if (behind !== '' && behind !== ',') rest.push({ n: line.n, text: behind })
  return at
}

/** Broken off before anything was read: no document, or just a bracket. */
function isNothing({ value, cut }: Loose): boolean {
  if (!cut) return false
  return Array.isArray(value)
    ? value.length === 0
    : typeof value !== 'object' || value === null || value.entries.length === 0
}

function offsetsOf(lines: readonly Line[]): number[] {
  let offset = 0
  return lines.map(({ text }) => {
    const start = offset
    offset += text.length + 1
    return start
  })
}

function lineOf(offsets: readonly number[], offset: number): number {
  let low = 0
  let high = offsets.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (offsets[middle]! <= offset) low = middle
    else high = middle - 1
  }
  return low
}

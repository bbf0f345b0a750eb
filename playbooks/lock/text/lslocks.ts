import { type Json, readJsonDocuments } from '../../shared/json.ts'
import { rowsIn } from '../../shared/linux/pasted-rows.ts'
import type { Teller } from '../../shared/linux/telling.ts'
import type { Line, Passage } from '../../shared/triage.ts'
import { lockFact, targetOf } from './locks.ts'
import type { SeenInText, SeenLock } from './seen.ts'

/** Columns of lslocks(8); the optional ones are left blank in the table when not known (a path that is not ours to see). */
const COLUMNS: Record<string, { pattern: string; optional?: true }> = {
  COMMAND: { pattern: '.+?' },
  PID: { pattern: '-?\\d+' },
  TYPE: { pattern: 'POSIX|FLOCK|OFDLCK|LEASE|DELEG|ACCESS' },
  SIZE: { pattern: '[\\d.,]+[BKMGTPE]?', optional: true },
  INODE: { pattern: '\\d+' },
  'MAJ:MIN': { pattern: '\\d+:\\d+' },
  MODE: { pattern: '(?:READ|WRITE|RW|NONE|UNLCK)\\*?' },
  M: { pattern: '[01]' },
  START: { pattern: '\\d+' },
  END: { pattern: '\\d+' },
  PATH: { pattern: '[/.(].*?', optional: true },
  BLOCKER: { pattern: '\\d+', optional: true },
  HOLDERS: { pattern: '.+', optional: true },
}
const DEFAULT = ['COMMAND', 'PID', 'TYPE', 'SIZE', 'MODE', 'M', 'START', 'END', 'PATH']

type Fields = Record<string, string>

/** The table of `lslocks` (util-linux 2.22 and later), also with `-o` and `-u`. */
export function readLslocks(passage: Passage, listing: number, seen: SeenInText, tell: Teller): void {
  const at = passage.lines.findIndex(({ text }) => isHeading(text))
  const heading = at === -1 ? undefined : passage.lines[at]!.text.trim().split(/\s+/)
  const columns = heading ?? DEFAULT
  const pattern = new RegExp(
    `^${columns
      .map((name, index) => {
        const { pattern: inner, optional } = COLUMNS[name]!
        const gap = index === 0 ? '' : '\\s+'
        return optional ? `(?:${gap}(${inner}))?` : `${gap}(${inner})`
      })
      .join('')}$`,
  )
  const read = (text: string): Fields | undefined => {
    const match = pattern.exec(text)
    return match
      ? Object.fromEntries(
          columns.flatMap((name, index) =>
            match[index + 1] === undefined ? [] : [[name, match[index + 1]!]],
          ),
        )
      : undefined
  }
  const { rows } = rowsIn<Fields>(passage.lines.slice(at + 1), {
    read,
    begins: /^\S+\s+-?\d+\s+(?:POSIX|FLOCK|OFDLCK|LEASE|DELEG)\b/,
    open: 'word',
  })
  for (const { value, lines } of rows) add(value, passage.host, listing, lines[0]!, seen, tell)
  const head = heading && rows.length > 0 ? [passage.lines[at]!] : []
  tell.saw('lslocks', [...head, ...rows.flatMap(({ lines }) => lines)])
}

function isHeading(text: string): boolean {
  const words = text.trim().split(/\s+/)
  return (
    words.length >= 3 &&
    words.includes('PID') &&
    words.includes('TYPE') &&
    words.every((word) => Object.hasOwn(COLUMNS, word))
  )
}

/** `lslocks -J`: `{"locks": [{"command": …, "inode": 2189058, "maj:min": "254:0", "blocker": 21709}]}`. */
export function readLslocksJson(passage: Passage, listing: number, seen: SeenInText, tell: Teller): void {
  const from = passage.lines.findIndex(({ text }) => /^\s*[{[]/.test(text))
  if (from === -1 || !passage.lines.some(({ text }) => text.includes('"locks"'))) return
  const lines = passage.lines.slice(from)
  const end = lines.findLastIndex(({ text }) => /[}\]]\s*$/.test(text))
  let documents: Json[]
  try {
    documents = readJsonDocuments(
      lines
        .slice(0, end + 1)
        .map(({ text }) => text)
        .join('\n'),
    )
  } catch {
    const line = lines.find(({ text }) => text.includes('"locks"'))
    if (line) tell.refuse(line, 'JSON of lslocks that is not whole')
    return
  }
  for (const locks of documents.flatMap((document) => valuesOf(document, 'locks')))
    for (const each of Array.isArray(locks) ? locks : []) {
      const fields = fieldsOf(each)
      if (fields.TYPE === undefined || fields.PID === undefined) continue
      const line = lines.find(({ text }) => text.includes(fields.PID!)) ?? lines[0]!
      add(fields, passage.host, listing, line, seen, tell)
    }
  tell.saw('lslocks -J', lines.slice(0, end + 1))
}

const valuesOf = (json: Json, name: string): Json[] =>
  json !== null && typeof json === 'object' && !Array.isArray(json)
    ? json.entries.flatMap(([key, value]) => (key === name ? [value] : []))
    : []

function fieldsOf(json: Json): Fields {
  if (json === null || typeof json !== 'object' || Array.isArray(json)) return {}
  return Object.fromEntries(
    json.entries.flatMap(([name, value]) =>
      value === null || typeof value === 'object' ? [] : [[name.toUpperCase(), String(value)]],
    ),
  )
}

function add(
  fields: Fields,
  host: string | undefined,
  listing: number,
  line: Line,
  seen: SeenInText,
  tell: Teller,
): void {
  const mode = fields.MODE ?? ''
  const path = fields.PATH
  const target = targetOf(fields['MAJ:MIN'], fields.INODE)
  const lock: SeenLock = {
    kind: fields.TYPE ?? '',
    mode: mode.replace('*', '') as NonNullable<SeenLock['mode']>,
    // a star: blocked. Source: lslocks(8), MODE
    waits: mode.endsWith('*') || fields.BLOCKER !== undefined,
    pid: fields.PID!,
    ...(fields.COMMAND !== undefined && { command: fields.COMMAND }),
    ...(fields.INODE !== undefined && { ino: fields.INODE }),
    ...(fields['MAJ:MIN'] !== undefined && { device: fields['MAJ:MIN'] }),
    ...(fields.START !== undefined && fields.END !== undefined && { from: fields.START, to: fields.END }),
    ...(path !== undefined && { path }),
    ...(fields.BLOCKER !== undefined && { blocker: fields.BLOCKER }),
    ...(target !== undefined && { target }),
    host,
    listing,
    line,
  }
  seen.locks.push(lock)
  tell.fact('locks', { ...lockFact(lock), size: fields.SIZE })
}

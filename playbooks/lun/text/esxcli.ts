import { type Row, readEsxcli } from '../../shared/esxi/esxcli.ts'
import { NotSeen } from '../../shared/probe.ts'
import type { Line, Passage } from '../../shared/triage.ts'
import { readRow } from './esxcli-rows.ts'
import { readTables } from './esxcli-tables.ts'
import type { Scene } from './scene.ts'

/** Everything of `esxcli storage` and `esxcli iscsi`: tables row by row, also wrapped ones; records; CSV, key-value, JSON. */
export function readEsxcliText(passage: Passage, scene: Scene): void {
  const { lines, host } = passage
  readTables(lines, host, scene)
  for (const block of documentsIn(lines)) readRows(block, host, scene)
}

/** Parts of a passage that are CSV, key-value, JSON or records below a heading. */
function documentsIn(lines: readonly Line[]): Line[][] {
  const blocks: Line[][] = []
  let open: { lines: Line[]; goesOn: (text: string) => boolean } | undefined
  const close = () => {
    if (open && open.lines.length > 0) blocks.push(open.lines)
    open = undefined
  }
  for (const [at, line] of lines.entries()) {
    const { text } = line
    if (open?.goesOn(text)) {
      open.lines.push(line)
      continue
    }
    const next = lines[at + 1]?.text ?? ''
    if (/^[A-Z][A-Za-z]+(?:,[A-Z][A-Za-z]+){2,},?$/.test(text)) {
      close()
      open = { lines: [line], goesOn: (row) => row.includes(',') && !RECORD.test(row) }
    } else if (/^\w+(?:\[\d+\])?\.\w+\.(?:string|integer|boolean|uint\d*|int\d*)=/.test(text)) {
      close()
      open = { lines: [line], goesOn: (row) => /^\w+(?:\[\d+\])?\.\w+\.\w+=/.test(row) }
    } else if (
      /^\[?\{?$|^\[\s*\{/.test(text.trim()) &&
      /"[A-Z][\w ]+":/.test(`${text}${next}${lines[at + 2]?.text ?? ''}`)
    ) {
      close()
      open = { lines: [line], goesOn: () => !isWhole(open!.lines) }
    } else if (HEADING.test(text) && RECORD.test(next)) {
      close()
      open = { lines: [line], goesOn: (row) => RECORD.test(row) }
    } else if (RECORD.test(text) && KNOWN.test(text)) {
      // the heading was cut off, or stands in every record as a field
      close()
      open = { lines: [line], goesOn: (row) => RECORD.test(row) }
    } else if (open && text.trim() !== '') close()
  }
  close()
  return blocks
}

const HEADING =
  /^(?:(?:eui|naa|t10|mpx|vml)\.\S+|iqn\.\S+|vmhba\S+|[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{12}|fc\.\S+|sas\.\S+|\S+-vmhba\S+)$/
const RECORD = /^\s*[A-Z][A-Za-z0-9 ()-]{1,50}:(?: .*)?$/
const KNOWN =
  /^\s*(?:Device|Runtime Name|Display Name|Successful Commands|UID|Volume Name|Device Display Name|Adapter):/

const isWhole = (lines: readonly Line[]) => {
  const text = lines.map((line) => line.text).join('\n')
  const count = (pattern: RegExp) => text.match(pattern)?.length ?? 0
  return count(/[[{]/g) === count(/[\]}]/g)
}

function readRows(lines: Line[], host: string | undefined, scene: Scene): void {
  let rows: Row[]
  try {
    // records are told from their heading by their indentation, which a paste may have lost
    const body = lines.map(({ text }) =>
      RECORD.test(text) && !/^\s/.test(text) && !text.includes(',') ? `   ${text}` : text,
    )
    rows = readEsxcli(wholeCsv(body).join('\n'))
  } catch (error) {
    if (error instanceof NotSeen) return
    throw error
  }
  for (const row of rows) readRow(row, lines, host, scene)
}

/** Rows of CSV that a terminal broke have fewer commas than the first line: what follows belongs to them. */
function wholeCsv(body: readonly string[]): string[] {
  const commas = (text: string) => text.split(',').length - 1
  const [head = ''] = body
  if (!/^[A-Za-z]+(?:,[A-Za-z]+)+,?$/.test(head)) return [...body]
  const rows: string[] = []
  for (const line of body.slice(1)) {
    const last = rows.at(-1)
    if (last !== undefined && commas(last) < commas(head)) rows[rows.length - 1] = last + line
    else rows.push(line)
  }
  return [head, ...rows]
}

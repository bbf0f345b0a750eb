import { type Json, readJson } from '../json.ts'
import { NotSeen, type Output } from '../probe.ts'
import { lines as linesOf } from '../text.ts'

/** One entry of an esxcli list: what it is called (`heading`, where the output has one) and its fields by name. */
export type Row = { heading: string; fields: Readonly<Record<string, string>> }

/** Field names without blanks, dashes and case: `Mount Point`, `MountPoint` and `mount_point` are one. */
const canonical = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '')

/** A field by the name that the tables show; undefined: this output has no such column. An empty column is ''. */
export const field = ({ fields }: Row, name: string): string | undefined => fields[canonical(name)]

/**
 * What `esxcli` prints, in any of its forms: a table with a line of dashes, records (`Name: value` below a heading),
 * `--formatter=csv` (a header with a comma at its end), `keyvalue` and `json`. No rows: the list is empty. Throws
 * NotSeen for what is none of these.
 */
export function readEsxcli(text: string): Row[] {
  const rows = linesOf(text).map((line) => line.trimEnd())
  const first = rows.findIndex((line) => line !== '')
  if (first < 0) return []
  const body = rows.slice(first)
  if (/^[[{]/.test(body[0]!)) return fromJson(text)
  if (/^[A-Za-z0-9]+(?:,[A-Za-z0-9]+)+,?$/.test(body[0]!)) return fromCsv(body.join('\n'))
  if (/^[\w]+(?:\[\d+\])?\.\w+\.\w+=/.test(body[0]!)) return fromKeyValue(body)
  if (/^-+(?: {2,}-+)*$/.test(body[1] ?? '')) return fromTable(body)
  if (body.some((line) => /^ {2,}[^:\s][^:]*:/.test(line))) return fromRecords(body)
  throw new NotSeen('unparsable', `not what esxcli prints: ${body[0]!.slice(0, 120)}`)
}

/** The rows of a command that ended well; esxcli exits with 1 and a sentence on stdout when it fails. */
export function rowsOf(output: Output): Row[] {
  const said = (output.stderr.trim() || output.stdout.trim()).split('\n')[0]!.slice(0, 200)
  if (output.truncated) throw new NotSeen('unparsable', 'the output was cut at its size limit')
  if (output.exitCode === 0) return readEsxcli(output.stdout)
  if (/unable to find device|not found|No such|Unknown device|does not exist|Invalid device/i.test(said))
    throw new NotSeen('absent', said)
  throw new NotSeen(/permission|privilege|denied/i.test(said) ? 'denied' : 'failed', `esxcli says: ${said}`)
}

function fromTable(body: string[]): Row[] {
  const columns = [...body[1]!.matchAll(/-+/g)].map(({ index, 0: dashes }) => ({
    from: index,
    to: index + dashes.length,
  }))
  const names = columns.map(({ from, to }) => body[0]!.slice(from, to).trim())
  return body.slice(2).flatMap((line): Row[] => {
    if (line.trim() === '') return []
    const values = cells(line, columns)
    if (!values) throw new NotSeen('unparsable', `a row does not fit the columns: ${line.slice(0, 120)}`)
    return [{ heading: '', fields: fieldsOf(names.map((name, at) => [name, values[at] ?? ''])) }]
  })
}

/** At the columns where the dashes are; where wide characters moved them, at runs of blanks, if those are as many. */
function cells(line: string, columns: readonly { from: number; to: number }[]): string[] | undefined {
  const fits = columns.every(({ to }, at) => {
    const next = columns[at + 1]
    return !next || line.slice(to, next.from).trim() === ''
  })
  if (fits)
    return columns.map(({ from, to }, at) =>
      line.slice(from, at === columns.length - 1 ? undefined : to).trim(),
    )
  const parts = line.trim().split(/ {2,}/)
  return parts.length === columns.length ? parts : undefined
}

function fromRecords(body: string[]): Row[] {
  const rows: { heading: string; pairs: [string, string][] }[] = []
  for (const line of body) {
    if (line.trim() === '') continue
    const pair = /^ {2,}([^:]+?):(?: (.*))?$/.exec(line)
    if (pair) {
      if (rows.length === 0) rows.push({ heading: '', pairs: [] })
      rows.at(-1)!.pairs.push([pair[1]!.trim(), (pair[2] ?? '').trim()])
    } else if (!/^\s/.test(line)) rows.push({ heading: line.trim(), pairs: [] })
  }
  return rows
    .filter(({ pairs }) => pairs.length > 0)
    .map(({ heading, pairs }) => ({ heading, fields: fieldsOf(pairs) }))
}

function fromCsv(text: string): Row[] {
  const [names, ...rest] = csv(text)
  return rest.flatMap((values): Row[] => {
    if (values.every((value) => value === '')) return []
    if (values.length !== names!.length)
      throw new NotSeen('unparsable', `a row has ${values.length} fields of ${names!.length}`)
    return [{ heading: '', fields: fieldsOf(names!.map((name, at) => [name, values[at]!])) }]
  })
}

/** RFC 4180; every line of esxcli ends in a comma, which begins no further field. */
function csv(text: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  for (const [, quoted, bare, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^,\n]*))(,|\n|$)/g)) {
    const value = quoted?.replaceAll('""', '"') ?? bare ?? ''
    if (end === ',') row.push(value)
    else {
      if (value !== '' || row.length === 0) row.push(value)
      rows.push(row)
      row = []
      if (end === '') break
    }
  }
  return rows.filter((each) => each.some((value) => value !== ''))
}

function fromKeyValue(body: string[]): Row[] {
  const rows = new Map<string, [string, string][]>()
  for (const line of body) {
    const [, entry, name, value] = /^(\w+(?:\[\d+\])?)\.(\w+)\.\w+=(.*)$/.exec(line) ?? []
    if (entry === undefined) continue
    rows.set(entry, [...(rows.get(entry) ?? []), [name!, value!]])
  }
  return [...rows.values()].map((pairs) => ({ heading: '', fields: fieldsOf(pairs) }))
}

function fromJson(text: string): Row[] {
  const json = readJson(text)
  const list = Array.isArray(json) ? json : [json]
  return list.flatMap((each): Row[] =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? [{ heading: '', fields: fieldsOf(each.entries.map(([name, value]) => [name, plainValue(value)])) }]
      : [],
  )
}

const plainValue = (value: Json): string =>
  Array.isArray(value)
    ? value.map(plainValue).join(', ')
    : value === null || typeof value === 'object'
      ? ''
      : String(value)

const fieldsOf = (pairs: readonly (readonly [string, string])[]) =>
  Object.fromEntries(pairs.filter(([name]) => name !== '').map(([name, value]) => [canonical(name), value]))

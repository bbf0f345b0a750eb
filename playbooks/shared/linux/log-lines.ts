import { lines as linesOf } from '../text.ts'

/** A local time as a log writes it; the year is missing in syslog's own form. */
export type LocalTime = {
  year?: number
  month: number
  day: number
  hour: number
  minute: number
  second: number
}

/** One message of a log, without its prefix. */
export type LogLine = {
  /** the line it starts at, from 1 */
  number: number
  text: string
  /** seconds since boot, from `[162983.746777]` */
  bootS: number | undefined
  /** counts up when the seconds since boot start again; the last one is the boot that is still running */
  bootNumber: number
  /** milliseconds since the epoch, where the log says it with its offset */
  wallMs: number | undefined
  /** local time, where the log leaves out the offset */
  local: LocalTime | undefined
}

export type LogText = {
  lines: LogLine[]
  /** messages that lack their beginning or their end */
  cut: { start: boolean; end: boolean }
}

type Prefix = Omit<LogLine, 'number' | 'bootNumber'>

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const MONTH = `(?<month>${MONTHS.join('|')})`
const TIME = '(?<hour>\\d\\d):(?<minute>\\d\\d):(?<second>\\d\\d)'
const ISO = '(?<iso>\\d{4}-\\d\\d-\\d\\d[T ]\\d\\d:\\d\\d:\\d\\d(?:[.,]\\d+)?(?:Z|[+-]\\d\\d:?\\d\\d))'
const SENDER = '(?: +\\S+ +kernel(?:\\[\\d+\\])?:)'
/** What may stand before a message; the first that fits is taken off. Sources: dmesg(1), journalctl(1), RFC 3164, RFC 5424. */
const PREFIXES = [
  // syslog, with or without the year in ISO form; journalctl -o short, short-iso
  new RegExp(`^(?:<\\d+>)?${MONTH} +(?<day>\\d{1,2}) ${TIME}(?:\\.\\d+)?${SENDER} ?`),
  new RegExp(`^(?:<\\d+>1? ?)?${ISO}${SENDER} ?`),
  // journalctl -o short-unix
  new RegExp(`^(?<epoch>\\d{9,11}\\.\\d+)${SENDER} ?`),
  // dmesg --time-format iso, and -T
  new RegExp(`^${ISO} `),
  new RegExp(`^\\[(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ${MONTH} +(?<day>\\d{1,2}) ${TIME} (?<year>\\d{4})\\] ?`),
]
// dmesg, -r (`<3>`), -x (`kern  :err   :`); journalctl -o short-monotonic adds the sender
const BOOT = new RegExp(`^(?:<\\d+>)?(?:[a-z]+ *:[a-z]+ *: )?\\[ *(?<boot>\\d+\\.\\d+)\\]${SENDER}? ?`)

/**
 * A kernel's log as any tool prints it or anybody pastes it: `[162983.746777] LustreError: …` of dmesg, `dmesg -T`,
 * `Aug  5 10:48:36 host kernel: …` of syslog, journalctl. Colours and CR are dropped, wrapped lines are joined, empty
 * lines left out. A message of a log without any prefix stands alone; no lines: the text is empty.
 */
export function readLogLines(text: string): LogText {
  const raw = linesOf(text)
  const read = raw.map(prefixOf)
  const stamped = read.some(Boolean)
  const width = wrapWidth(raw, read)
  const lines: (Prefix & { number: number })[] = []
  let start = false
  for (const [index, row] of raw.entries()) {
    if (row.trim() === '') continue
    const prefix = read[index]
    const before = lines.at(-1)
    if (prefix) lines.push({ number: index + 1, ...prefix })
    else if (!stamped) lines.push({ number: index + 1, ...none, text: row.trim() })
    else if (before) before.text = joined(before.text, row, (raw[index - 1] ?? '').length === width)
    else start = true
  }
  return { lines: countBoots(lines), cut: { start, end: text !== '' && !/[\r\n]$/.test(text) } }
}

const none = { bootS: undefined, wallMs: undefined, local: undefined }

function prefixOf(row: string): Prefix | undefined {
  const trimmed = row.trimStart()
  const first = PREFIXES.map((pattern) => pattern.exec(trimmed)).find(Boolean)
  const rest = first ? trimmed.slice(first[0].length) : trimmed
  const boot = BOOT.exec(rest)
  if (!first && !boot) return undefined
  return {
    text: (boot ? rest.slice(boot[0].length) : rest).trimEnd(),
    bootS: boot ? Number(boot.groups!.boot) : undefined,
    ...timeOf(first?.groups),
  }
}

function timeOf(groups: Record<string, string | undefined> | undefined): Pick<LogLine, 'wallMs' | 'local'> {
  if (groups?.iso !== undefined) {
    const iso = groups.iso.replace(' ', 'T').replace(',', '.')
    const ms = Date.parse(iso.replace(/([+-]\d\d)(\d\d)$/, '$1:$2').replace(/(\.\d{3})\d+/, '$1'))
    return { wallMs: Number.isNaN(ms) ? undefined : ms, local: undefined }
  }
  if (groups?.epoch !== undefined) return { wallMs: Number(groups.epoch) * 1000, local: undefined }
  if (groups?.month === undefined) return { wallMs: undefined, local: undefined }
  const { year, day, hour, minute, second } = groups
  return {
    wallMs: undefined,
    local: {
      ...(year !== undefined && { year: Number(year) }),
      month: MONTHS.indexOf(groups.month) + 1,
      day: Number(day),
      hour: Number(hour),
      minute: Number(minute),
      second: Number(second),
    },
  }
}

const USUAL_WIDTHS = [80, 100, 120, 132, 160, 200]

/**
 * The column at which a terminal broke long lines. There all broken lines are as long, but for a blank at the break that got
 * lost; an editor's differ. Undefined: no terminal did; an editor may have.
 */
function wrapWidth(raw: string[], read: (Prefix | undefined)[]): number | undefined {
  const broken = raw.filter((_, at) => at + 1 < raw.length && !read[at + 1] && raw[at + 1]!.trim() !== '')
  const longest = broken.reduce((most, row) => Math.max(most, row.length), 0)
  if (broken.some((row) => row.length < longest - 2)) return undefined
  if (USUAL_WIDTHS.includes(longest)) return longest
  // only lines that were broken at a blank
  if (USUAL_WIDTHS.includes(longest + 1)) return longest + 1
  // below that it is rather an editor's doing
  return longest > 80 && broken.filter((row) => row.length === longest).length > 1 ? longest : undefined
}

/** A terminal breaks inside of words, at its width; an editor between them. */
function joined(before: string, row: string, full: boolean): string {
  return full ? before + row.trimEnd() : `${before} ${row.trim()}`
}

/** Messages of different CPUs come a little out of order; a clock that falls by more has started again. */
const REBOOT_S = 10

function countBoots(lines: (Prefix & { number: number })[]): LogLine[] {
  let bootNumber = 0
  let last: number | undefined
  return lines.map((line) => {
    if (line.bootS !== undefined) {
      if (last !== undefined && line.bootS < last - REBOOT_S) bootNumber += 1
      last = line.bootS
    }
    return { ...line, bootNumber }
  })
}

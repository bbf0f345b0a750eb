import { lines as linesOf } from '../text.ts'

/** One message of vmkernel.log, vobd.log or hostd.log; wrapped and split lines are joined. */
export type LogRecord = {
  /** the line it starts at, and the last one of it, from 1 */
  number: number
  to: number
  /** ms since the epoch (ESXi logs in UTC); undefined: no time stamp was there */
  at: number | undefined
  /** without time, level and `cpu13:35761 opID=…)` */
  text: string
}

const TIME = '(\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?Z)'
/** What may stand before the time: a file of grep, a priority, what a syslog server adds. */
const BEFORE =
  '(?:\\S+\\.log(?:\\.\\d+)?:(?:\\d+:)?\\s*)?(?:\\d+[:-]\\s?)?(?:<\\d+>(?:1 )?)?(?:[A-Z][a-z]{2} +\\d+ [\\d:]{8} \\S+ (?:\\S+ )?)?'
const START = new RegExp(`^\\s*${BEFORE}${TIME}:?\\s*`)
const LEVEL =
  /^(?:(?:In|Wa|Er|Al|Em|Db|No|Cr)\(\d+\)\s+)?(?:\S+\s+)?(?:(?:vmkernel|vmkwarning|vmkalert|vobd|vmkeventd)(?:\[\d+\])?:?\s+)?/
const WORLD = /^cpu\d+:\d+(?: opID=[\w-]+)?\)(?:\[\d+\])?/

/**
 * `2019-10-08T07:10:25.198Z cpu13:35761 opID=e02aea1b)Partition: 423: …` lines → records. ESXi 8 puts `In(182) vmkernel:`
 * before the CPU. A line without time goes on with the one before; text without any time stamp is one record a line.
 */
export function readLogRecords(text: string): LogRecord[] {
  const rows = linesOf(text)
  const stamped = rows.some((row) => START.test(row))
  const broken = widths(rows)
  const records: LogRecord[] = []
  for (const [index, row] of rows.entries()) {
    if (row.trim() === '') continue
    const start = START.exec(row)
    const last = records.at(-1)
    if (start) {
      const at = Date.parse(start[1]!)
      records.push({
        number: index + 1,
        to: index + 1,
        at: Number.isNaN(at) ? undefined : at,
        text: withoutWorld(row.slice(start[0].length)),
      })
    } else if (stamped && last && !/[$#]\s/.test(row.slice(0, 40)) && last.to === index) {
      last.text = broken.has(rows[index - 1]!.length)
        ? `${last.text}${row.trimEnd()}`
        : `${last.text} ${row.trim()}`
      last.to = index + 1
    } else if (!stamped || WORLD.test(row.trim()))
      records.push({ number: index + 1, to: index + 1, at: undefined, text: withoutWorld(row.trim()) })
  }
  return records
}

/** Widths at which a terminal broke lines inside of words: long lines of one length that go on without a time stamp. */
function widths(rows: readonly string[]): Set<number> {
  const goOn = rows.filter(
    (row, at) =>
      row.length >= 60 && at + 1 < rows.length && !START.test(rows[at + 1]!) && rows[at + 1]!.trim() !== '',
  )
  const often = (length: number) => goOn.filter((row) => row.length === length).length > 1
  return new Set(
    goOn
      .map(({ length }) => length)
      .filter((length) => [80, 100, 120, 132, 160, 200].includes(length) || often(length)),
  )
}

function withoutWorld(text: string): string {
  const trimmed = text.trim()
  const level = LEVEL.exec(trimmed)![0]
  const rest = trimmed.slice(level.length)
  if (WORLD.test(rest)) return rest.replace(WORLD, '').trim()
  return trimmed.replace(WORLD, '').trim()
}

import type { Line, Passage } from '../triage.ts'
import { readLogLines } from './log-lines.ts'

/** One message of a pasted log, put together again where it was wrapped. */
export type PastedMessage = {
  text: string
  /** the program that wrote it; `kernel` for the kernel, also where the log does not name it (dmesg) */
  program: string
  /** of the program, where the log says it */
  pid: string | undefined
  host: string | undefined
  /** its time as it stands in the log: `Aug  5 10:48:36`, `162983.746777` */
  time: string | undefined
  lines: readonly Line[]
}

const TIME =
  '(?:[A-Z][a-z]{2} +\\d{1,2} \\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?|\\d{4}-\\d\\d-\\d\\d[T ]\\d\\d:\\d\\d:\\d\\d(?:[.,]\\d+)?(?:Z|[+-]\\d\\d:?\\d\\d)?)'
/** `Aug  5 10:48:36 host-31 rpc.statd[811]: text` */
const SYSLOG = new RegExp(
  `^(?:<\\d+>1? ?)?(?<time>${TIME}) +(?<host>[A-Za-z0-9][\\w.:-]*) +(?<program>[\\w./@-]+?)(?:\\[(?<pid>\\d+)\\])?: ?(?<text>.*)$`,
)
const BOOT = /\[ *(\d+\.\d+)\]/
const DATED = /^\[([A-Z][a-z]{2} [A-Z][a-z]{2} +\d+ [\d:]{8} \d{4})\]/

/**
 * The messages of kernel and daemons in a passage that is (also) a log. Lines without a time that do not follow one are
 * messages of the kernel as they stand, so that a lone pasted message is read as well.
 */
export function messagesIn({ lines, host }: Pick<Passage, 'lines' | 'host'>): PastedMessage[] {
  const daemons = new Map<number, PastedMessage>()
  const kernel: string[] = []
  let open: PastedMessage | undefined
  for (const [at, line] of lines.entries()) {
    const groups = SYSLOG.exec(line.text.trim())?.groups
    const isDaemon = groups !== undefined && groups.program !== 'kernel'
    const isFree = groups === undefined && !isStamped(line.text)
    if (isDaemon) {
      const { text = '', program = '', pid, host: from, time } = groups
      open = { text, program, pid, host: from, time, lines: [line] }
      daemons.set(at, open)
      kernel.push('')
    } else if (isFree && open && line.text.trim() !== '') {
      open.text = `${open.text} ${line.text.trim()}`
      open.lines = [...open.lines, line]
      kernel.push('')
    } else {
      open = undefined
      kernel.push(line.text)
    }
  }
  const own = readLogLines(`${kernel.join('\n')}\n`).lines
  const messages = own.map(({ number, text }, index): [number, PastedMessage] => {
    const first = lines[number - 1]!
    const end = (own[index + 1]?.number ?? lines.length + 1) - 1
    const used = lines
      .slice(number - 1, end)
      .filter((line, at) => line.text.trim() !== '' && !daemons.has(number - 1 + at))
    return [
      number - 1,
      { text, program: 'kernel', pid: undefined, ...stampOf(first.text, host), lines: used.slice(0, 12) },
    ]
  })
  return [...messages, ...daemons].sort(([a], [b]) => a - b).map(([, message]) => message)
}

const isStamped = (text: string) =>
  /^\s*(?:<\d+>)?(?:[a-z]+ *:[a-z]+ *: )?\[/.test(text) || new RegExp(`^${TIME}`).test(text.trim())

function stampOf(text: string, host: string | undefined): Pick<PastedMessage, 'host' | 'time'> {
  const groups = SYSLOG.exec(text.trim())?.groups
  const time = groups?.time ?? DATED.exec(text.trim())?.[1] ?? BOOT.exec(text)?.[1]
  return { host: groups?.host ?? host, time }
}

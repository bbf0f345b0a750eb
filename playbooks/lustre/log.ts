import { type LogLine, readLogLines } from '../shared/linux/log-lines.ts'
import { type DatedLine, dateLines, type TimeKnown } from '../shared/linux/log-time.ts'
import { type LustreMessage, readMessage } from './messages.ts'

/** One message of Lustre that means something to us, with its line and its time. */
export type LustreEvent = LustreMessage & {
  /** line of the text, from 1 */
  number: number
  /** ms since the epoch; undefined: the log does not say when, and nobody else does */
  at: number | undefined
  bootS: number | undefined
}

/** What a kernel's log says about Lustre, in its order. */
export type LustreLog = {
  events: LustreEvent[]
  /** how far back it goes; undefined: empty, or without times */
  from: number | undefined
  to: number | undefined
  /** lines in all, and those that only Lustre or LNet can have written */
  lines: number
  ours: number
  /** a message lacks its beginning or its end */
  cut: LogText['cut']
}
type LogText = ReturnType<typeof readLogLines>

const OURS = /^(?:Lustre|LustreError|LNet|LNetError)\b|^LustreError:|^Lustre:/

/** Text of a kernel's log, as any tool prints it or anybody pastes it → what Lustre said. Never throws; empty text: nothing. */
export function readLustreLog(text: string, known: TimeKnown = {}): LustreLog {
  return withTimes(readLustreText(text), known)
}

/** The same in two steps: a long log is read once, and dated again when the time of boot is known. */
export type LustreText = {
  lines: LogLine[]
  messages: Map<number, LustreMessage>
  cut: LogText['cut']
  ours: number
}

export function readLustreText(text: string): LustreText {
  const { lines, cut } = readLogLines(text)
  const messages = new Map<number, LustreMessage>()
  let ours = 0
  for (const line of lines) {
    if (!OURS.test(line.text)) continue
    ours += 1
    const message = readMessage(line.text)
    if (message) messages.set(line.number, message)
  }
  return { lines, messages, cut, ours }
}

export function withTimes({ lines, messages, cut, ours }: LustreText, known: TimeKnown): LustreLog {
  const dated = dateLines(lines, { ...known, anchors: anchorsIn(messages) })
  const events = dated.flatMap((line): LustreEvent[] => {
    const message = messages.get(line.number)
    return message ? [{ ...message, number: line.number, at: line.at, bootS: line.bootS }] : []
  })
  const times = dated.flatMap(({ at }: DatedLine) => (at === undefined ? [] : [at]))
  return { events, from: times[0], to: times.at(-1), lines: lines.length, ours, cut }
}

/** `enqueued at 1564973016, 300s ago` is the one message that tells the hour by itself. */
function anchorsIn(messages: LustreText['messages']): { number: number; ms: number }[] {
  return [...messages].flatMap(([number, message]) =>
    message.kind === 'lock-timeout' ? [{ number, ms: (message.enqueuedS + message.waitedS) * 1000 }] : [],
  )
}

import type { Reader } from '../playbooks/shared/triage.ts'
import { answerOf, type TriageAnswer } from './triage/answer.ts'
import { readApart } from './triage/apart.ts'
import { readText } from './triage/read.ts'
import { createIntake } from './triage/take.ts'
import { until } from './triage/until.ts'

export type { TriageAnswer } from './triage/answer.ts'

export type TriageOptions = {
  /** when the text was pasted, ms since the epoch; default: now */
  now?: number
  /** how long it may take from the first piece on; what was not read by then is said in the answer. Default 20 s */
  limitMs?: number
  /** a larger text is read in a thread of its own: for a process that others wait for */
  apart?: boolean
  /** module that exports `readers`; default: those of all playbooks */
  readersFrom?: string
}

/** what takes a moment only */
const SMALL_CHARACTERS = 64 * 1024
const LIMIT_MS = 20_000
/** of that, what is left for the readers when the input does not end */
const FOR_READING = 1 / 3
const READERS = new URL('../playbooks/readers.ts', import.meta.url).href

/**
 * Says what a pasted text is, what it names, what that means, what to check next and what not to do.
 * A text of up to 2 MB is read whole; of a larger one the lines that matter, in bounded memory. Binary, empty and unknown text
 * are findings of the answer, never an error; throws only what reading the input throws.
 */
export async function triage(
  input: string | Uint8Array | AsyncIterable<Uint8Array | string>,
  options: TriageOptions = {},
): Promise<TriageAnswer> {
  const { now = Date.now(), limitMs = LIMIT_MS, apart = false, readersFrom = READERS } = options
  const { readers } = (await import(readersFrom)) as { readers: readonly Reader[] }
  const intake = createIntake(readers)
  const pieces = until(piecesOf(input), limitMs * (1 - FOR_READING))
  for (let piece = await pieces.next(); piece; piece = await pieces.next()) if (!intake.push(piece)) break
  const began = pieces.stop()
  const { text, seen } = intake.end(pieces.late())
  // whatever the input took, the readers get their time
  const deadline = Math.max(began + limitMs, Date.now() + limitMs * FOR_READING)
  const { told, failed } =
    apart && text.text.length > SMALL_CHARACTERS
      ? await readApart({ text, now, deadline, readersFrom })
      : readText(text, readers, now, deadline)
  return answerOf({ ...seen, failed }, told)
}

async function* piecesOf(
  input: string | Uint8Array | AsyncIterable<Uint8Array | string>,
): AsyncGenerator<Uint8Array> {
  const pieces = typeof input === 'string' || input instanceof Uint8Array ? [input] : input
  for await (const piece of pieces) yield typeof piece === 'string' ? Buffer.from(piece) : piece
}

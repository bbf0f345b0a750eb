import type { Advice, Finding, Next } from './finding.ts'

/** One line of a pasted text as a person would read it: without colour, quote mark, CR, markup. `n` counts from 1 in what was pasted. */
export type Line = { n: number; text: string }

/**
 * Lines that belong together: what stands below one prompt, or between two. Empty lines are kept, they separate.
 * A text without any prompt is one passage.
 */
export type Passage = {
  /** the command typed at the prompt above it, split into words as a shell would; undefined: no prompt was seen */
  command: readonly string[] | undefined
  /** the host that the prompt names (`root@wsg-2:~#`); undefined: it names none */
  host: string | undefined
  lines: readonly Line[]
}

/** What was understood of a text: a command's output or a kind of log, and where it stands. */
export type Recognised = {
  /** the field's name: `rados listwatchers`, `/proc/locks`, `ESXi vmkernel.log` */
  kind: string
  /** first and last line, from 1 */
  from: number
  to: number
  /** how many lines of it were understood */
  lines: number
}

/** Identifiers and measured values as text, by kind; what identifies something is never a JS number. */
export type Facts = Record<string, Record<string, string | boolean | string[]>[]>

/** A value that looks like one of ours and is damaged: it is named and not used. */
export type Refused = { line: number; value: string; why: string }

/** What one reader has to say about a text; all empty: nothing of its kind is in it. */
export type Told = {
  recognised: Recognised[]
  facts: Facts
  /** `evidence` holds the lines it rests on, as they stand in the text */
  findings: Finding[]
  next: Next[]
  doNot: Advice[]
  refused: Refused[]
}

/**
 * Reads what a playbook knows out of pasted text: the same parsers and judgements as in a live check.
 * A text shows one moment of one side: what it does not show is not healthy, and what is old in it is not present.
 */
export type Reader = {
  playbook: string
  /** matches, in any case, every single line that this reader can use; sifts large logs, so it has to be cheap. No flags but `i`. */
  wants: RegExp
  /** pure; never throws for any text. `now` is when it was pasted, ms since the epoch. */
  read(passages: readonly Passage[], now: number): Told
}

import { lunName, textOfEui } from '../../shared/scsi/lun-name.ts'
import type { Line, Passage } from '../../shared/triage.ts'
import type { Scene } from './scene.ts'

/** A name of ESXi or Linux for a LUN; partitions stand behind a colon. What is cut off may end in dots. */
const NAME = /(?<![\w.-])(eui|naa)\.([0-9A-Za-z]*)(\u2026|\.{2,})?/g
const LONGEST_HEX = 32

/** Every identifier of a LUN in the text; what has not all its digits is refused, never completed. */
export function readNames({ lines }: Passage, { tell }: Scene): void {
  for (const [at, line] of lines.entries()) {
    for (const match of line.text.matchAll(NAME)) {
      const [whole, kind, digits, dots] = match as unknown as [string, string, string, string | undefined]
      // iSCSI names and words such as `naa.xxx` of an example
      if (digits === '' || /^x+$/i.test(digits)) continue
      const name = dots === undefined ? lunName(`${kind}.${digits}`) : undefined
      if (name !== undefined) noteName(name, tell)
      else {
        const joined = wrapped(lines, at, match.index + whole.length, `${kind}.${digits}`)
        if (joined !== undefined) noteName(joined, tell)
        else tell.refuse(line, `this is no whole name of a LUN: ${whyNot(kind, digits)}`, whole)
      }
    }
  }
}

function noteName(name: string, tell: Scene['tell']): void {
  const decoded = textOfEui(name)
  tell.fact('devices', { name, kind: name.slice(0, 3), ...(decoded !== undefined && { decoded }) })
}

/** A terminal broke the line in the name: the rest stands at the beginning of the next, and nothing is missing or over. */
function wrapped(lines: readonly Line[], at: number, end: number, start: string): string | undefined {
  const line = lines[at]!
  const next = lines[at + 1]
  if (end !== line.text.length || line.text.length < 60 || !next || next.n !== line.n + 1) return undefined
  const rest = /^([0-9a-f]+)(?![0-9A-Za-z])/i.exec(next.text)?.[1]
  return rest === undefined ? undefined : lunName(start + rest)
}

function whyNot(kind: string, digits: string): string {
  const needs = kind === 'eui' ? '16, 24 or 32' : '16 or 32'
  if (/[^0-9a-f]/i.test(digits)) return 'it holds characters that are no hex digits'
  return `${digits.length} hex digits instead of ${needs}${digits.length > LONGEST_HEX ? ', too many' : ''}`
}

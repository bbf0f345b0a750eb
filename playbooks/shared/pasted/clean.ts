import type { Line } from '../triage.ts'
import { withoutMarkup } from './markup.ts'
import { type Row, withoutBullets, withoutFences, withoutQuotes, withoutTables } from './quotes.ts'
import { lostEscapes, withoutTerminal } from './terminal.ts'
import { untypeset } from './typography.ts'

/**
 * The lines of a pasted text as a person would read them: without colours, carriage returns, HTML and its entities, Slack's
 * links, Markdown, typeset quotes and blanks, bullets and quote marks. What programs print themselves stays as it is;
 * nothing is joined or completed. `n` is the line in the text, from 1; one line of HTML may give several with the same `n`.
 * Where a fence of Markdown stood is an empty line marked as `edge`.
 */
export function cleanLines(text: string): Row[] {
  const orphans = lostEscapes(text)
  const raw = rawLines(text).flatMap(({ n, text }) =>
    withoutMarkup(withoutTerminal(text, orphans)).map((piece): Line => ({ n, text: piece })),
  )
  const unquoted = withoutQuotes(withoutFences(raw))
  const unlisted = withoutBullets(withoutTables(withoutFences(unquoted)))
  return unlisted.map((line) => ({ ...line, text: untypeset(line.text).trimEnd() }))
}

/** A lone CR overwrites on a terminal and ends a line elsewhere: what it parts are lines with the same number. */
function rawLines(text: string): Line[] {
  if (text === '') return []
  const rows = text.includes('\n') ? text.split('\n') : text.split('\r')
  if (rows.at(-1) === '') rows.pop()
  return rows.flatMap((row, at): Line[] => {
    if (!row.includes('\r')) return [{ n: at + 1, text: row }]
    const pieces = row.split('\r').filter((piece) => piece !== '')
    return (pieces.length > 0 ? pieces : ['']).map((piece) => ({ n: at + 1, text: piece }))
  })
}

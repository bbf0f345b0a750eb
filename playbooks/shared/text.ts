const ansi = new RegExp(`${String.fromCharCode(27)}\\[[0-9;?]*[ -/]*[@-~]`, 'g')

/** A line that a Ceph program logged: `2026-11-20T16:52:40.080+0000 7f69684cdd00 -1 text`, or with a space for the T. */
const logLine = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\.\d+(?:[+-]\d{4}|Z)? +[0-9a-f]{6,16} +-?\d+ /

/** Control, format and bidi characters, lone surrogates, blanks other than the space, what renders as nothing, backticks. */
const unsafe = /[\p{C}\p{Zl}\p{Zp}\p{DI}`]|(?! )\p{Zs}/u

/**
 * Text without terminal colours, with `\n` line ends.
 * What a program says is never changed otherwise; line numbers stay as they were.
 */
export function plain(text: string): string {
  return text.replace(ansi, '').replace(/\r\n?/g, '\n')
}

/** The lines of a text, without colours and line ends; no lines for empty text. Line n is element n-1. */
export function lines(text: string): string[] {
  const all = plain(text).split('\n')
  if (all.at(-1) === '') all.pop()
  return all
}

/** Plain text in which a program's own log lines are emptied; only lines of the exact log form count as such. */
export function withoutLog(text: string): string {
  return plain(text)
    .split('\n')
    .map((line) => (logLine.test(line) ? '' : line))
    .join('\n')
}

/**
 * An untrusted identifier in backticks, for display: what could break out of them, hide or reorder text is
 * shown as an escape (`\n`, `\u{202e}`), and at most 120 characters are kept, the last of them `…`.
 * An empty value shows as `""`. Slack's `<`, `>` and `&` are the business of whoever builds the message.
 */
export function code(value: string): string {
  let shown = ''
  let length = 0
  for (const character of value) {
    const piece = unsafe.test(character) ? escaped(character) : character
    length += unsafe.test(character) ? piece.length : 1
    if (length > 120) return `\`${cut(shown)}…\``
    shown += piece
  }
  return `\`${shown === '' ? '""' : shown}\``
}

function escaped(character: string): string {
  if (character === '\n') return '\\n'
  if (character === '\r') return '\\r'
  if (character === '\t') return '\\t'
  return `\\u{${character.codePointAt(0)?.toString(16)}}`
}

function cut(shown: string): string {
  return [...shown].slice(0, 119).join('')
}

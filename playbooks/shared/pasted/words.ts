const OPERATOR = /^(?:\d?>>?(?:&\d|&-)?|<<?<?|&>>?|\|\||&&|\|&|[|;&()])/

/** The words of a command, and whether a quote was left open at its end. */
export type Words = { words: string[]; open: boolean }

/**
 * Splits a line as a POSIX shell would: quotes and backslashes go, a comment ends it, operators are words of their own
 * (`|`, `&&`, `2>&1`). Nothing is expanded: `$(…)` and `*` stay as typed. Never throws; an open quote takes the rest.
 */
export function shellWords(line: string): Words {
  const words: string[] = []
  let word: string | undefined
  let at = 0
  const end = () => {
    if (word !== undefined) words.push(word)
    word = undefined
  }
  while (at < line.length) {
    const character = line[at]!
    if (character === ' ' || character === '\t') {
      end()
      at += 1
    } else if (character === '#' && word === undefined) {
      break
    } else if (character === "'" || character === '"') {
      const quoted = character === "'" ? singleQuoted(line, at + 1) : doubleQuoted(line, at + 1)
      word = (word ?? '') + quoted.text
      if (quoted.end === undefined) return { words: [...words, word], open: true }
      at = quoted.end
    } else if (character === '\\') {
      word = (word ?? '') + (line[at + 1] ?? '')
      at += 2
    } else {
      const operator = operatorAt(line, at, word)
      if (operator === undefined) {
        word = (word ?? '') + character
        at += 1
      } else {
        end()
        words.push(operator)
        at += operator.length
      }
    }
  }
  end()
  return { words, open: false }
}

/** A digit is part of a redirection only when it stands alone: `2>x`, but not `osd.2>x`. */
function operatorAt(line: string, at: number, word: string | undefined): string | undefined {
  const character = line[at]!
  if (!'|;&<>()0123456789'.includes(character)) return undefined
  if (character >= '0' && character <= '9' && (word !== undefined || line[at + 1] !== '>')) return undefined
  return OPERATOR.exec(line.slice(at, at + 6))?.[0]
}

function singleQuoted(line: string, from: number): { text: string; end: number | undefined } {
  const end = line.indexOf("'", from)
  return end < 0 ? { text: line.slice(from), end: undefined } : { text: line.slice(from, end), end: end + 1 }
}

function doubleQuoted(line: string, from: number): { text: string; end: number | undefined } {
  let text = ''
  for (let at = from; at < line.length; at += 1) {
    const character = line[at]!
    if (character === '"') return { text, end: at + 1 }
    if (character === '\\' && '"\\$`'.includes(line[at + 1] ?? ' ')) {
      at += 1
      text += line[at]
    } else text += character
  }
  return { text, end: undefined }
}

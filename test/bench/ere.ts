/**
 * A pattern of ours as `grep -E` takes it, for text of one byte a character. What grep cannot say is left out, which
 * only makes it match more: lookarounds, and the laziness of repetitions. Throws for a pattern with back references.
 */
export function toEre(source: string): string {
  if (/\\[1-9]|\\k</.test(source)) throw new Error(`grep -E has no back references: ${source.slice(0, 80)}`)
  let ere = ''
  for (let at = 0; at < source.length; ) {
    const rest = source.slice(at)
    const around = /^\(\?<?[=!]/.exec(rest)
    const bracket = /^\[(?:\\.|[^\]\\])*\]/.exec(rest)
    const escaped = /^\\(.)/s.exec(rest)
    const lazy = /^([*+?}])\?/.exec(rest)
    if (around) at += closing(rest) + 1
    else if (/^\(\?(?::|<\w+>)/.test(rest)) {
      ere += '('
      at += rest.startsWith('(?:') ? 3 : rest.indexOf('>') + 1
    } else if (bracket) {
      ere += inBrackets(bracket[0])
      at += bracket[0].length
    } else if (escaped) {
      ere +=
        OUTSIDE[escaped[1]!] ??
        (/[\w]/.test(escaped[1]!) && !/[bBwWsS]/.test(escaped[1]!)
          ? escaped[1]!
          : /[/"'`<>~ :,;=@%&!#-]/.test(escaped[1]!)
            ? escaped[1]!
            : escaped[0])
      at += 2
    } else if (lazy) {
      ere += lazy[1]
      at += 2
    } else {
      ere += rest[0]
      at += 1
    }
  }
  // an empty alternative is a GNU extension that matches everything; so it does here
  return ere
}

const OUTSIDE: Record<string, string> = { d: '[0-9]', D: '[^0-9]', t: '\t' }
const INSIDE: Record<string, string> = { d: '0-9', w: '[:alnum:]_', s: '[:space:]', t: '\t' }

/** Brackets know no backslash in POSIX: `]` has to come first, `-` last. */
function inBrackets(text: string): string {
  const not = text.startsWith('[^') ? '^' : ''
  let [first, middle, last] = ['', '', '']
  for (const [, escaped, plain] of text.slice(1 + not.length, -1).matchAll(/\\(.)|([^\\])/gs)) {
    const character = plain ?? escaped!
    if (escaped !== undefined && INSIDE[escaped] !== undefined) middle += INSIDE[escaped]
    else if (character === ']') first = ']'
    else if (escaped === '-') last = '-'
    else middle += character
  }
  return `[${not}${first}${middle}${last}]`
}

/** Where the parenthesis that this text begins with is closed. */
function closing(text: string): number {
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '[') at += /^\[(?:\\.|[^\]\\])*\]/.exec(text.slice(at))![0].length - 1
    else if (text[at] === '(') depth++
    else if (text[at] === ')' && --depth === 0) return at
  }
  throw new Error(`not closed: ${text.slice(0, 80)}`)
}

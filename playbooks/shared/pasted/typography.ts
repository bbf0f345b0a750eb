/** Blanks of typesetting: no-break, en, em, thin, ideographic … */
const BLANKS = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g
const DOUBLE_QUOTES = /[\u201c-\u201f\u2033\uff02]/g
/** a single one only beside a word's edge: a name such as `Bob’s` keeps its own */
const SINGLE_QUOTES = /(?<![\p{L}\p{N}])[\u2018-\u201b]|[\u2018-\u201b](?![\p{L}\p{N}])/gu
const HYPHENS = /[\u2010\u2011\ufe63\uff0d]/g
/** an option whose dashes a word processor has joined: `–p`, `—format` */
const OPTION_DASH = /(?<=^|\s)[\u2013\u2212](?=[A-Za-z])/g
const LONG_OPTION_DASH = /(?<=^|\s)(?:\u2014|\u2013\u2013)(?=[A-Za-z])/g
const MARKDOWN_ESCAPE = /\\([_*[\]<>#~])/g
const BACKTICKS = /`([^`\n]+)`/g
const BOLD = /\*\*([^*\n]+)\*\*/g

/** One line with the plain characters that programs print in place of a typesetter's. An ellipsis stays: it marks a cut. */
export function untypeset(line: string): string {
  let text = line
  // most lines have nothing of the kind
  if (/[^\t -~]/.test(text))
    text = text
      .replace(BLANKS, ' ')
      .replace(DOUBLE_QUOTES, '"')
      .replace(SINGLE_QUOTES, "'")
      .replace(HYPHENS, '-')
      .replace(LONG_OPTION_DASH, '--')
      .replace(OPTION_DASH, '-')
  if (text.includes('\\')) text = text.replace(MARKDOWN_ESCAPE, '$1')
  if (text.includes('**')) text = text.replace(BOLD, '$1')
  // `name' of old coreutils opens with a backtick as well
  if (text.includes('`'))
    text = text.replace(BACKTICKS, (whole, inner: string) => (inner.includes("'") ? whole : inner))
  return text
}

const QUOTED =
  /^([a-z][a-z-]*=)?(?:["“”„]((?:[^"“”\\]|\\[\s\S])*)["“”]|(['‘’‚][^'‘’]*['‘’]|«[^«»]*»))(?=\s|$)\s*/i

/**
 * Words at white space; `"a b"` and `key="a b"` are one word, also with the quotation marks that Slack and phones make
 * of them, in single ones and in `«»`. Inside, `\"` is a quotation mark and `\\` a backslash. Undefined: a (double) quotation
 * mark without its partner; a single one may be an apostrophe.
 */
export function split(text: string): string[] | undefined {
  const words: string[] = []
  let rest = text
  while (rest !== '') {
    const quoted = QUOTED.exec(rest)
    const plainWord = /^(\S+)\s*/.exec(rest)
    const [, key = '', double, other] = quoted ?? []
    if (quoted) words.push(`${key}${double?.replace(/\\([\\"“”])/g, '$1') ?? other?.slice(1, -1) ?? ''}`)
    else if (/^([a-z][a-z-]*=)?["“”„]/i.test(rest) || !plainWord) return undefined
    else words.push(plainWord[1]!)
    rest = rest.slice((quoted ?? plainWord)![0].length)
  }
  return words
}

const NEEDS_QUOTES = /[\s"“”„]|^['‘’‚«`*]/

/** A word as it has to be typed: in quotation marks where it holds white space or one of them. */
export function typed(word: string): string {
  const [, key, value] = /^([a-z][a-z-]*=)?([\s\S]*)$/i.exec(word)!
  return NEEDS_QUOTES.test(value!) ? `${key ?? ''}"${value!.replace(/([\\"“”])/g, '\\$1')}"` : word
}

/** Code or bold around a word, a value or the whole line: what we show in an answer is pasted with its marks. */
const MARKED = /(^|[\s=])(`{1,3}|\*)((?:(?!\2)[\s\S])+)\2(?=\s|$)/g

/**
 * Slack's own additions taken back: non-breaking and invisible spaces, links around what looks like an address or a number,
 * marks of code, mentions in front of the line.
 */
export function plain(line: string): string {
  return line
    .replace(/^(?:<@[A-Z0-9]+(?:\|[^>]*)?>|[\s,:])+/, '')
    .replace(/<(?:https?:\/\/|mailto:|tel:)[^|>]*\|([^>]*)>/g, '$1')
    .replace(/<(https?:\/\/[^>]*)>/g, '$1')
    .replace(/<(?:mailto|tel):([^>]*)>/g, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .replace(/[\u00ad\u200b\u2060\ufeff]/g, '')
    .replace(/[\u00a0\u2007\u202f]/g, ' ')
    .replace(MARKED, '$1$3')
    .replace(MARKED, '$1$3')
    .trim()
}

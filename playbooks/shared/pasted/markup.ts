const NAMED: Record<string, string> = {
  lt: '<',
  gt: '>',
  amp: '&',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  ensp: ' ',
  emsp: ' ',
  ndash: '\u2013',
  mdash: '\u2014',
  hellip: '\u2026',
  lsquo: "'",
  rsquo: "'",
  ldquo: '"',
  rdquo: '"',
  bull: '\u2022',
  middot: '\u00b7',
  shy: '',
  zwnj: '',
  zwj: '',
  num: '#',
  colon: ':',
  lbrack: '[',
  rbrack: ']',
  sol: '/',
  lowbar: '_',
  Tab: '\t',
}
const ENTITY = /&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([A-Za-z]{2,6}));/g

const BREAKS =
  'br|hr|p|div|pre|li|ul|ol|tr|table|tbody|thead|blockquote|h[1-6]|html|body|figure|details|summary'
const INLINE =
  'a|b|i|u|s|em|strong|span|code|kbd|samp|tt|font|small|mark|sub|sup|img|button|svg|path|use|clipboard-copy|wbr|ins|del'
/** Only names of HTML: `<addr>`, `<unknown>` and `<3>` are what tools print. */
const BREAK_TAG = new RegExp(`<\\/?(?:${BREAKS})(?:\\s[^<>]*)?\\s*\\/?>`, 'gi')
const INLINE_TAG = new RegExp(`<\\/?(?:${INLINE})(?:\\s[^<>]*)?\\s*\\/?>`, 'gi')
const CELL_TAG = /<\/?(?:td|th)(?:\s[^<>]*)?>/gi

/** Slack's own markup in a message as its API gives it; a label is what people saw. */
const SLACK_LABELLED = /<(?:https?|ftp|mailto|tel|ssh|nfs|file|slack):[^<>|\s]*\|([^<>]*)>/g
const SLACK_LINK = /<((?:https?|ftp|ssh|nfs|file):[^<>|\s]+|(?:mailto|tel):([^<>|\s]+))>/g
const SLACK_MENTION = /<([!@#])(?:subteam\^)?([\w^-]+)(?:\|([^<>]*))?>/g

/** `[label](https://…)` where a site or a client made links of names and addresses. */
const MARKDOWN_LINK = /!?\[([^[\]\n]{1,300})\]\((?:https?|mailto|ftp|tel):[^\s()]*\)/g

/** One line as it was before it went through HTML, Slack or a Markdown site: perhaps several lines. Never invents a character. */
export function withoutMarkup(line: string): string[] {
  let text = withoutLinks(line)
  // twice: pages escape what was escaped already
  for (let pass = 0; pass < 2 && (text.includes('&') || text.includes('<')); pass += 1)
    text = decoded(text.replace(BREAK_TAG, '\n').replace(CELL_TAG, '  ').replace(INLINE_TAG, ''))
  text = withoutLinks(text)
  if (!text.includes('\n')) return [text]
  const pieces = text.split('\n').filter((piece) => piece.trim() !== '')
  return pieces.length > 0 ? pieces : ['']
}

function withoutLinks(text: string): string {
  const plain = text.includes('](') ? text.replace(MARKDOWN_LINK, '$1') : text
  if (!plain.includes('<')) return plain
  return plain
    .replace(SLACK_LABELLED, '$1')
    .replace(SLACK_LINK, (_, whole: string, address?: string) => address ?? whole)
    .replace(SLACK_MENTION, (whole, mark: string, id: string, label?: string) => {
      if (
        mark === '!' ? !/^(?:channel|here|everyone|subteam|date)/.test(id) : !/^[UWCSB][A-Z0-9]{5,}$/.test(id)
      )
        return whole
      return `${mark === '#' ? '#' : '@'}${(label || id).replace(/^@/, '')}`
    })
}

function decoded(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(ENTITY, (whole, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return NAMED[name] ?? whole
    const point = decimal !== undefined ? Number(decimal) : Number.parseInt(hex!, 16)
    if (point === 0xa0) return ' '
    return point > 0x10ffff || (point < 32 && point !== 9) ? whole : String.fromCodePoint(point)
  })
}

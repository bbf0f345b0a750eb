import { inline, link } from './mrkdwn.js'

/** Standard Markdown, as in Slack's `markdown` block → the same tokens as mrkdwn. Pure. */
export function markdown(text) {
  return text.split(/(^```[^\n]*\n[\s\S]*?^```$)/m).flatMap((part, index) => {
    if (index % 2 === 1)
      return [{ type: 'pre', text: part.replace(/^```[^\n]*\n/, '').replace(/\n?```$/, '') }]
    return part.split(/\n{2,}/).flatMap((paragraph) => blocks(paragraph.replace(/^\n+|\n+$/g, '')))
  })
}

function blocks(paragraph) {
  if (paragraph === '') return []
  const tokens = []
  for (const line of paragraph.split('\n')) {
    const token = block(line)
    const last = tokens.at(-1)
    if (token.type === 'list' && last?.type === 'list' && last.ordered === token.ordered)
      last.items.push(...token.items)
    else if (token.type === 'paragraph' && last?.type === 'paragraph')
      last.children.push({ type: 'br' }, ...token.children)
    else if (token.type === 'quote' && last?.type === 'quote')
      last.children.push({ type: 'br' }, ...token.children)
    else tokens.push(token)
  }
  return tokens
}

function block(line) {
  const heading = /^(#{1,6}) +(.*)$/.exec(line)
  if (heading) return { type: 'heading', level: heading[1].length, children: spans(heading[2]) }
  if (/^ *(-{3,}|\*{3,}) *$/.test(line)) return { type: 'rule' }
  const quote = /^> ?(.*)$/.exec(line)
  if (quote) return { type: 'quote', children: spans(quote[1]) }
  const item = /^ *(?:([-*+])|\d+[.)]) +(.*)$/.exec(line)
  if (item) return { type: 'list', ordered: !item[1], items: [spans(item[2])] }
  return { type: 'paragraph', children: spans(line) }
}

const rules = [
  { at: /`([^`\n]+)`/, token: ([, text]) => ({ type: 'code', text }) },
  { at: /\[([^\]\n]+)\]\(([^)\s]+)\)/, token: ([, label, href]) => link(href, label) },
  { at: /\*\*(?=\S)(.+?)(?<=\S)\*\*/, token: ([, inside]) => ({ type: 'bold', children: spans(inside) }) },
  { at: /~~(?=\S)(.+?)(?<=\S)~~/, token: ([, inside]) => ({ type: 'strike', children: spans(inside) }) },
  {
    at: /(?<!\w)([*_])(?=\S)([^*_]+?)(?<=\S)\1(?!\w)/,
    token: ([, , inside]) => ({ type: 'italic', children: spans(inside) }),
  },
  { at: /<@(U[A-Z0-9]+)>/, token: ([, id]) => ({ type: 'user', id }) },
  { at: /https?:\/\/[^\s)>]+/, token: ([href]) => link(href, href) },
  { at: /:([a-z0-9_+-]+):/, token: ([, name]) => ({ type: 'emoji', name }) },
]

const spans = (text) => inline(text, rules)

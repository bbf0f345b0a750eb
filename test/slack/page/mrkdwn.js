/**
 * Slack's mrkdwn → tokens. Pure, so that it can be tested without a browser; nothing here is ever HTML.
 * https://docs.slack.dev/messaging/formatting-message-text
 */
export function mrkdwn(text) {
  return text.split(/(```[\s\S]*?```)/).flatMap((part, index, parts) => {
    if (index % 2 === 1)
      return [{ type: 'pre', text: decode(plainLinks(part.slice(3, -3).replace(/^\n/, ''))) }]
    return paragraphs(trimAround(part, index, parts.length))
  })
}

/** Plain text: only entities and emoji mean something. */
export function plain(text) {
  return inline(text, [rules.emoji, rules.newline])
}

export const decode = (text) => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')

// The line break next to a code block belongs to the block.
const trimAround = (part, index, count) =>
  part.replace(index > 0 ? /^\n/ : '', '').replace(index < count - 1 ? /\n$/ : '', '')
const plainLinks = (text) =>
  text.replace(/<([^<>|\n]+)(?:\|([^<>\n]+))?>/g, (_, target, label) => label ?? target)

function paragraphs(text) {
  if (text === '') return []
  const tokens = []
  let lines = []
  let quoted = []
  const flush = () => {
    if (quoted.length > 0) tokens.push({ type: 'quote', children: inline(quoted.join('\n')) })
    else if (lines.length > 0) tokens.push(...inline(lines.join('\n')))
    lines = []
    quoted = []
  }
  for (const line of text.split('\n')) {
    const quote = /^(?:>|&gt;) ?(.*)$/.exec(line)
    if (quote ? lines.length > 0 : quoted.length > 0) flush()
    if (quote) quoted.push(quote[1])
    else lines.push(line)
  }
  flush()
  return tokens
}

const wrapped = (mark) =>
  new RegExp(
    `(?<![\\w${mark}])[${mark}](?=\\S)((?:\`[^\`\\n]*\`|[^${mark}\\n])+?)(?<=\\S)[${mark}](?![\\w${mark}])`,
  )

const rules = {
  code: { at: /`([^`\n]+)`/, token: ([, code]) => ({ type: 'code', text: decode(plainLinks(code)) }) },
  angle: { at: /<([^<>\n]+)>/, token: ([, inside]) => angle(inside) },
  bold: { at: wrapped('*'), token: ([, inside]) => ({ type: 'bold', children: inline(inside) }) },
  italic: { at: wrapped('_'), token: ([, inside]) => ({ type: 'italic', children: inline(inside) }) },
  strike: { at: wrapped('~'), token: ([, inside]) => ({ type: 'strike', children: inline(inside) }) },
  emoji: { at: /:([a-z0-9_+-]+):/, token: ([, name]) => ({ type: 'emoji', name }) },
  newline: { at: /\n/, token: () => ({ type: 'br' }) },
}

/** Applies the rule that matches first, then goes on behind it. */
export function inline(text, use = Object.values(rules)) {
  const tokens = []
  let rest = text
  while (rest !== '') {
    const hits = use.flatMap((rule) => {
      const match = rule.at.exec(rest)
      return match ? [{ match, rule }] : []
    })
    if (hits.length === 0) break
    const { match, rule } = hits.reduce((first, hit) => (hit.match.index < first.match.index ? hit : first))
    if (match.index > 0) tokens.push({ type: 'text', text: decode(rest.slice(0, match.index)) })
    tokens.push(rule.token(match))
    rest = rest.slice(match.index + match[0].length)
  }
  if (rest !== '') tokens.push({ type: 'text', text: decode(rest) })
  return tokens
}

function angle(inside) {
  const bar = inside.indexOf('|')
  const [target, label] = bar < 0 ? [inside, undefined] : [inside.slice(0, bar), inside.slice(bar + 1)]
  if (target.startsWith('@')) return { type: 'user', id: target.slice(1) }
  if (target.startsWith('#')) return { type: 'channel', id: target.slice(1), label }
  if (target.startsWith('!date^')) {
    const [, seconds, format, href] = target.split('^')
    return {
      type: 'date',
      seconds: Number(seconds),
      format: format ?? '',
      href,
      fallback: decode(label ?? ''),
    }
  }
  if (target.startsWith('!')) return { type: 'broadcast', name: label ?? target.slice(1) }
  return link(decode(target), decode(label ?? target))
}

/** A link only where a browser should go; everything else (`javascript:` …) stays text. */
export function link(href, label) {
  return /^(https?:\/\/|mailto:)/i.test(href) ? { type: 'link', href, label } : { type: 'text', text: label }
}

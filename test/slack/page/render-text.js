import { formatDate } from './dates.js'
import { h } from './dom.js'
import { emoji } from './emoji.js'
import { markdown } from './markdown.js'
import { mrkdwn, plain } from './mrkdwn.js'
import { nameOf, store } from './store.js'

/** A Slack text object (or a string of mrkdwn) as nodes. */
export function textNodes(text) {
  if (typeof text === 'string') return nodes(mrkdwn(text))
  return nodes(text.type === 'plain_text' ? plain(text.text) : mrkdwn(text.text))
}

export const markdownNodes = (text) => nodes(markdown(text))

const nodes = (tokens) => tokens.map(node)

function node(token) {
  switch (token.type) {
    case 'text':
      return token.text
    case 'br':
      return h('br')
    case 'code':
      return h('code', {}, token.text)
    case 'pre':
      return h('pre', {}, token.text)
    case 'bold':
      return h('strong', {}, nodes(token.children))
    case 'italic':
      return h('em', {}, nodes(token.children))
    case 'strike':
      return h('s', {}, nodes(token.children))
    case 'quote':
      return h('blockquote', {}, nodes(token.children))
    case 'paragraph':
      return h('p', {}, nodes(token.children))
    case 'heading':
      return h('p', { class: `heading level-${token.level}` }, nodes(token.children))
    case 'rule':
      return h('hr')
    case 'list':
      return h(
        token.ordered ? 'ol' : 'ul',
        {},
        token.items.map((item) => h('li', {}, nodes(item))),
      )
    case 'link':
      return h('a', { href: token.href, target: '_blank', rel: 'noopener noreferrer' }, token.label)
    case 'emoji':
      return emoji[token.name]
        ? h('span', { class: 'emoji', title: `:${token.name}:` }, emoji[token.name])
        : `:${token.name}:`
    case 'date':
      return h('time', {}, formatDate(token))
    default:
      return mention(token)
  }
}

function mention(token) {
  if (token.type === 'user')
    return h('span', { class: token.id === store.user ? 'mention to-me' : 'mention' }, `@${nameOf(token.id)}`)
  if (token.type === 'channel')
    return h(
      'span',
      { class: 'mention' },
      `#${store.channels.get(token.id)?.name ?? token.label ?? token.id}`,
    )
  return h('span', { class: 'mention' }, token.name.startsWith('@') ? token.name : `@${token.name}`)
}

import { formatDate } from './dates.js'
import { h } from './dom.js'
import { emoji } from './emoji.js'
import { markdownNodes, textNodes } from './render-text.js'
import { nameOf } from './store.js'

/** All blocks of a message or modal. `act(block, element, option?)` is called when someone uses an element. */
export function blockNodes(blocks, act) {
  return blocks.map((block) =>
    h('div', { class: `block ${block.type}` }, draw[block.type]?.(block, act) ?? `[${block.type}]`),
  )
}

const draw = {
  section: (block, act) => [
    h(
      'div',
      { class: 'section-text' },
      block.text && h('div', { class: 'rich' }, textNodes(block.text)),
      block.fields &&
        h(
          'div',
          { class: 'fields' },
          block.fields.map((field) => h('div', { class: 'rich' }, textNodes(field))),
        ),
    ),
    block.accessory && h('div', { class: 'accessory' }, element(block, block.accessory, act)),
  ],
  header: (block) => h('h3', {}, textNodes(block.text)),
  divider: () => h('hr'),
  context: (block) =>
    block.elements.map((each) =>
      each.type === 'image' ? image(each) : h('span', { class: 'rich' }, textNodes(each)),
    ),
  actions: (block, act) => block.elements.map((each) => element(block, each, act)),
  markdown: (block) => h('div', { class: 'rich' }, markdownNodes(block.text)),
  image: (block) => [block.title && h('p', { class: 'quiet' }, textNodes(block.title)), image(block)],
  rich_text: (block) => h('div', { class: 'rich' }, block.elements.map(richBlock)),
  table: (block) =>
    h(
      'div',
      { class: 'table-scroll' },
      h(
        'table',
        {},
        block.rows.map((row, index) =>
          h(
            'tr',
            {},
            row.map((cell) => tableCell(cell, index)),
          ),
        ),
      ),
    ),
}

const tableCell = (cell, row) =>
  h(row === 0 ? 'th' : 'td', {}, cell.elements ? cell.elements.map(richBlock) : (cell.text ?? ''))

// The page loads nothing from elsewhere, so a picture is a link with its description.
const image = ({ image_url: url, alt_text: alt }) =>
  url?.startsWith('data:image/')
    ? h('img', { src: url, alt })
    : h('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, `🖼 ${alt}`)

function element(block, each, act) {
  if (each.type === 'image') return image(each)
  if (each.type === 'button') {
    const props = {
      class: `button ${each.style ?? ''}`,
      type: 'button',
      'data-action': each.action_id,
      'aria-label': each.accessibility_label,
    }
    const use = async (event) => {
      const { currentTarget: button } = event
      if (each.url) window.open(each.url, '_blank', 'noopener')
      if (button.ariaBusy === 'true') return
      button.ariaBusy = 'true'
      await act(block, each)
      button.ariaBusy = 'false'
    }
    return h('button', { ...props, onclick: use }, textNodes(each.text))
  }
  return menu(block, each, act)
}

/** Menus are native selects: they work with a keyboard, a finger and a screen reader. */
function menu(block, each, act) {
  const groups = each.option_groups?.map((group) =>
    h('optgroup', { label: group.label.text }, group.options.map(option)),
  )
  const label = each.type === 'overflow' ? '⋯' : (each.placeholder?.text ?? 'Choose an option')
  const choose = async (event) => {
    const { target } = event
    await act(block, each, target.value)
    if (each.type === 'overflow') target.value = ''
  }
  return h(
    'select',
    {
      class: each.type === 'overflow' ? 'button overflow' : 'button',
      'data-action': each.action_id,
      'aria-label': each.type === 'overflow' ? 'More actions' : label,
      onchange: choose,
    },
    h('option', { value: '', hidden: true }, label),
    groups ?? each.options.map(option),
  )
}

const option = (each) => h('option', { value: each.value }, each.text.text)

function richBlock(block) {
  switch (block.type) {
    case 'rich_text_preformatted':
      return h('pre', {}, block.elements.map(richSpan))
    case 'rich_text_quote':
      return h('blockquote', {}, block.elements.map(richSpan))
    case 'rich_text_list':
      return h(
        block.style === 'ordered' ? 'ol' : 'ul',
        {},
        block.elements.map((item) => h('li', {}, item.elements.map(richSpan))),
      )
    default:
      return h('p', {}, (block.elements ?? []).map(richSpan))
  }
}

function richSpan(span) {
  const inner =
    {
      text: () => span.text,
      link: () =>
        /^(https?:|mailto:)/i.test(span.url)
          ? h('a', { href: span.url, target: '_blank', rel: 'noopener noreferrer' }, span.text ?? span.url)
          : (span.text ?? span.url),
      user: () => h('span', { class: 'mention' }, `@${nameOf(span.user_id)}`),
      emoji: () => emoji[span.name] ?? `:${span.name}:`,
      date: () => formatDate({ seconds: span.timestamp, format: span.format, fallback: span.fallback ?? '' }),
    }[span.type]?.() ?? `[${span.type}]`
  const tags = { bold: 'strong', italic: 'em', strike: 's', code: 'code' }
  return Object.entries(tags).reduce(
    (node, [style, tag]) => (span.style?.[style] ? h(tag, {}, node) : node),
    inner,
  )
}

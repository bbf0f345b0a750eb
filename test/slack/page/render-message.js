import { dateOf, dayName, timeOfDay } from './dates.js'
import { askFirst } from './dialogs.js'
import { h, notify } from './dom.js'
import { emoji } from './emoji.js'
import { blockNodes } from './render-blocks.js'
import { textNodes } from './render-text.js'
import { nameOf, store, tell } from './store.js'

/** Draws a list of messages, touching only those that changed, and stays at the bottom if it was there. */
export function drawMessages(container, items, openThread, { inThread = false, beginning = '' } = {}) {
  const atBottom = container.scrollHeight - container.scrollTop - container.clientHeight < 80
  const old = new Map([...container.children].map((child) => [child.dataset.key, child]))
  let last
  const wanted = items.flatMap((item) => {
    const rows = []
    const day = dayName(dateOf(item.ts))
    if (day !== last?.day)
      rows.push(keep(old, `day ${day}`, day, () => h('div', { class: 'day' }, h('span', {}, day))))
    const compact = last?.day === day && follows(last.item, item, inThread)
    rows.push(
      keep(old, item.ts, JSON.stringify([item, compact, store.user]), () =>
        message(item, compact, inThread, openThread),
      ),
    )
    if (inThread && item === items[0]) rows.push(replyCount(old, items.length - 1))
    last = { item, day }
    return rows
  })
  if (beginning) wanted.unshift(keep(old, 'beginning', beginning, () => beginningOf(beginning)))
  patch(container, wanted)
  if (atBottom) container.scrollTop = container.scrollHeight
}

const beginningOf = (name) =>
  h(
    'div',
    { class: 'beginning' },
    h('p', { class: 'beginning-name' }, name),
    h('p', { class: 'quiet' }, `This is the very beginning of ${name.replace('# ', '#')}.`),
  )

// Nodes that stay are not moved: they keep the focus, and a screen reader does not read them again.
function patch(container, wanted) {
  const { activeElement } = document
  const used = container.contains(activeElement) ? focusKey(activeElement) : undefined
  for (const child of [...container.children]) if (!wanted.includes(child)) child.remove()
  let at = container.firstElementChild
  for (const row of wanted) {
    if (row === at) at = at.nextElementSibling
    else container.insertBefore(row, at)
  }
  if (used && !container.contains(document.activeElement)) container.querySelector(used)?.focus()
}

function focusKey(element) {
  const ts = element.closest('[data-ts]')?.dataset.ts
  const { action } = element.dataset
  return ts && action ? `[data-ts="${ts}"] [data-action="${CSS.escape(action)}"]` : undefined
}

function keep(old, key, signature, make) {
  const known = old.get(key)
  if (known?.signature === signature) return known
  const made = make()
  made.dataset.key = key
  made.signature = signature
  return made
}

const replyCount = (old, count) =>
  keep(old, 'count', String(count), () =>
    h('div', { class: 'day replies-line' }, h('span', {}, count === 1 ? '1 reply' : `${count} replies`)),
  )

function follows(before, item, inThread) {
  const close = Number(item.ts.split('.')[0]) - Number(before.ts.split('.')[0]) < 300
  const quiet = !before.reply_count && !item.visibleTo && !before.visibleTo
  return before.user === item.user && close && quiet && !(inThread && before.reply_count !== undefined)
}

function message(item, compact, inThread, openThread) {
  const isApp = item.user === store.bot.userId
  const time = timeOfDay(dateOf(item.ts))
  const canReply = !inThread && !item.visibleTo
  const canExplain = !isApp && !item.visibleTo
  return h(
    'article',
    {
      class: `message${compact ? ' compact' : ''}${item.visibleTo ? ' ephemeral' : ''}`,
      'data-ts': item.ts,
      'aria-label': `${nameOf(item.user)} at ${time}`,
    },
    item.visibleTo &&
      h('p', { class: 'only-you' }, h('span', { 'aria-hidden': 'true' }, '◉ '), 'Only visible to you'),
    compact ? h('time', { class: 'gutter' }, time) : avatar(item.user),
    h(
      'div',
      { class: 'body' },
      !compact &&
        h(
          'p',
          { class: 'byline' },
          h('strong', {}, nameOf(item.user)),
          isApp && h('span', { class: 'badge' }, 'APP'),
          h('time', { title: dateOf(item.ts).toLocaleString() }, time),
        ),
      content(item),
      item.files?.map((file) =>
        h(
          'a',
          { class: 'file', href: file.url, target: '_blank', rel: 'noopener' },
          h('span', { 'aria-hidden': 'true' }, '📄'),
          h('span', {}, h('strong', {}, file.title), h('span', { class: 'quiet' }, ` ${bytes(file.size)}`)),
        ),
      ),
      item.reactions?.map((each) =>
        h(
          'span',
          { class: 'reaction', title: each.users.map(nameOf).join(', ') },
          `${emoji[each.name] ?? `:${each.name}:`} ${each.count}`,
        ),
      ),
      canReply && item.reply_count && threadLine(item, openThread),
    ),
    (canReply || canExplain) &&
      h(
        'div',
        { class: 'toolbar' },
        canReply && tool('💬', 'Reply in thread', item, () => openThread(item.ts)),
        canExplain && tool('🔎', 'Explain with unwedge', item, () => explain(item)),
      ),
  )
}

const tool = (sign, title, item, onclick) =>
  h(
    'button',
    {
      class: 'icon-button',
      type: 'button',
      title,
      'aria-label': `${title}: ${nameOf(item.user)}`,
      onclick,
    },
    sign,
  )

/** The app's message shortcut, which Slack has in the menu of a message. */
async function explain({ channel, ts }) {
  await tell('shortcut', { channel, ts, callbackId: 'explain' }).catch((error) => notify(error.message))
}

function content(item) {
  if (item.blocks?.length)
    return blockNodes(item.blocks, (block, element, option) => act(item, block, element, option))
  const edited = item.edited && h('span', { class: 'quiet edited' }, ' (edited)')
  return item.text ? h('div', { class: 'rich' }, textNodes(item.text), edited) : undefined
}

async function act(item, block, element, option) {
  if (element.confirm && !(await askFirst(element.confirm))) return
  const target = {
    channel: item.channel,
    ts: item.ts,
    actionId: element.action_id,
    blockId: block.block_id,
    option,
  }
  await tell('click', target).catch((error) => notify(error.message))
}

function threadLine(item, openThread) {
  const words = item.reply_count === 1 ? '1 reply' : `${item.reply_count} replies`
  const last = dateOf(item.latest_reply)
  return h(
    'button',
    { class: 'thread-line', type: 'button', onclick: () => openThread(item.ts) },
    item.reply_users.slice(0, 4).map((user) => avatar(user)),
    h('strong', {}, words),
    h('span', { class: 'quiet' }, `Last reply ${dayName(last).toLowerCase()} at ${timeOfDay(last)}`),
  )
}

export function avatar(user) {
  if (user === store.bot.userId) return h('span', { class: 'avatar app', 'aria-hidden': 'true' })
  const tone = [...store.users.keys()].indexOf(user)
  const letter = user === 'USLACKBOT' ? '✱' : nameOf(user).slice(0, 1).toUpperCase()
  return h('span', { class: `avatar tone-${tone < 0 ? 'none' : tone % 6}`, 'aria-hidden': 'true' }, letter)
}

const bytes = (size) => (size < 1024 ? `${size} B` : `${(size / 1024).toFixed(1)} kB`)

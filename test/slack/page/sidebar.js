import { byId, h } from './dom.js'
import { avatar } from './render-message.js'
import { store } from './store.js'

/** Channels and direct messages; those with something new are bold and counted. */
export function drawSidebar(open) {
  const all = [...store.channels.values()]
  const entry = (channel, mark, name) => {
    const unread = store.unread.get(channel.id) ?? 0
    const props = {
      class: `entry${unread ? ' unread' : ''}`,
      type: 'button',
      'aria-current': channel.id === store.channel ? 'page' : undefined,
      onclick: () => open(channel.id),
    }
    return h(
      'li',
      {},
      h(
        'button',
        props,
        mark,
        h('span', { class: 'entry-name' }, name),
        unread > 0 && h('span', { class: 'count' }, unread),
      ),
    )
  }
  byId('sidebar').replaceChildren(
    h(
      'p',
      { class: 'workspace' },
      h('span', { class: 'avatar app', 'aria-hidden': 'true' }),
      h('strong', {}, store.team.name),
    ),
    h('h2', {}, 'Channels'),
    h(
      'ul',
      {},
      all
        .filter((channel) => !channel.with)
        .map((channel) => entry(channel, h('span', { class: 'hash' }, '#'), channel.name)),
    ),
    h('h2', {}, 'People'),
    h(
      'ul',
      {},
      [...store.users.values()].map((user) =>
        h(
          'li',
          { class: 'entry person' },
          avatar(user.id),
          h('span', { class: 'entry-name' }, user.name),
          user.id === store.user && h('span', { class: 'you' }, 'you'),
        ),
      ),
    ),
    h('h2', {}, 'Apps'),
    h('ul', {}, apps(all, entry)),
  )
}

function apps(all, entry) {
  const direct = all.find((channel) => channel.with)
  if (direct) return [entry(direct, avatar(store.bot.userId), store.bot.name)]
  return h(
    'li',
    { class: 'entry person' },
    avatar(store.bot.userId),
    h('span', { class: 'entry-name' }, store.bot.name),
  )
}

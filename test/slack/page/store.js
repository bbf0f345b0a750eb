/** What the page knows, as the server last told it. */
export const store = {
  user: '',
  team: { name: '' },
  bot: { userId: '', name: '' },
  command: '',
  hint: null,
  users: new Map(),
  channels: new Map(),
  messages: new Map(),
  ephemerals: new Map(),
  views: [],
  channel: '',
  threadTs: '',
  unread: new Map(),
}

/** Takes one change from the stream; true when everything has to be drawn anew. */
export function apply(change) {
  switch (change.kind) {
    case 'snapshot':
      Object.assign(store, {
        team: change.team,
        bot: change.bot,
        command: change.command,
        hint: change.hint,
        views: change.views,
      })
      store.users = new Map(change.users.map((user) => [user.id, user]))
      store.channels = new Map(change.channels.map((channel) => [channel.id, channel]))
      store.messages = new Map(change.messages.map((message) => [message.ts, message]))
      store.ephemerals = new Map(change.ephemerals.map((ephemeral) => [ephemeral.ts, ephemeral]))
      if (!store.channels.has(store.channel)) store.channel = change.channels[0]?.id ?? ''
      break
    case 'message':
      if (!store.messages.has(change.message.ts)) countUnread(change.message)
      store.messages.set(change.message.ts, change.message)
      break
    case 'deleted':
      store.messages.delete(change.ts)
      break
    case 'ephemeral':
      store.ephemerals.set(change.ephemeral.ts, change.ephemeral)
      break
    case 'ephemeral-gone':
      store.ephemerals.delete(change.ts)
      break
    case 'views':
      store.views = change.views
      break
    case 'channel':
      store.channels.set(change.channel.id, change.channel)
  }
}

function countUnread({ channel, user }) {
  if (channel !== store.channel && user !== store.user)
    store.unread.set(channel, (store.unread.get(channel) ?? 0) + 1)
}

/** What the current user sees in a channel, or in one of its threads; oldest first. */
export function visible(channel, threadTs) {
  const isReply = (item) => Boolean(item.thread_ts) && item.thread_ts !== item.ts
  const wanted = (item) =>
    item.channel === channel &&
    (threadTs ? item.ts === threadTs || item.thread_ts === threadTs : !isReply(item))
  return [...store.messages.values(), ...store.ephemerals.values()]
    .filter(wanted)
    .sort((a, b) => (a.ts < b.ts ? -1 : 1))
}

/** Name of whoever wrote it, as shown. */
export function nameOf(id) {
  if (id === store.bot.userId) return store.bot.name
  if (id === 'USLACKBOT') return 'Slackbot'
  return store.users.get(id)?.name ?? id
}

/** Tells the server what the current user does; complaints are shown by the caller. */
export async function tell(deed, fields) {
  const response = await fetch(`/page/${deed}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user: store.user, ...fields }),
  })
  const answer = await response.json()
  if (!response.ok) throw new Error(answer.error)
  return answer
}

import { EventEmitter } from 'node:events'
import { compareTs, newId, nextTs } from './ids.ts'
import type { Block, Change, Channel, Ephemeral, Message, SlackOptions, World } from './types.ts'

/** An empty workspace with these users and channels; the bot is in every channel unless told otherwise. */
export function createWorld(options: SlackOptions): World {
  const command = options.command ?? '/unwedge'
  const name = command.replace(/^\//, '')
  const teamName = options.teamName ?? 'Storage'
  return {
    team: {
      id: options.teamId ?? 'T0STORAGE1',
      name: teamName,
      domain: teamName.toLowerCase().replace(/\W+/g, '-'),
    },
    bot: { userId: 'U0BOTUSER1', botId: 'B0BOTUSER1', appId: 'A0BOTUSER1', name },
    command,
    shortcuts: options.shortcuts ?? ['explain'],
    hint: options.hint,
    baseUrl: '',
    users: new Map(options.users.map((user) => [user.id, user])),
    channels: new Map(options.channels.map((channel) => [channel.id, { botIsMember: true, ...channel }])),
    messages: [],
    ephemerals: [],
    views: [],
    files: new Map(),
    responseUrls: new Map(),
    triggers: new Map(),
    calls: [],
    timeouts: [],
    changes: new EventEmitter().setMaxListeners(0),
  }
}

export function tell(world: World, change: Change): void {
  world.changes.emit('change', change)
}

export function findMessage(world: World, channel: string, ts: string): Message | undefined {
  return world.messages.find((message) => message.channel === channel && message.ts === ts)
}

/** Messages of a channel (without thread replies), or of one thread (first message included), oldest first. */
export function messagesIn(world: World, channel: string, threadTs?: string): Message[] {
  const wanted = (message: Message) =>
    threadTs === undefined
      ? message.thread_ts === undefined || message.thread_ts === message.ts
      : message.ts === threadTs || message.thread_ts === threadTs
  return world.messages
    .filter((message) => message.channel === channel && wanted(message))
    .sort((a, b) => compareTs(a.ts, b.ts))
}

/** Stores a message and counts it in its thread. Whether Slack would take it is checked before. */
export function addMessage(world: World, fields: Omit<Message, 'type' | 'ts'>): Message {
  const message: Message = { type: 'message', ts: nextTs(), ...fields }
  if (fields.blocks) message.blocks = withIds(fields.blocks)
  world.messages.push(message)
  tell(world, { kind: 'message', message })
  if (message.thread_ts) countReplies(world, message.channel, message.thread_ts)
  return message
}

/** Keeps the counters of a thread's first message right; drops them when the thread is empty. */
function countReplies(world: World, channel: string, threadTs: string): void {
  const parent = findMessage(world, channel, threadTs)
  if (!parent) return
  const replies = messagesIn(world, channel, threadTs).filter((message) => message.ts !== threadTs)
  if (replies.length > 0) {
    parent.thread_ts = threadTs
    parent.reply_count = replies.length
    parent.reply_users = [...new Set(replies.map((reply) => reply.user))]
    parent.latest_reply = replies.at(-1)!.ts
  } else {
    for (const field of ['thread_ts', 'reply_count', 'reply_users', 'latest_reply'] as const)
      delete parent[field]
  }
  tell(world, { kind: 'message', message: parent })
}

export function removeMessage(world: World, message: Message): void {
  world.messages.splice(world.messages.indexOf(message), 1)
  tell(world, { kind: 'deleted', channel: message.channel, ts: message.ts })
  if (message.thread_ts && message.thread_ts !== message.ts)
    countReplies(world, message.channel, message.thread_ts)
}

export function addEphemeral(world: World, fields: Omit<Ephemeral, 'ts'>): Ephemeral {
  const ephemeral: Ephemeral = { ts: nextTs(), ...fields }
  if (fields.blocks) ephemeral.blocks = withIds(fields.blocks)
  world.ephemerals.push(ephemeral)
  tell(world, { kind: 'ephemeral', ephemeral })
  return ephemeral
}

export function removeEphemeral(world: World, ephemeral: Ephemeral): void {
  world.ephemerals.splice(world.ephemerals.indexOf(ephemeral), 1)
  tell(world, { kind: 'ephemeral-gone', visibleTo: ephemeral.visibleTo, ts: ephemeral.ts })
}

/** The direct message channel between the bot and a user; made on first use. */
export function directChannel(world: World, userId: string): Channel {
  for (const channel of world.channels.values()) if (channel.with === userId) return channel
  const name = world.users.get(userId)?.name ?? userId
  const channel: Channel = { id: newId('D'), name, botIsMember: true, with: userId }
  world.channels.set(channel.id, channel)
  tell(world, { kind: 'channel', channel })
  return channel
}

/** Slack names every block and every interactive element that came without a name. */
export function withIds(blocks: Block[]): Block[] {
  const named = structuredClone(blocks)
  for (const block of named) {
    block.block_id ??= newId('').slice(0, 5)
    for (const element of elementsOf(block)) {
      if (interactive.has(String(element.type))) element.action_id ??= newId('').slice(0, 5)
    }
  }
  return named
}

const interactive = new Set(['button', 'overflow', 'static_select', 'plain_text_input'])

/** The elements of a block: of an actions block, the accessory of a section, the field of an input. */
export function elementsOf(block: Block): Record<string, unknown>[] {
  const own = block.type === 'actions' && Array.isArray(block.elements) ? block.elements : []
  return [...own, block.accessory, block.element].filter((element) => element && typeof element === 'object')
}

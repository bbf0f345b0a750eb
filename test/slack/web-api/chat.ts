import { nextTs } from '../ids.ts'
import {
  addEphemeral,
  addMessage,
  directChannel,
  findMessage,
  removeMessage,
  tell,
  withIds,
} from '../state.ts'
import type { Channel, Message, World } from '../types.ts'
import { readContent, textLimit } from './content.ts'
import { type Answer, type Args, done, type Method, refuse, textArg } from './method.ts'

/** The channel of a call, or why the bot can't write there. A user's id means the direct channel to that user. */
export function writableChannel(world: World, args: Args): { channel: Channel } | { refusal: Answer } {
  const id = textArg(args, 'channel') ?? textArg(args, 'channel_id') ?? ''
  const channel = world.users.has(id) ? directChannel(world, id) : world.channels.get(id)
  if (!channel) return { refusal: refuse('channel_not_found') }
  return channel.botIsMember ? { channel } : { refusal: refuse('not_in_channel') }
}

const postMessage: Method = (world, args) => {
  const place = writableChannel(world, args)
  if ('refusal' in place) return place.refusal
  const read = readContent(args)
  if ('refusal' in read) return read.refusal
  const threadTs = textArg(args, 'thread_ts')
  if (threadTs && !startsThread(findMessage(world, place.channel.id, threadTs)))
    return refuse('invalid_thread_ts')
  const message = postAsBot(world, place.channel.id, {
    ...read.content,
    ...(threadTs && { thread_ts: threadTs }),
  })
  return done({ channel: message.channel, ts: message.ts, message: asReturned(message) })
}

/** A reply goes to the first message of a thread, never to another reply. */
function startsThread(message: Message | undefined): boolean {
  return message !== undefined && (message.thread_ts === undefined || message.thread_ts === message.ts)
}

export function postAsBot(
  world: World,
  channel: string,
  fields: Pick<Message, 'text' | 'blocks' | 'metadata' | 'thread_ts' | 'files'>,
): Message {
  const { userId, botId, appId } = world.bot
  return addMessage(world, { channel, user: userId, bot_id: botId, app_id: appId, ...fields })
}

const update: Method = (world, args) => {
  const found = ownMessage(world, args, 'cant_update_message')
  if ('refusal' in found) return found.refusal
  const given = (name: string) => args[name] !== undefined
  const read = readContent(args, textLimit.update, given('metadata') && !given('text') && !given('blocks'))
  if ('refusal' in read) return read.refusal
  changeMessage(world, found.message, args, read.content)
  const { message } = found
  return done({ channel: message.channel, ts: message.ts, text: message.text, message: asReturned(message) })
}

/** Text without blocks removes the blocks; blocks without text leave the text; metadata stays unless given. */
export function changeMessage(
  world: World,
  message: Message,
  args: Args,
  content: Pick<Message, 'text' | 'blocks' | 'metadata'>,
): void {
  if (args.text !== undefined) message.text = content.text
  if (content.blocks) message.blocks = withIds(content.blocks)
  else if (args.blocks !== undefined || args.text !== undefined) delete message.blocks
  if (content.metadata) message.metadata = content.metadata
  message.edited = { user: world.bot.userId, ts: nextTs() }
  tell(world, { kind: 'message', message })
}

const remove: Method = (world, args) => {
  const found = ownMessage(world, args, 'cant_delete_message')
  if ('refusal' in found) return found.refusal
  removeMessage(world, found.message)
  return done({ channel: found.message.channel, ts: found.message.ts })
}

function ownMessage(world: World, args: Args, error: string): { message: Message } | { refusal: Answer } {
  const channel = textArg(args, 'channel') ?? ''
  if (!world.channels.has(channel)) return { refusal: refuse('channel_not_found') }
  const message = findMessage(world, channel, textArg(args, 'ts') ?? '')
  if (!message) return { refusal: refuse('message_not_found') }
  return message.user === world.bot.userId ? { message } : { refusal: refuse(error) }
}

const postEphemeral: Method = (world, args) => {
  const place = writableChannel(world, args)
  if ('refusal' in place) return place.refusal
  const user = textArg(args, 'user') ?? ''
  if (!world.users.has(user)) return refuse('user_not_in_channel')
  const read = readContent(args)
  if ('refusal' in read) return read.refusal
  const { text, blocks } = read.content
  const threadTs = textArg(args, 'thread_ts')
  const where = { channel: place.channel.id, visibleTo: user, user: world.bot.userId }
  const shown = addEphemeral(world, {
    ...where,
    text,
    ...(blocks && { blocks }),
    ...(threadTs && { thread_ts: threadTs }),
  })
  return done({ message_ts: shown.ts })
}

/** A message as the API returns it: without the channel, and without metadata unless it was asked for. */
export function asReturned(message: Message, withMetadata = true): Record<string, unknown> {
  const { channel: _channel, metadata, ...rest } = structuredClone(message)
  return withMetadata && metadata ? { ...rest, metadata } : rest
}

export const chatMethods = {
  'chat.postMessage': postMessage,
  'chat.update': update,
  'chat.delete': remove,
  'chat.postEphemeral': postEphemeral,
} satisfies Record<string, Method>

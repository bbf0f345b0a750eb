import { compareTs } from '../ids.ts'
import { directChannel, findMessage, messagesIn } from '../state.ts'
import type { Message, World } from '../types.ts'
import { asReturned } from './chat.ts'
import { type Answer, type Args, done, flagArg, type Method, refuse, textArg } from './method.ts'

const history: Method = (world, args) => {
  const refusal = unreadable(world, args)
  if (refusal) return refusal
  const newestFirst = messagesIn(world, textArg(args, 'channel')!).reverse()
  return page(newestFirst, args)
}

const replies: Method = (world, args) => {
  const refusal = unreadable(world, args)
  if (refusal) return refusal
  const [channel, ts] = [textArg(args, 'channel')!, textArg(args, 'ts') ?? '']
  const asked = findMessage(world, channel, ts)
  if (!asked) return refuse('thread_not_found')
  return page(messagesIn(world, channel, asked.thread_ts ?? ts), args)
}

function unreadable(world: World, args: Args): Answer | undefined {
  const channel = world.channels.get(textArg(args, 'channel') ?? '')
  if (!channel) return refuse('channel_not_found')
  return channel.botIsMember ? undefined : refuse('not_in_channel')
}

/** One page: `oldest` and `latest` exclude their own message unless `inclusive`; the cursor is a position. */
function page(messages: Message[], args: Args): Answer {
  const limit = Number(textArg(args, 'limit') ?? 100)
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) return refuse('invalid_limit')
  const start = readCursor(textArg(args, 'cursor'))
  if (start === undefined) return refuse('invalid_cursor')
  const wanted = messages.filter((message) => within(message.ts, args))
  const shown = wanted.slice(start, start + limit)
  const more = start + limit < wanted.length
  return done({
    messages: shown.map((message) => asReturned(message, flagArg(args, 'include_all_metadata'))),
    has_more: more,
    ...(more && {
      response_metadata: { next_cursor: Buffer.from(`next:${start + limit}`).toString('base64') },
    }),
  })
}

function within(ts: string, args: Args): boolean {
  const [oldest, latest] = [textArg(args, 'oldest'), textArg(args, 'latest')]
  const edge = flagArg(args, 'inclusive') ? 0 : 1
  return (!oldest || compareTs(ts, oldest) >= edge) && (!latest || compareTs(latest, ts) >= edge)
}

function readCursor(cursor: string | undefined): number | undefined {
  if (!cursor) return 0
  const position = /^next:(\d+)$/.exec(Buffer.from(cursor, 'base64').toString())?.[1]
  return position === undefined ? undefined : Number(position)
}

const open: Method = (world, args) => {
  const users = (textArg(args, 'users') ?? '').split(',').filter(Boolean)
  if (users.length !== 1) return refuse(users.length === 0 ? 'users_list_not_supplied' : 'too_many_users')
  if (!world.users.has(users[0]!)) return refuse('user_not_found')
  return done({ channel: { id: directChannel(world, users[0]!).id } })
}

export const conversationMethods = {
  'conversations.history': history,
  'conversations.replies': replies,
  'conversations.open': open,
} satisfies Record<string, Method>

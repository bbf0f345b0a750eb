import { findMessage, tell } from '../state.ts'
import { done, type Method, refuse, textArg } from './method.ts'

const authTest: Method = ({ team, bot, baseUrl }) =>
  done({
    url: `${baseUrl}/`,
    team: team.name,
    user: bot.name,
    team_id: team.id,
    user_id: bot.userId,
    bot_id: bot.botId,
    is_enterprise_install: false,
  })

const usersInfo: Method = (world, args) => {
  const id = textArg(args, 'user') ?? ''
  const isBot = id === world.bot.userId
  const name = isBot ? world.bot.name : world.users.get(id)?.name
  if (name === undefined) return refuse('user_not_found')
  const profile = { display_name: name, real_name: name }
  return done({
    user: { id, team_id: world.team.id, name, real_name: name, deleted: false, is_bot: isBot, profile },
  })
}

const addReaction: Method = (world, args) => {
  const name = textArg(args, 'name') ?? ''
  if (!/^[a-z0-9_+'-]+(::skin-tone-\d)?$/.test(name)) return refuse('invalid_name')
  const channel = textArg(args, 'channel') ?? ''
  if (!world.channels.has(channel)) return refuse('channel_not_found')
  const message = findMessage(world, channel, textArg(args, 'timestamp') ?? '')
  if (!message) return refuse('message_not_found')
  message.reactions ??= []
  const { reactions } = message
  const known = reactions.find((reaction) => reaction.name === name)
  if (known?.users.includes(world.bot.userId)) return refuse('already_reacted')
  if (known) Object.assign(known, { users: [...known.users, world.bot.userId], count: known.count + 1 })
  else reactions.push({ name, users: [world.bot.userId], count: 1 })
  tell(world, { kind: 'message', message })
  return done()
}

export const basicMethods = {
  'auth.test': authTest,
  'users.info': usersInfo,
  'reactions.add': addReaction,
} satisfies Record<string, Method>

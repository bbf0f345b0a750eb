import { randomBytes } from 'node:crypto'
import { newId } from './ids.ts'
import { newResponseUrl } from './response-url.ts'
import type { Ephemeral, Message, OpenView, Payload, World } from './types.ts'
import { asReturned } from './web-api/chat.ts'
import { asReturned as viewAsReturned } from './web-api/views.ts'

const triggerLifeMs = 3000

/** A trigger that opens one modal within three seconds. */
function newTrigger(world: World, user: string): string {
  const id = `${Date.now()}.${parseInt(newId('').replace(/\D/g, '') || '1', 10)}.${randomBytes(16).toString('hex')}`
  world.triggers.set(id, { user, expiresAt: Date.now() + triggerLifeMs, used: false })
  return id
}

/** https://docs.slack.dev/interactivity/implementing-slash-commands#app_command_handling */
export function slashPayload(
  world: World,
  user: string,
  channel: string,
  text: string,
): Payload & { response_url: string } {
  const place = world.channels.get(channel)
  return {
    token: 'deprecated',
    team_id: world.team.id,
    team_domain: world.team.domain,
    channel_id: channel,
    channel_name: place?.with ? 'directmessage' : (place?.name ?? ''),
    user_id: user,
    user_name: world.users.get(user)?.name ?? '',
    command: world.command,
    text,
    api_app_id: world.bot.appId,
    is_enterprise_install: 'false',
    response_url: newResponseUrl(world, { user, channel }),
    trigger_id: newTrigger(world, user),
  }
}

/** The envelope of an event; https://docs.slack.dev/apis/events-api#events-JSON */
export function eventPayload(world: World, event: Record<string, unknown>): Payload {
  const { team, bot } = world
  return {
    token: 'deprecated',
    team_id: team.id,
    api_app_id: bot.appId,
    event,
    type: 'event_callback',
    event_id: newId('Ev'),
    event_time: Math.floor(Date.now() / 1000),
    authorizations: [
      {
        enterprise_id: null,
        team_id: team.id,
        user_id: bot.userId,
        is_bot: true,
        is_enterprise_install: false,
      },
    ],
    is_ext_shared_channel: false,
    event_context: newId('4-'),
  }
}

/** `app_mention`, or `message` when it was said in a direct message. */
export function messageEvent(world: World, message: Message, type: 'app_mention' | 'message'): Payload {
  const { user, ts, text, thread_ts: threadTs, channel, files } = message
  const thread = threadTs && threadTs !== ts ? { thread_ts: threadTs } : {}
  const kind = type === 'message' ? { channel_type: 'im' } : {}
  return eventPayload(world, {
    type,
    user,
    ts,
    text,
    team: world.team.id,
    ...thread,
    channel,
    ...(files && { files, upload: false }),
    ...kind,
    event_ts: ts,
  })
}

type Shown = { message: Message } | { ephemeral: Ephemeral } | { view: OpenView }

/** https://docs.slack.dev/reference/interaction-payloads/block_actions-payload */
export function actionPayload(
  world: World,
  user: string,
  shown: Shown,
  action: Record<string, unknown>,
): Payload {
  const base = {
    ...interaction(world, 'block_actions', user),
    trigger_id: newTrigger(world, user),
    actions: [action],
  }
  if ('view' in shown) {
    const container = { type: 'view', view_id: shown.view.id }
    return { ...base, container, view: viewAsReturned(world, shown.view) }
  }
  const ephemeral = 'ephemeral' in shown
  const { ts, channel, thread_ts: threadTs } = ephemeral ? shown.ephemeral : shown.message
  const inThread = threadTs ? { thread_ts: threadTs } : {}
  const original = { ts, ephemeral }
  const reply = threadTs && threadTs !== ts ? { threadTs } : {}
  return {
    ...base,
    container: { type: 'message', message_ts: ts, channel_id: channel, is_ephemeral: ephemeral, ...inThread },
    channel: { id: channel, name: world.channels.get(channel)?.name ?? '' },
    ...(!ephemeral && { message: { ...asReturned(shown.message), team: world.team.id } }),
    state: { values: {} },
    response_url: newResponseUrl(world, { user, channel, original, ...reply }),
  }
}

/** https://docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload#message_actions */
export function shortcutPayload(world: World, user: string, callbackId: string, message: Message): Payload {
  const { channel, ts, thread_ts: threadTs } = message
  const reply = threadTs && threadTs !== ts ? { threadTs } : {}
  return {
    ...interaction(world, 'message_action', user),
    callback_id: callbackId,
    trigger_id: newTrigger(world, user),
    action_ts: `${Date.now() / 1000}`,
    is_enterprise_install: false,
    channel: { id: channel, name: world.channels.get(channel)?.name ?? '' },
    message_ts: ts,
    message: { ...asReturned(message), team: world.team.id },
    response_url: newResponseUrl(world, { user, channel, ...reply }),
  }
}

/** https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload */
export function viewPayload(
  world: World,
  type: 'view_submission' | 'view_closed',
  open: OpenView,
  values: Record<string, unknown> = {},
): Payload {
  const view = viewAsReturned(world, open, values)
  const extra =
    type === 'view_submission'
      ? { trigger_id: newTrigger(world, open.user), response_urls: [] }
      : { is_cleared: false }
  return { ...interaction(world, type, open.user), view, ...extra }
}

function interaction(world: World, type: string, user: string): Payload {
  const name = world.users.get(user)?.name ?? ''
  return {
    type,
    user: { id: user, username: name, name, team_id: world.team.id },
    api_app_id: world.bot.appId,
    token: 'deprecated',
    team: { id: world.team.id, domain: world.team.domain },
    enterprise: null,
    is_enterprise_install: false,
  }
}

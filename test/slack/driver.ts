import { deliver, deliverEvent } from './deliver.ts'
import { actionOf, findElement } from './find-element.ts'
import { actionPayload, eventPayload, messageEvent, shortcutPayload, slashPayload } from './payloads.ts'
import { answerThrough } from './response-url.ts'
import { addMessage, findMessage } from './state.ts'
import { asDelivery, type Transport } from './transport.ts'
import { asSent, escaped } from './typed-text.ts'
import type { Delivery, ResponseUrl, World } from './types.ts'
import { asUpload, type Upload } from './uploads.ts'
import { createViewDriver, type ViewDriver } from './view-driver.ts'
import { logCall } from './web-api/gate.ts'

type ClickOptions = {
  /** what the user answers in the confirm dialog; default true. True for an element without a dialog is an error. */
  confirm?: boolean
  /** text or value of the option, for menus */
  option?: string
  /** settles it when several elements match */
  blockId?: string
}

/** What people do. Every function waits until the app has acknowledged, or Slack has given up waiting. */
export type Driver = ViewDriver & {
  command(user: string, channel: string, text: string): Promise<Delivery>
  /** says something in a channel or thread; an app_mention goes out when it names the bot */
  say(
    user: string,
    channel: string,
    text: string,
    threadTs?: string,
  ): Promise<Partial<Delivery> & { ts: string }>
  /** says something with files; the bot hears of it when the text names it */
  upload(
    user: string,
    channel: string,
    files: Upload[],
    text?: string,
    threadTs?: string,
  ): Promise<Partial<Delivery> & { ts: string }>
  /** chooses one of the app's message shortcuts in the menu of a message */
  shortcut(user: string, channel: string, ts: string, callbackId: string): Promise<Delivery>
  /** says `@bot text` */
  mention(user: string, channel: string, text: string, threadTs?: string): Promise<Delivery & { ts: string }>
  /** clicks what has this action_id or this text on it; `sent` is false when the dialog was denied */
  click(
    user: string,
    channel: string,
    ts: string,
    name: string,
    options?: ClickOptions,
  ): Promise<Delivery & { sent: boolean }>
  /** any other event of the Events API */
  event(event: Record<string, unknown>): Promise<Delivery>
  /** the same payload once more, as Slack does now and then: same event_id, same click */
  redeliver(delivery: Delivery): Promise<Delivery>
}

export function createDriver(
  world: World,
  transport: Transport,
  retriesMs: number[],
  stopped: AbortSignal,
): Driver {
  const event = (payload: Record<string, unknown>) =>
    deliverEvent(world, transport, payload, retriesMs, stopped)

  const say: Driver['say'] = (user, channel, text, threadTs) => tell(user, channel, text, threadTs, [])

  async function tell(
    user: string,
    channel: string,
    text: string,
    threadTs: string | undefined,
    uploads: Upload[],
  ): Promise<Partial<Delivery> & { ts: string }> {
    requireUser(world, user)
    const place = requireChannel(world, channel)
    if (threadTs && !findMessage(world, channel, threadTs))
      throw new Error(`no message ${threadTs} in ${channel}`)
    const thread = threadTs ? { thread_ts: threadTs } : {}
    const files = uploads.map((upload) => asUpload(world, channel, upload))
    const message = addMessage(world, {
      channel,
      user,
      text: asSent(world, text),
      ...thread,
      ...(files.length > 0 && { files }),
    })
    const type = place.with ? 'message' : 'app_mention'
    const heard = place.with !== undefined || message.text.includes(`<@${world.bot.userId}>`)
    if (!heard || !place.botIsMember) return { ts: message.ts }
    return { ...(await event(messageEvent(world, message, type))), ts: message.ts }
  }

  return {
    ...createViewDriver(world, transport),
    say,
    upload: (user, channel, files, text = '', threadTs) => tell(user, channel, text, threadTs, files),
    async shortcut(user, channel, ts, callbackId) {
      requireUser(world, user)
      requireChannel(world, channel)
      if (!world.shortcuts.includes(callbackId))
        throw new Error(
          `the app has no message shortcut ${callbackId}; it has: ${world.shortcuts.join(', ')}`,
        )
      const message = findMessage(world, channel, ts)
      if (!message) throw new Error(`${user} sees no message ${ts} in ${channel}`)
      const payload = shortcutPayload(world, user, callbackId, message)
      return deliver(world, transport, 'interactive', payload, { user, channel })
    },
    event: (inner) => event(eventPayload(world, inner)),
    async command(user, channel, text) {
      requireUser(world, user)
      requireChannel(world, channel)
      const payload = slashPayload(world, user, channel, escaped(text))
      const delivery = await deliver(world, transport, 'slash_commands', payload, { user, channel })
      const url = world.responseUrls.get(payload.response_url.split('/').at(-1)!)!
      if (delivery.response) showAck(world, url, delivery.response)
      return delivery
    },
    async mention(user, channel, text, threadTs) {
      const heard = await say(user, channel, `@${world.bot.name} ${text}`, threadTs)
      if (!heard.kind) throw new Error(`the bot is not a member of ${channel}: Slack sends it no mention`)
      return heard as Delivery & { ts: string }
    },
    async click(user, channel, ts, name, options = {}) {
      requireUser(world, user)
      const message = findMessage(world, channel, ts)
      const ephemeral = world.ephemerals.find((each) => each.ts === ts && each.visibleTo === user)
      const shown = message ? { message } : ephemeral ? { ephemeral } : undefined
      if (!shown) throw new Error(`${user} sees no message ${ts} in ${channel}`)
      const found = findElement((message ?? ephemeral)?.blocks ?? [], name, options.blockId)
      if (options.confirm === true && !found.element.confirm)
        throw new Error(`“${name}” asks for no confirmation`)
      if (options.confirm === false) {
        if (!found.element.confirm) throw new Error(`“${name}” asks for no confirmation`)
        return {
          ...asDelivery('interactive', {}, { acked: false, ackMs: 0, failure: 'no-ack' }),
          sent: false,
        }
      }
      const payload = actionPayload(world, user, shown, actionOf(found, options.option))
      const threadTs = (message ?? ephemeral)?.thread_ts
      const where = { user, channel, ...(threadTs && { threadTs }) }
      return { ...(await deliver(world, transport, 'interactive', payload, where)), sent: true }
    },
    async redeliver({ kind, payload }) {
      return asDelivery(
        kind,
        payload,
        await transport.send(kind, payload, { attempt: 1, reason: 'http_timeout' }),
      )
    },
  }
}

// What an app says in its ack is checked like any message; a refusal is in the log as method `ack`.
function showAck(world: World, url: ResponseUrl, response: Record<string, unknown>): void {
  const call = logCall(world, 'ack', response)
  const answer = answerThrough(world, url, response)
  call.ok = answer.ok
  if (answer.error) call.error = answer.error
}

function requireUser(world: World, user: string): void {
  if (!world.users.has(user))
    throw new Error(`no user ${user}; there is: ${[...world.users.keys()].join(', ')}`)
}

function requireChannel(world: World, channel: string) {
  const found = world.channels.get(channel)
  if (!found) throw new Error(`no channel ${channel}; there is: ${[...world.channels.keys()].join(', ')}`)
  return found
}

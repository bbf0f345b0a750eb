import { setTimeout as delay } from 'node:timers/promises'
import type { WebClient } from '@slack/web-api'
import pLimit from 'p-limit'
import type { Logger } from 'pino'
import type { RedisClient } from '../jobs/redis/dial.ts'
import type { Message } from './blocks/message.ts'
import { type Claim, outboxRecords } from './outbox-records.ts'
import { classify } from './slack-errors.ts'
import { createLanes } from './slack-lanes.ts'

export type Place = { channel: string; threadTs?: string | undefined }
export type Posted = { channel: string; ts: string }

/** Slack did not take a message now. The caller keeps it and tries again after `retryAfterMs`. */
export class SlackLater extends Error {
  readonly retryAfterMs: number
  constructor(retryAfterMs: number, options?: ErrorOptions) {
    super(`Slack takes it later (${retryAfterMs} ms)`, options)
    this.name = 'SlackLater'
    this.retryAfterMs = retryAfterMs
  }
}

/** Slack will never take this message as it is: the channel is gone, or we are not in it. */
export class SlackNever extends Error {
  readonly error: string
  constructor(error: string, options?: ErrorOptions) {
    super(`Slack refuses it: ${error}`, options)
    this.name = 'SlackNever'
    this.error = error
  }
}

export type Outbox = {
  /**
   * The message with this key, posted if it is not there yet. However often it is called, and whatever died
   * in between, there is one message per key. Throws SlackLater and SlackNever.
   */
  ensure(key: string, place: Place, first: Message): Promise<Posted>
  /** The message with this key as it should look now; posts it when it is not there. */
  show(key: string, place: Place, message: Message): Promise<Posted>
  /** Like `show`, for what is out of date in a second: at most one edit a second, the latest wins, failures are only logged. */
  sketch(key: string, place: Place, message: Message): void
  /** The channel id of the direct messages with someone. Throws like `ensure`. */
  direct(user: string): Promise<string>
  /** Where the message with this key stands, if it has been posted. */
  posted(key: string): Promise<Posted | undefined>
  /** No sketch of this key is sent any more, here or by another process. */
  seal(key: string): Promise<void>
}

const EDIT_EVERY_MS = 1_000
/** sketches under way: what people type while the bot is busy is taken first */
const SKETCHES_AT_ONCE = 4
// a message whose answer was lost may take a moment to be listed
const LISTED_AFTER_MS = 1_500

export function createOutbox(options: {
  client: WebClient
  redis: RedisClient
  prefix: string
  log: Logger
}): Outbox {
  const { client, log } = options
  const records = outboxRecords(options.redis, options.prefix)
  const drawsSketch = pLimit(SKETCHES_AT_ONCE)
  const inLane = createLanes()
  const turns = new Map<string, Promise<unknown>>()
  const sketches = new Map<string, { place: Place; message: Message }>()
  const drawing = new Set<string>()
  const sealed = new Set<string>()

  /** One thing at a time per message, in the order it was asked for. */
  function inTurn<T>(key: string, job: () => Promise<T>): Promise<T> {
    const turn = (turns.get(key) ?? Promise.resolve()).catch(() => {}).then(job)
    turns.set(key, turn)
    void turn.catch(() => {}).finally(() => turns.get(key) === turn && turns.delete(key))
    return turn
  }

  async function call<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      const failure = classify(error)
      if (failure.kind === 'never') throw new SlackNever(failure.error, { cause: error })
      throw new SlackLater(failure.kind === 'later' ? failure.retryAfterMs : LISTED_AFTER_MS, {
        cause: error,
      })
    }
  }

  async function post(key: string, place: Place, message: Message, claim: Claim): Promise<Posted> {
    if (claim.state === 'posted') return { channel: claim.channel || place.channel, ts: claim.ts }
    if (claim.state === 'busy') throw new SlackLater(500)
    try {
      const found = claim.state === 'unsure' ? await find(key, place, claim.since) : undefined
      if (claim.state === 'unsure' && found === undefined) await records.intend(key, place.channel)
      const ts = found ?? (await send(key, place, message))
      await records.settle(key, place.channel, ts)
      return { channel: place.channel, ts }
    } catch (error) {
      // certainly not posted: the next try need not look for it
      await records.release(key, error instanceof NotPosted)
      throw error instanceof NotPosted ? error.cause : error
    }
  }

  async function send(key: string, place: Place, message: Message): Promise<string> {
    try {
      const { channel } = place
      const post = () =>
        client.chat.postMessage({
          channel,
          ...(place.threadTs !== undefined && { thread_ts: place.threadTs }),
          ...message,
          metadata: { event_type: 'unwedge_message', event_payload: { key } },
          unfurl_links: false,
          unfurl_media: false,
        })
      const answer = await inLane(`chat.postMessage ${channel}`, post)
      return answer.ts ?? ''
    } catch (error) {
      const told = await call(() => Promise.reject(error)).catch((cause: Error) => cause)
      throw classify(error).kind === 'unsure' ? told : new NotPosted(told)
    }
  }

  /** A message of ours with this key that was posted without our hearing of it. */
  async function find(key: string, place: Place, intent: number): Promise<string | undefined> {
    await delay(Math.max(0, intent + LISTED_AFTER_MS - Date.now()))
    const window = {
      channel: place.channel,
      include_all_metadata: true,
      oldest: String(intent / 1000 - 60),
      limit: 200,
    }
    let cursor: string | undefined
    do {
      const more = cursor === undefined ? {} : { cursor }
      const page = await call(() =>
        place.threadTs === undefined
          ? client.conversations.history({ ...window, ...more })
          : client.conversations.replies({ ...window, ...more, ts: place.threadTs }),
      )
      const ours = (page.messages ?? []).find(
        (m) => (m.metadata?.event_payload as { key?: string } | undefined)?.key === key,
      )
      if (ours?.ts) return ours.ts
      cursor = page.response_metadata?.next_cursor || undefined
    } while (cursor !== undefined)
    return undefined
  }

  async function show(key: string, place: Place, message: Message, claim: Claim): Promise<Posted> {
    const posted = await post(key, place, message, claim)
    // what was found again may be an older state of it
    if (claim.state === 'posted' || claim.state === 'unsure')
      await call(() =>
        inLane(`chat.update ${posted.channel}`, () =>
          client.chat.update({ channel: posted.channel, ts: posted.ts, ...message }),
        ),
      )
    return posted
  }

  /** Sends the latest sketch of this key, and looks again a second later. */
  async function sketchNow(key: string): Promise<void> {
    const next = sketches.get(key)
    if (!next) {
      drawing.delete(key)
      return
    }
    sketches.delete(key)
    try {
      await inTurn(key, async () => {
        if (sealed.has(key)) return
        const claim = await records.claimSketch(key, next.place.channel)
        if (claim.state !== 'sealed') await show(key, next.place, next.message, claim)
      })
    } catch (error) {
      log.info({ key, err: error }, 'a sketch was not shown')
    }
    setTimeout(() => void drawsSketch(sketchNow, key), EDIT_EVERY_MS).unref()
  }

  return {
    ensure: (key, place, first) =>
      inTurn(key, async () => post(key, place, first, await records.claim(key, place.channel))),
    show: (key, place, message) =>
      inTurn(key, async () => show(key, place, message, await records.claim(key, place.channel))),
    sketch: (key, place, message) => {
      sketches.set(key, { place, message })
      if (drawing.has(key)) return
      drawing.add(key)
      void drawsSketch(sketchNow, key)
    },
    direct: async (user) =>
      (await call(() => client.conversations.open({ users: user }))).channel?.id ?? user,
    posted: (key) => records.posted(key),
    seal: async (key) => {
      sealed.add(key)
      sketches.delete(key)
      try {
        await records.seal(key)
      } finally {
        // the record says so from here on, to all processes
        sealed.delete(key)
      }
    },
  }
}

/** Slack said that it did not take a message; `cause` is what the caller hears. */
class NotPosted extends Error {
  constructor(cause: Error) {
    super(cause.message, { cause })
    this.name = 'NotPosted'
  }
}

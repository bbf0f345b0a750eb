import { setTimeout as delay } from 'node:timers/promises'
import type { WebClient } from '@slack/web-api'
import type { Logger } from 'pino'
import type { Message } from './blocks/message.ts'
import { classify } from './slack-errors.ts'

/** What the outbox needs of Redis; ioredis' Redis and Cluster both fit. */
export type OutboxRedis = {
  hgetall(key: string): Promise<Record<string, string>>
  hset(key: string, values: Record<string, string>): Promise<unknown>
  hdel(key: string, field: string): Promise<unknown>
  del(key: string): Promise<unknown>
  expire(key: string, seconds: number): Promise<unknown>
  set(key: string, value: string, px: 'PX', ms: number, nx: 'NX'): Promise<string | null>
}

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

const KEEP_S = 30 * 24 * 3600
const LOCK_MS = 20_000
const EDIT_EVERY_MS = 1_000
// a message whose answer was lost may take a moment to be listed
const LISTED_AFTER_MS = 1_500

export function createOutbox(options: {
  client: WebClient
  redis: OutboxRedis
  prefix: string
  log: Logger
}): Outbox {
  const { client, redis, log } = options
  const recordKey = (key: string) => `${options.prefix}:message:${key}`
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

  async function post(key: string, place: Place, message: Message): Promise<Posted> {
    const record = await redis.hgetall(recordKey(key))
    if (record.ts) return { channel: record.channel ?? place.channel, ts: record.ts }
    if ((await redis.set(`${recordKey(key)}:lock`, '1', 'PX', LOCK_MS, 'NX')) === null)
      throw new SlackLater(500)
    try {
      const found = record.intent ? await find(key, place, Number(record.intent)) : undefined
      const ts = found ?? (await send(key, place, message))
      await redis.hset(recordKey(key), { channel: place.channel, ts })
      await redis.expire(recordKey(key), KEEP_S)
      return { channel: place.channel, ts }
    } finally {
      await redis.del(`${recordKey(key)}:lock`)
    }
  }

  async function send(key: string, place: Place, message: Message): Promise<string> {
    await redis.hset(recordKey(key), { intent: String(Date.now()), channel: place.channel })
    await redis.expire(recordKey(key), KEEP_S)
    try {
      const answer = await client.chat.postMessage({
        channel: place.channel,
        ...(place.threadTs !== undefined && { thread_ts: place.threadTs }),
        ...message,
        metadata: { event_type: 'unwedge_message', event_payload: { key } },
        unfurl_links: false,
        unfurl_media: false,
      })
      return answer.ts ?? ''
    } catch (error) {
      // certainly not posted: the next try need not look for it
      if (classify(error).kind !== 'unsure') await redis.hdel(recordKey(key), 'intent')
      return call(() => Promise.reject(error))
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

  async function show(key: string, place: Place, message: Message): Promise<Posted> {
    const known = await redis.hgetall(recordKey(key))
    const posted = await post(key, place, message)
    // what was found again may be an older state of it
    if (known.ts || known.intent)
      await call(() => client.chat.update({ channel: posted.channel, ts: posted.ts, ...message }))
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
        if (sealed.has(key) || (await redis.hgetall(recordKey(key))).sealed) return
        await show(key, next.place, next.message)
      })
    } catch (error) {
      log.info({ key, err: error }, 'a sketch was not shown')
    }
    setTimeout(() => void sketchNow(key), EDIT_EVERY_MS).unref()
  }

  return {
    ensure: (key, place, first) => inTurn(key, () => post(key, place, first)),
    show: (key, place, message) => inTurn(key, () => show(key, place, message)),
    sketch: (key, place, message) => {
      sketches.set(key, { place, message })
      if (drawing.has(key)) return
      drawing.add(key)
      void sketchNow(key)
    },
    direct: async (user) =>
      (await call(() => client.conversations.open({ users: user }))).channel?.id ?? user,
    posted: async (key) => {
      const { channel, ts } = await redis.hgetall(recordKey(key))
      return channel !== undefined && ts !== undefined ? { channel, ts } : undefined
    },
    seal: async (key) => {
      sealed.add(key)
      sketches.delete(key)
      await redis.hset(recordKey(key), { sealed: '1' })
      await redis.expire(recordKey(key), KEEP_S)
    },
  }
}

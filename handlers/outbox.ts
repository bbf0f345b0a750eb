import { setTimeout as delay } from 'node:timers/promises'
import type { WebClient } from '@slack/web-api'
import pLimit from 'p-limit'
import type { Logger } from 'pino'
import type { RedisClient } from '../jobs/redis/dial.ts'
import type { Message } from './blocks/message.ts'
import { type Claim, OURS_MS, outboxRecords } from './outbox-records.ts'
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
  /**
   * The message with this key as it should look now; posts it when it is not there. Throws like `ensure`; SlackLater
   * also when it is shown, but a sketch of another process may land after it.
   */
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
/** what is ours for longer than this may not be for as long as a call of Slack takes */
const RENEW_AFTER_MS = OURS_MS / 4
const BUSY_MS = 500
const SKETCHED_MS = 1_000

type Sketch = { place: Place; message: Message }

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
  const sketches = new Map<string, Sketch>()
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
    if (claim.state === 'busy') throw new SlackLater(BUSY_MS)
    const renew = async () => {
      if (!(await records.renew(key, place.channel))) throw new NotPosted(new SlackLater(BUSY_MS))
    }
    const keepOurs = afterAWhile(renew)
    try {
      const found = claim.state === 'unsure' ? await find(key, place, claim.since) : undefined
      if (claim.state === 'unsure' && found === undefined) await renew()
      const ts = found ?? (await send(key, place, message, keepOurs))
      await records.settle(key, place.channel, ts)
      return { channel: place.channel, ts }
    } catch (error) {
      // certainly not posted: the next try need not look for it
      await records.release(key, error instanceof NotPosted)
      throw error instanceof NotPosted ? error.cause : error
    }
  }

  async function send(
    key: string,
    place: Place,
    message: Message,
    inTime: () => Promise<void>,
  ): Promise<string> {
    try {
      const { channel } = place
      const post = async () => {
        await inTime()
        return await client.chat.postMessage({
          channel,
          ...(place.threadTs !== undefined && { thread_ts: place.threadTs }),
          ...message,
          metadata: { event_type: 'unwedge_message', event_payload: { key } },
          unfurl_links: false,
          unfurl_media: false,
        })
      }
      const answer = await inLane(`chat.postMessage ${channel}`, post)
      return answer.ts ?? ''
    } catch (error) {
      if (error instanceof NotPosted) throw error
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

  /** `inTime` is asked right before an edit, which may have waited for others in its lane. */
  async function show(
    key: string,
    place: Place,
    message: Message,
    claim: Claim,
    inTime = async () => {},
  ): Promise<Posted> {
    const posted = await post(key, place, message, claim)
    // what was found again may be an older state of it
    if (claim.state === 'posted' || claim.state === 'unsure')
      await call(() =>
        inLane(`chat.update ${posted.channel}`, async () => {
          await inTime()
          return await client.chat.update({ channel: posted.channel, ts: posted.ts, ...message })
        }),
      )
    return posted
  }

  /** Other processes see that it is under way: who shows this message for good meanwhile does so again. */
  async function showSketch(key: string, { place, message }: Sketch): Promise<void> {
    if (sealed.has(key)) return
    const claim = await records.claimSketch(key, place.channel)
    if (claim.state === 'sealed') return
    if (claim.state !== 'posted') {
      await show(key, place, message, claim)
      return
    }
    const claimAgain = async () => {
      if ((await records.claimSketch(key, place.channel)).state === 'sealed') throw new Error('it is sealed')
    }
    try {
      await show(key, place, message, claim, afterAWhile(claimAgain))
    } finally {
      // nobody waits for that; by itself it is over later
      records
        .sketchOver(key)
        .catch((error) => log.info({ key, err: error }, 'a sketch is not known to be over'))
    }
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
      await inTurn(key, () => showSketch(key, next))
    } catch (error) {
      log.info({ key, err: error }, 'a sketch was not shown')
    }
    setTimeout(() => void drawsSketch(sketchNow, key), EDIT_EVERY_MS).unref()
  }

  return {
    ensure: (key, place, first) =>
      inTurn(key, async () => post(key, place, first, await records.claim(key, place.channel))),
    show: (key, place, message) =>
      inTurn(key, async () => {
        const claim = await records.claim(key, place.channel)
        const posted = await show(key, place, message, claim)
        // a sketch of another process may land after this
        if (claim.state === 'posted' && claim.sketched) throw new SlackLater(SKETCHED_MS)
        return posted
      }),
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

/** Does it where the last time, or this call, was a while ago. */
function afterAWhile(work: () => Promise<void>): () => Promise<void> {
  let since = performance.now()
  return async () => {
    if (performance.now() - since < RENEW_AFTER_MS) return
    await work()
    since = performance.now()
  }
}

/** Slack said that it did not take a message; `cause` is what the caller hears. */
class NotPosted extends Error {
  constructor(cause: Error) {
    super(cause.message, { cause })
    this.name = 'NotPosted'
  }
}

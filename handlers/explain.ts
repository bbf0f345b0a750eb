import { setTimeout as delay } from 'node:timers/promises'
import type { App, MessageShortcut, RespondFn } from '@slack/bolt'
import { announce, take } from './ask.ts'
import { explained } from './blocks/explained.ts'
import { escaped, type Message, message, section } from './blocks/message.ts'
import type { Bot } from './bot.ts'
import { parseCommandLine } from './command-line.ts'
import { type Place, SlackLater } from './outbox.ts'
import { FileRefused, readSlackFile, type SlackFile } from './pasted-file.ts'
import { whisper } from './whisper.ts'

/** A message that someone wants explained, as far as Slack tells. */
type Pasted = {
  text?: string | undefined
  files?: readonly SlackFile[] | undefined
  attachments?: readonly { text?: string; fallback?: string }[] | undefined
}

const FILES = 3
const TRIES = 5
const LONGEST_WAIT_MS = 60_000
const NOTHING =
  'There is no text to explain. Mention me with `explain` in the thread of a pasted log or an uploaded file, or put the text behind the word.'

/** "Explain with unwedge" in the menu of a message. Reading promises nothing, so it is acknowledged first. */
export function listenToExplain(app: App, bot: Bot): void {
  app.shortcut('explain', async ({ shortcut, ack, respond }) => {
    await ack()
    if (shortcut.type !== 'message_action') return
    await explainShortcut(bot, shortcut, respond).catch((error) =>
      bot.log.error({ err: error }, 'not explained'),
    )
  })
}

async function explainShortcut(bot: Bot, shortcut: MessageShortcut, respond: RespondFn): Promise<void> {
  const pasted = shortcut.message as unknown as Pasted & { thread_ts?: string }
  const place = { channel: shortcut.channel.id, threadTs: pasted.thread_ts ?? shortcut.message_ts }
  await say(bot, `explain-${shortcut.trigger_id}`, place, await answersTo(bot, pasted), async (answer) => {
    await respond({ response_type: 'ephemeral', replace_original: false, ...answer })
  })
}

/** Whether a mention asks for an explanation, and of what: the text behind the word. */
export function asksToExplain(text: string): { of: string } | undefined {
  const [, of] = /^explain\b[ \t:]*([\s\S]*)$/i.exec(text) ?? []
  return of === undefined ? undefined : { of }
}

export type Mention = {
  of: string
  files: readonly SlackFile[] | undefined
  channel: string
  user: string
  ts: string
  threadTs: string | undefined
  /** the same for the same event, however often Slack delivers it */
  key: string
}

/** `@unwedge explain TEXT`, with a file, or in the thread of a text or file. */
export async function explainMention(bot: Bot, mention: Mention): Promise<void> {
  const { of, files, channel, user, ts, threadTs, key } = mention
  const own: Pasted = { text: of, files }
  const pasted = isEmpty(own) && threadTs !== undefined ? await parentOf(bot, channel, threadTs) : own
  const answers = 'answer' in pasted ? [pasted.answer] : await answersTo(bot, pasted)
  await say(bot, `explain-${key}`, { channel, threadTs: threadTs ?? ts }, answers, (answer) =>
    whisper(bot, { channel, user, threadTs }, answer),
  )
}

const isEmpty = ({ text, files }: Pasted) => (text ?? '').trim() === '' && (files ?? []).length === 0

async function parentOf(bot: Bot, channel: string, ts: string): Promise<Pasted | { answer: Message }> {
  try {
    const { messages } = await bot.client.conversations.replies({ channel, ts, limit: 1 })
    return (messages?.[0] as Pasted | undefined) ?? {}
  } catch (error) {
    const why = (error as { data?: { error?: string } }).data?.error ?? 'Slack did not answer'
    return {
      answer: words(
        `I can't read the first message of this thread (${why}). Put the text behind \`explain\`.`,
      ),
    }
  }
}

/** One answer for the text, and one for each file. A text beside a file is mostly a remark, and then nobody wants to hear of it. */
async function answersTo(bot: Bot, pasted: Pasted): Promise<Message[]> {
  const files = (pasted.files ?? []).slice(0, FILES)
  const attached = (pasted.attachments ?? []).map(({ text, fallback }) => text ?? fallback ?? '')
  const text = [pasted.text ?? '', ...attached].filter((piece) => piece.trim() !== '').join('\n')
  if (text === '' && files.length === 0) return [words(NOTHING)]
  const runs = (command: string) => parseCommandLine(command, bot.catalogue).ok
  const answers: Message[] = []
  if (text !== '') {
    const answer = await (await import('../jobs/triage.ts')).triage(text, { apart: true })
    if (files.length === 0 || answer.recognised.length > 0) answers.push(explained({ answer, runs }))
  }
  for (const file of files) {
    const of = file.name ?? 'the file'
    try {
      const answer = await (await import('../jobs/triage.ts')).triage(await readSlackFile(bot.client, file), {
        apart: true,
      })
      answers.push(explained({ answer, of, runs }))
    } catch (error) {
      if (!(error instanceof FileRefused)) bot.log.warn({ err: error }, 'a file was not read')
      answers.push(
        words(error instanceof FileRefused ? error.message : `${of} could not be read. Try again.`),
      )
    }
  }
  return answers
}

/**
 * Posts each answer once, also when Slack wants to be asked later. Where the bot may not write, or Redis is away,
 * whoever asked gets it by `otherwise`.
 */
async function say(
  bot: Bot,
  key: string,
  place: Place,
  answers: readonly Message[],
  otherwise: (answer: Message) => Promise<void>,
): Promise<void> {
  for (const [at, answer] of answers.entries()) {
    for (let tries = 1; ; tries += 1) {
      try {
        await bot.outbox.ensure(`${key}-${at}`, place, answer)
        break
      } catch (error) {
        if (!(error instanceof SlackLater)) {
          bot.log.warn({ err: error, key }, 'explained only to the one who asked')
          await otherwise(answer)
          break
        }
        if (tries === TRIES) throw error
        await delay(Math.min(error.retryAfterMs, LONGEST_WAIT_MS))
      }
    }
  }
}

/** A check that an explanation proposes, run as if it was typed in the thread; returns what there is to say instead. */
export async function runNext(
  bot: Bot,
  click: { value: string; user: string; channel: string; threadTs: string; trigger: string },
): Promise<string | undefined> {
  const { value: text, user, channel, threadTs, trigger } = click
  const taken = await take(bot, { text, user, channel, threadTs, key: `next-${trigger}` })
  if ('answer' in taken) return taken.answer.text
  await announce(bot, taken.started)
  return undefined
}

function words(text: string): Message {
  return message([section(escaped(text))])
}

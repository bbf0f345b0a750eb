import type { Message } from './blocks/message.ts'
import type { Bot } from './bot.ts'

/** Tells only the one who asked, once, and keeps nothing of it: for answers while Redis is away. Throws what Slack answers. */
export async function whisper(
  bot: Pick<Bot, 'client'>,
  { channel, user, threadTs }: { channel: string; user: string; threadTs?: string | undefined },
  answer: Message,
): Promise<void> {
  const place = { channel, user, ...(threadTs !== undefined && { thread_ts: threadTs }) }
  await bot.client.chat.postEphemeral({ ...place, ...answer })
}

import { ErrorCode, type WebClient } from '@slack/web-api'

export type Listed = { ts: string; channel: string; text: string; key: string; thread_ts?: string }
type Sent = Omit<Listed, 'key'> & { metadata?: { event_payload: { key: string } } }

/** What Slack answers when it takes a call for wrong, as its client throws it. */
export function refusedBySlack(error: string): Error {
  return Object.assign(new Error(error), { code: ErrorCode.PlatformError, data: { error } })
}

/**
 * A Slack that is a list, for one bot or several. `meanwhile` comes before a call takes effect: it may take its time,
 * or throw what Slack answers.
 */
export function listedSlack() {
  const messages: Listed[] = []
  const withMetadata = () => ({
    messages: messages.map((each) => ({ ...each, metadata: { event_payload: { key: each.key } } })),
  })
  const clientOf = (meanwhile: (method: 'post' | 'edit', sent: Sent) => Promise<void> | void = () => {}) =>
    ({
      chat: {
        postMessage: async (sent: Sent) => {
          await meanwhile('post', sent)
          const ts = `${(Date.now() / 1000).toFixed(3)}${String(messages.length).padStart(3, '0')}`
          const { channel, text, thread_ts } = sent
          const key = sent.metadata?.event_payload.key ?? ''
          messages.push({ ts, channel, text, key, ...(thread_ts !== undefined && { thread_ts }) })
          return { ts }
        },
        update: async (sent: Sent) => {
          await meanwhile('edit', sent)
          const message = messages.find(({ ts }) => ts === sent.ts)
          if (!message) throw refusedBySlack('message_not_found')
          message.text = sent.text
          return {}
        },
      },
      conversations: {
        history: async () => withMetadata(),
        replies: async () => withMetadata(),
        open: async () => ({ channel: { id: 'D1' } }),
      },
    }) as unknown as WebClient
  return { messages, clientOf }
}

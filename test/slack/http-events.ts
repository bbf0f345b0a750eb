import { createHmac } from 'node:crypto'
import { ackLimitMs, type Retry, type Transport } from './transport.ts'
import type { Payload, PayloadKind } from './types.ts'

/**
 * HTTP mode: every payload is a request to `eventsUrl`, signed with the signing secret.
 * https://docs.slack.dev/authentication/verifying-requests-from-slack
 */
export function createHttpEvents(eventsUrl: string, signingSecret: string): Transport {
  return {
    async send(kind, payload, retry) {
      const { contentType, body } = encode(kind, payload)
      const startedAt = performance.now()
      const tookMs = () => Math.round(performance.now() - startedAt)
      try {
        const response = await fetch(eventsUrl, {
          method: 'POST',
          headers: { 'content-type': contentType, ...sign(signingSecret, body), ...retryHeaders(retry) },
          body,
          redirect: 'error',
          signal: AbortSignal.timeout(ackLimitMs),
        })
        const text = await response.text()
        if (response.status !== 200) return { acked: false, ackMs: tookMs(), failure: 'http-error' }
        const answer = decode(response.headers.get('content-type') ?? '', text)
        return { acked: true, ackMs: tookMs(), ...(answer && { response: answer }) }
      } catch (error) {
        const timedOut = error instanceof Error && error.name === 'TimeoutError'
        return { acked: false, ackMs: tookMs(), failure: timedOut ? 'no-ack' : 'no-connection' }
      }
    },
  }
}

/** The two headers that prove that a request comes from Slack. */
function sign(secret: string, body: string, nowMs = Date.now()): Record<string, string> {
  const timestamp = String(Math.floor(nowMs / 1000))
  const digest = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')
  return { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': `v0=${digest}` }
}

function encode(kind: PayloadKind, payload: Payload): { contentType: string; body: string } {
  if (kind === 'events_api') return { contentType: 'application/json', body: JSON.stringify(payload) }
  const fields =
    kind === 'interactive' ? { payload: JSON.stringify(payload) } : (payload as Record<string, string>)
  return { contentType: 'application/x-www-form-urlencoded', body: new URLSearchParams(fields).toString() }
}

// An empty answer says nothing; plain text is a message; JSON is taken as it is.
function decode(contentType: string, text: string): Record<string, unknown> | undefined {
  if (text === '') return undefined
  return contentType.startsWith('application/json') ? (JSON.parse(text) as Record<string, unknown>) : { text }
}

function retryHeaders(retry: Retry | undefined): Record<string, string> {
  if (!retry || retry.attempt === 0) return {}
  return { 'x-slack-retry-num': String(retry.attempt), 'x-slack-retry-reason': retry.reason }
}

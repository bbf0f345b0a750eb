import type { Delivery, Payload, PayloadKind } from './types.ts'

/** How long Slack waits for an acknowledgement. */
export const ackLimitMs = 3000

export type Failure = 'no-connection' | 'no-ack' | 'http-error'

/** What came back for one payload. */
export type Reply =
  | { acked: true; ackMs: number; response?: Record<string, unknown> }
  | { acked: false; ackMs: number; failure: Failure }

/** Which try of an event this is; `attempt` 0 is the first. */
export type Retry = { attempt: number; reason: string }

/** Brings payloads to the app: over a WebSocket or by signed HTTP requests. */
export type Transport = { send(kind: PayloadKind, payload: Payload, retry?: Retry): Promise<Reply> }

export function asDelivery(kind: PayloadKind, payload: Payload, reply: Reply): Delivery {
  const response = reply.acked && reply.response ? { response: reply.response } : {}
  return { acked: reply.acked, ackMs: reply.ackMs, kind, payload, ...response }
}

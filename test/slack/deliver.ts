import { setTimeout as delay } from 'node:timers/promises'
import { addEphemeral } from './state.ts'
import { asDelivery, type Failure, type Retry, type Transport } from './transport.ts'
import type { Delivery, Payload, PayloadKind, World } from './types.ts'

const reasons: Record<Failure, string> = {
  'no-ack': 'http_timeout',
  'no-connection': 'connection_failed',
  'http-error': 'http_error',
}

/** Sends a command or an interaction once; nobody repeats those. Without an answer the user is told so. */
export async function deliver(
  world: World,
  transport: Transport,
  kind: Exclude<PayloadKind, 'events_api'>,
  payload: Payload,
  shownTo: { user: string; channel: string | undefined; threadTs?: string },
): Promise<Delivery> {
  const reply = await transport.send(kind, payload)
  if (!reply.acked) {
    world.timeouts.push({ at: Date.now(), kind, reason: reply.failure, payload })
    const what = kind === 'slash_commands' ? `${world.command} failed` : 'That did not work'
    if (shownTo.channel) {
      addEphemeral(world, {
        channel: shownTo.channel,
        visibleTo: shownTo.user,
        user: 'USLACKBOT',
        text: `${what}: the app did not respond.`,
        ...(shownTo.threadTs && { thread_ts: shownTo.threadTs }),
      })
    }
  }
  return asDelivery(kind, payload, reply)
}

/** Sends an event, and again (up to three times) until it is acknowledged; the result is that of the last try. */
export async function deliverEvent(
  world: World,
  transport: Transport,
  payload: Payload,
  retriesMs: number[],
  stopped: AbortSignal,
): Promise<Delivery> {
  let retry: Retry = { attempt: 0, reason: '' }
  for (;;) {
    const reply = await transport.send('events_api', payload, retry)
    const waitMs = retriesMs[retry.attempt]
    if (reply.acked || waitMs === undefined || stopped.aborted) {
      if (!reply.acked)
        world.timeouts.push({ at: Date.now(), kind: 'events_api', reason: reply.failure, payload })
      return asDelivery('events_api', payload, reply)
    }
    retry = { attempt: retry.attempt + 1, reason: reasons[reply.failure] }
    await delay(waitMs, undefined, { signal: stopped }).catch(() => undefined)
  }
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Faults } from '../faults.ts'
import { sendJson } from '../http-body.ts'
import type { RateLimiter } from '../rates.ts'
import type { Call, World } from '../types.ts'
import { type Answer, type Args, textArg } from './method.ts'

export type Api = {
  world: World
  faults: Faults
  /** undefined: no limits */
  limiter: RateLimiter | undefined
  /** until when Slack has asked to wait, ms since the epoch, by method (and channel) */
  waits: Map<string, number>
  /** answers apps.connections.open: a WebSocket url for one connection */
  openConnection: () => Answer
}

const keptCalls = 5000

/** Writes a call into the log, which forgets the oldest. */
export function logCall(world: World, method: string, args: Args): Call {
  const call: Call = { method, at: Date.now(), args, ok: false }
  world.calls.push(call)
  if (world.calls.length > keptCalls) world.calls.shift()
  return call
}

/** Every call passes here: it is logged, runs into its planned fault or a rate limit, or is worked on and answered. */
export function passGate(
  { world, faults, limiter, waits }: Api,
  { method, args }: { method: string; args: Args },
  { request, response }: { request: IncomingMessage; response: ServerResponse },
  work: () => { status: number; answer: Answer },
): void {
  const call = logCall(world, method, args)
  const fault = faults.take(method)
  if (fault) call.fault = fault.mode
  if (fault?.mode === 'refuse') return void request.socket.destroy()
  if (fault?.mode === 'http500') return void response.writeHead(500).end('Internal Server Error')
  const channel = textArg(args, 'channel') ?? ''
  const limit = method.startsWith('chat.') ? `${method} ${channel}` : method
  const early = secondsEarly(waits.get(limit), call.at)
  if (early > 0) call.tooEarly = true
  const limited = limiter ? early || limiter(method, channel) : 0
  const waitSeconds = fault?.mode === 'ratelimited' ? fault.retryAfter : limited
  if (waitSeconds > 0) {
    call.error = 'ratelimited'
    // who comes early hears the rest of the wait, and does not make it longer
    if (early === 0) waits.set(limit, call.at + waitSeconds * 1000)
    const headers = { 'retry-after': String(waitSeconds) }
    sendJson(response, 429, { ok: false, error: 'ratelimited' }, headers)
    return
  }
  const { status, answer } = work()
  call.ok = answer.ok
  if (answer.error) call.error = answer.error
  if (fault?.mode === 'lost-response') return void request.socket.destroy()
  sendJson(response, status, answer)
}

/** Who was told to wait and comes all the same is told so again. Whole seconds that are left, 0 when it is time. */
function secondsEarly(until: number | undefined, now: number): number {
  // Retry-After counts whole seconds; a clock's tick is no offence
  return until === undefined || now >= until - 20 ? 0 : Math.ceil((until - now) / 1000)
}

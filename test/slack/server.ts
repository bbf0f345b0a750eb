import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createDriver, type Driver } from './driver.ts'
import { createFaults } from './faults.ts'
import { serveFiles } from './file-routes.ts'
import { sendJson } from './http-body.ts'
import { createHttpEvents } from './http-events.ts'
import { servePage } from './page-routes.ts'
import { createRateLimiter, slackRates } from './rates.ts'
import { serveResponseUrl } from './response-url.ts'
import { createSocketMode } from './socket-mode.ts'
import { createWorld, messagesIn } from './state.ts'
import type { Call, Ephemeral, Fault, Message, OpenView, SlackOptions, Timeout, World } from './types.ts'
import { type WaitOptions, waitFor } from './wait-for.ts'
import type { Api } from './web-api/gate.ts'
import { serveWebApi } from './web-api/serve.ts'

export type { Message, SlackOptions } from './types.ts'

/** A Slack on loopback, with a driver for what its users do and a page for people at `url`. */
export type TestSlack = Driver & {
  /** the page */
  url: string
  /** what clients take as `slackApiUrl`; ends in `/api/` */
  apiUrl: string
  bot: World['bot']
  signingSecret: string
  /** Web API calls, oldest first; the last 5000 */
  calls: Call[]
  /** what users saw as "did not respond", and events that were never acknowledged */
  timeouts: Timeout[]
  /** messages of a channel without replies, or of a thread with its first message; oldest first */
  messages(channel: string, threadTs?: string): Message[]
  /** what only this user sees */
  ephemerals(user: string): Ephemeral[]
  /** the modals on this user's screen, the top one last */
  views(user: string): OpenView[]
  waitFor(fits: (message: Message) => boolean, options?: WaitOptions): Promise<Message>
  /** makes the next calls of a method (`*`: of any) fail; also `apps.connections.open` */
  fail(method: string, fault: Fault): void
  /** forgets the faults that were not run into */
  heal(): void
  /** Socket Mode: asks the oldest connection (or all) to reconnect */
  disconnect(which?: 'oldest' | 'all'): void
  /** Socket Mode: cuts all connections */
  dropSockets(): void
  /** Socket Mode: how many connections take payloads now */
  connections(): number
  stop(): Promise<void>
}

/** Starts a workspace on 127.0.0.1. Stop it with `stop()`; it leaves nothing behind. */
export async function startSlack(options: SlackOptions): Promise<TestSlack> {
  const world = createWorld(options)
  const faults = createFaults()
  const sockets = createSocketMode(world)
  const signingSecret = options.signingSecret ?? 'test-signing-secret'
  const transport = options.eventsUrl ? createHttpEvents(options.eventsUrl, signingSecret) : sockets
  const stopping = new AbortController()
  const driver = createDriver(world, transport, options.eventRetriesMs ?? [200, 1000, 3000], stopping.signal)
  const limiter = options.strictRates ? createRateLimiter({ ...slackRates, ...options.rates }) : undefined
  const api: Api = { world, faults, limiter, waits: new Map(), openConnection: sockets.openConnection }

  const server = createServer((request, response) => {
    route(api, driver, request, response).catch((error: unknown) => {
      if (!response.headersSent)
        sendJson(response, 500, { ok: false, error: 'fatal_error', why: String(error) })
    })
  })
  server.on('upgrade', sockets.upgrade)
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  world.baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  return {
    ...driver,
    url: `${world.baseUrl}/`,
    apiUrl: `${world.baseUrl}/api/`,
    bot: world.bot,
    signingSecret,
    calls: world.calls,
    timeouts: world.timeouts,
    messages: (channel, threadTs) => structuredClone(messagesIn(world, channel, threadTs)),
    ephemerals: (user) => structuredClone(world.ephemerals.filter((each) => each.visibleTo === user)),
    views: (user) => structuredClone(world.views.filter((each) => each.user === user)),
    waitFor: async (fits, waitOptions) => structuredClone(await waitFor(world, fits, waitOptions)),
    fail: faults.fail,
    heal: faults.clear,
    disconnect: sockets.disconnect,
    dropSockets: sockets.dropSockets,
    connections: sockets.connections,
    async stop() {
      stopping.abort()
      sockets.close()
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

async function route(
  api: Api,
  driver: Driver,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // A name that some other site points at this machine is refused (DNS rebinding).
  if (!/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(request.headers.host ?? '')) {
    return sendJson(response, 421, { ok: false, error: 'use http://127.0.0.1' })
  }
  const path = new URL(request.url ?? '/', 'http://localhost').pathname
  if (path.startsWith('/api/')) return serveWebApi(api, path.slice('/api/'.length), request, response)
  if (path.startsWith('/respond/'))
    return serveResponseUrl(api, path.slice('/respond/'.length), request, response)
  if (await serveFiles(api.world, path, request, response)) return
  if (await servePage(api.world, driver, path, request, response)) return
  sendJson(response, 404, { ok: false, error: 'not_found' })
}

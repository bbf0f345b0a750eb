import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { ackLimitMs, type Reply, type Transport } from './transport.ts'
import type { World } from './types.ts'
import { type Answer, done } from './web-api/method.ts'

const maxConnections = 10
const pingEveryMs = 10_000

export type SocketMode = Transport & {
  /** answers apps.connections.open with a url that works once */
  openConnection(): Answer
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** asks the oldest connection (or all) to reconnect, as Slack does every few hours */
  disconnect(which?: 'oldest' | 'all'): void
  /** cuts every connection without a word */
  dropSockets(): void
  connections(): number
  close(): void
}

/** The server side of Socket Mode: https://docs.slack.dev/apis/events-api/using-socket-mode */
export function createSocketMode(world: World): SocketMode {
  const server = new WebSocketServer({ noServer: true })
  const tickets = new Set<string>()
  /** open connections that still take payloads, oldest first */
  let open: WebSocket[] = []
  const waiting = new Map<string, (response: Record<string, unknown> | undefined) => void>()
  let turn = 0

  server.on('connection', (socket) => {
    if (open.length >= maxConnections) return refuseSocket(socket)
    open.push(socket)
    const pings = setInterval(() => socket.ping('Ping from Slack'), pingEveryMs).unref()
    socket.on('close', () => {
      clearInterval(pings)
      open = open.filter((each) => each !== socket)
    })
    socket.on('error', () => socket.terminate())
    socket.on('message', (data) => {
      const ack = JSON.parse(String(data)) as { envelope_id?: string; payload?: Record<string, unknown> }
      waiting.get(ack.envelope_id ?? '')?.(
        ack.payload && Object.keys(ack.payload).length > 0 ? ack.payload : undefined,
      )
    })
    const info = { connection_info: { app_id: world.bot.appId }, debug_info: { host: 'loopback' } }
    socket.send(JSON.stringify({ type: 'hello', num_connections: open.length, ...info }))
  })

  return {
    openConnection() {
      const ticket = randomUUID()
      tickets.add(ticket)
      const url = `${world.baseUrl.replace('http:', 'ws:')}/link/?ticket=${ticket}&app_id=${world.bot.appId}`
      return done({ url })
    },
    upgrade(request, socket, head) {
      const ticket = new URL(request.url ?? '/', 'http://localhost').searchParams.get('ticket')
      if (!tickets.delete(ticket ?? '')) return void socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n')
      server.handleUpgrade(request, socket, head, (upgraded) => server.emit('connection', upgraded, request))
    },
    send(kind, payload, retry) {
      const socket = open[turn++ % Math.max(1, open.length)]
      if (!socket) return Promise.resolve({ acked: false, ackMs: 0, failure: 'no-connection' })
      const startedAt = performance.now()
      const id = randomUUID()
      const answer = new Promise<Reply>((resolve) => {
        const end = (
          reply: Omit<Extract<Reply, { acked: true }>, 'ackMs'> | { acked: false; failure: 'no-ack' },
        ) => {
          clearTimeout(timer)
          waiting.delete(id)
          resolve({ ...reply, ackMs: Math.round(performance.now() - startedAt) })
        }
        const timer = setTimeout(() => end({ acked: false, failure: 'no-ack' }), ackLimitMs)
        waiting.set(id, (response) => end({ acked: true, ...(response && { response }) }))
      })
      const retries = retry && {
        retry_attempt: retry.attempt,
        retry_reason: retry.attempt > 0 ? retry.reason : '',
      }
      const accepts = kind !== 'events_api'
      socket.send(
        JSON.stringify({
          envelope_id: id,
          type: kind,
          accepts_response_payload: accepts,
          payload,
          ...retries,
        }),
      )
      return answer
    },
    disconnect(which = 'oldest') {
      for (const socket of which === 'all' ? open : open.slice(0, 1)) {
        open = open.filter((each) => each !== socket)
        socket.send(
          JSON.stringify({
            type: 'disconnect',
            reason: 'refresh_requested',
            debug_info: { host: 'loopback' },
          }),
        )
        setTimeout(() => socket.close(), 10_000).unref()
      }
    },
    dropSockets: () => server.clients.forEach((socket) => void socket.terminate()),
    connections: () => open.length,
    close() {
      for (const socket of server.clients) socket.terminate()
      server.close()
    },
  }
}

function refuseSocket(socket: WebSocket): void {
  socket.send(JSON.stringify({ type: 'disconnect', reason: 'too_many_websockets' }))
  socket.close()
}

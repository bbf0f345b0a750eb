import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { type WebSocket, WebSocketServer } from 'ws'
import { now } from './parts/now.ts'

/** A call of the Web API, and when it was answered (see parts/now.ts). */
export type Call = { method: string; body: URLSearchParams; at: number }

/**
 * A Slack that is in nobody's way: Socket Mode and the Web API without rules, limits or memory, so that what is
 * measured is the app. The strict one for tests is test/slack/.
 */
export type QuickSlack = {
  apiUrl: string
  /** sends `/unwedge TEXT`; the time until its ack, ms. Rejects when there is none within `withinMs`. */
  command(text: string, withinMs?: number): Promise<number>
  /** resolves with the first call that fits, from now on */
  heard(fits: (call: Call) => boolean, withinMs?: number): Promise<Call>
  /** how many calls there have been, by method */
  calls: Map<string, number>
  connections(): number
  stop(): Promise<void>
}

/** `answersAfterMs`: how long every call of the Web API takes; 0: it is answered at once. */
export async function startQuickSlack({ answersAfterMs = 0 } = {}): Promise<QuickSlack> {
  const sockets = new WebSocketServer({ noServer: true })
  const open: WebSocket[] = []
  const acks = new Map<string, () => void>()
  const waiting = new Set<(call: Call) => void>()
  const calls = new Map<string, number>()
  let [turn, ts] = [0, 0]

  const answer = (method: string) => {
    if (method === 'apps.connections.open') return { ok: true, url: `ws://127.0.0.1:${port()}/link` }
    if (method === 'auth.test') return { ok: true, user_id: 'U0BOT', bot_id: 'B0BOT' }
    if (method.startsWith('conversations.')) return { ok: true, messages: [], channel: { id: 'D0' } }
    return { ok: true, channel: 'C0INCIDENT', ts: `1700000000.${String(++ts).padStart(6, '0')}` }
  }
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const method = (request.url ?? '').replace('/api/', '')
    calls.set(method, (calls.get(method) ?? 0) + 1)
    if (answersAfterMs > 0) await delay(answersAfterMs)
    if (waiting.size > 0) {
      const call = { method, body: new URLSearchParams(Buffer.concat(chunks).toString()), at: now() }
      for (const each of waiting) each(call)
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer(method)))
  }
  const server = createServer(
    (request, response) => void serve(request, response).catch(() => response.destroy()),
  )
  const port = () => (server.address() as AddressInfo).port
  server.on('upgrade', (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (upgraded) => {
      open.push(upgraded)
      upgraded.on('close', () => open.splice(open.indexOf(upgraded), 1))
      upgraded.on('error', () => upgraded.terminate())
      upgraded.on('message', (data) => {
        const { envelope_id: id } = JSON.parse(String(data)) as { envelope_id: string }
        acks.get(id)?.()
      })
      upgraded.send(JSON.stringify({ type: 'hello', num_connections: open.length, connection_info: {} }))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    apiUrl: `http://127.0.0.1:${port()}/api/`,
    calls,
    connections: () => open.length,
    command: (text, withinMs = 30_000) => {
      const id = randomUUID()
      const envelope = JSON.stringify({
        envelope_id: id,
        type: 'slash_commands',
        accepts_response_payload: true,
        payload: slash(text),
      })
      return new Promise((resolve, reject) => {
        const late = setTimeout(() => reject(new Error(`no ack within ${withinMs} ms`)), withinMs)
        const sent = now()
        acks.set(id, () => {
          clearTimeout(late)
          acks.delete(id)
          resolve(now() - sent)
        })
        const socket = open[turn++ % Math.max(1, open.length)]
        if (socket) socket.send(envelope)
        else reject(new Error('nobody is connected'))
      })
    },
    heard: (fits, withinMs = 30_000) =>
      new Promise((resolve, reject) => {
        const look = (call: Call) => {
          if (!fits(call)) return
          stop()
          resolve(call)
        }
        const stop = () => {
          clearTimeout(late)
          waiting.delete(look)
        }
        const late = setTimeout(() => {
          stop()
          reject(new Error(`not heard within ${withinMs} ms`))
        }, withinMs)
        waiting.add(look)
      }),
    stop: async () => {
      for (const socket of sockets.clients) socket.terminate()
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

function slash(text: string) {
  return {
    token: 'none',
    team_id: 'T0STORAGE1',
    team_domain: 'storage',
    channel_id: 'C0INCIDENT',
    channel_name: 'storage-incidents',
    user_id: 'U0LIN00001',
    user_name: 'lin',
    command: '/unwedge',
    text,
    api_app_id: 'A0',
    is_enterprise_install: 'false',
    response_url: 'http://127.0.0.1:9/none',
    trigger_id: randomUUID(),
  }
}

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { isGenuine, type Proof } from './auth.ts'
import { BadAlert } from './fields.ts'
import { readDelivery, type SourceKind } from './sources.ts'
import type { AlertUpdate } from './update.ts'

export type Source = { name: string; kind: SourceKind; proof: Proof; channel: string }

export type Receiver = {
  sources: readonly Source[]
  /** keeps an update durably; throws when it can't, so that the sender sends it again */
  keep(update: AlertUpdate, channel: string): Promise<void>
  log: { warn(data: object, message: string): void }
  now?: () => number
  /** deliveries a source may send in a minute */
  perMinute?: number
}

const BODY_LIMIT = 2 * 2 ** 20
const PER_MINUTE = 1200
/** How long the rest of a refused body may still come, so that its sender hears why it was refused. */
const LINGER_MS = 2_000

type Answer = { status: number; words: string; retryAfterS?: number }

/**
 * `POST /alerts/NAME` for every configured source. Answers after the alert is kept: 200, 400 for what will never fit,
 * 401 for a wrong secret, 413, 429, and 503 when it could not be kept. `GET /healthz` says 200.
 */
export function alertServer(receiver: Receiver): Server {
  const counts = new Map<string, { minute: number; count: number }>()
  const server = createServer((request, response) => {
    answer(receiver, counts, request)
      .catch((error: unknown): Answer => {
        receiver.log.warn({ err: error }, 'an alert was not kept')
        return { status: 503, words: 'could not be kept; send it again', retryAfterS: 5 }
      })
      .then((said) => respond(request, response, said))
  })
  server.requestTimeout = 15_000
  server.headersTimeout = 10_000
  return server
}

async function answer(
  receiver: Receiver,
  counts: Map<string, { minute: number; count: number }>,
  request: IncomingMessage,
): Promise<Answer> {
  const path = (request.url ?? '').split('?')[0]
  if (request.method === 'GET' && path === '/healthz') return { status: 200, words: 'ok' }
  const source = receiver.sources.find(({ name }) => path === `/alerts/${name}`)
  if (!source) return { status: 404, words: 'no such source' }
  if (request.method !== 'POST') return { status: 405, words: 'POST it' }
  // a token needs no body: whoever has a wrong one gets nothing read
  const early = 'bearer' in source.proof && !isGenuine(source.proof, request.headers, Buffer.alloc(0))
  const body = early ? Buffer.alloc(0) : await bodyOf(request)
  if (body === undefined) return { status: 413, words: `more than ${BODY_LIMIT} bytes` }
  if (early || !isGenuine(source.proof, request.headers, body))
    return { status: 401, words: 'wrong or missing secret' }
  // after the secret: strangers must not use up what a source may send
  const now = (receiver.now ?? Date.now)()
  if (!admitted(counts, source.name, now, receiver.perMinute ?? PER_MINUTE))
    return { status: 429, words: 'too many deliveries', retryAfterS: 60 }
  try {
    const update = readDelivery(source.kind, source.name, JSON.parse(body.toString('utf8')), now)
    if (update) await receiver.keep(update, source.channel)
    return { status: 200, words: update ? 'kept' : 'nothing in it for us' }
  } catch (error) {
    if (error instanceof SyntaxError) return { status: 400, words: 'not JSON' }
    if (error instanceof BadAlert) return { status: 400, words: error.message }
    throw error
  }
}

function admitted(
  counts: Map<string, { minute: number; count: number }>,
  source: string,
  now: number,
  perMinute: number,
): boolean {
  const minute = Math.floor(now / 60_000)
  const known = counts.get(source)
  const count = known?.minute === minute ? known.count + 1 : 1
  counts.set(source, { minute, count })
  return count <= perMinute
}

/** The whole body; undefined when it is larger than allowed, and then the rest is not kept. */
function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    if (Number(request.headers['content-length'] ?? 0) > BODY_LIMIT) return resolve(undefined)
    const parts: Buffer[] = []
    let size = 0
    const take = (part: Buffer) => {
      size += part.length
      parts.push(part)
      if (size <= BODY_LIMIT) return
      request.off('data', take)
      parts.length = 0
      resolve(undefined)
    }
    request.on('data', take)
    request.once('end', () => resolve(Buffer.concat(parts)))
    request.once('error', reject)
    request.once('close', () => reject(new Error('the sender hung up')))
  })
}

function respond(
  request: IncomingMessage,
  response: ServerResponse,
  { status, words, retryAfterS }: Answer,
): void {
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    // what was not read must not be taken for the next request
    ...(!request.complete && { connection: 'close' }),
    ...(retryAfterS !== undefined && { 'retry-after': String(retryAfterS) }),
  })
  if (request.complete) return void response.end(`${words}\n`)
  // a connection that is closed while its sender writes loses the answer; what comes meanwhile goes nowhere
  response.write(`${words}\n`)
  request.resume()
  const close = () => response.end()
  const late = setTimeout(close, LINGER_MS)
  request.once('end', close).once('close', () => clearTimeout(late))
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import { parseMultipart, readBody } from './http-body.ts'
import type { World } from './types.ts'

/** `POST /upload/ID` takes a file's content, raw or as a form; `GET /files/ID/NAME` gives it back once it is shared. */
export async function serveFiles(
  world: World,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const [, kind, id = ''] = path.split('/')
  if (kind === 'upload' && request.method === 'POST') {
    const file = world.files.get(id)
    if (!file || file.content) {
      response.writeHead(404).end('unknown or used upload url')
      return true
    }
    file.content = await content(request)
    response.writeHead(200, { 'content-type': 'text/plain' }).end(`OK - ${file.content.length}`)
    return true
  }
  const file = world.files.get(id)
  if (kind !== 'files' || request.method !== 'GET' || !file?.shared || !file.content) return false
  // Whatever was uploaded is shown as text: it must not run as a page here.
  response.writeHead(200, {
    'content-type': 'text/plain; charset=utf-8',
    'x-content-type-options': 'nosniff',
  })
  response.end(file.content)
  return true
}

async function content(request: IncomingMessage): Promise<Buffer> {
  const body = await readBody(request)
  const type = request.headers['content-type'] ?? ''
  if (!type.startsWith('multipart/form-data')) return body
  for (const value of (await parseMultipart(type, body)).values()) {
    return typeof value === 'string' ? Buffer.from(value) : Buffer.from(await value.arrayBuffer())
  }
  return Buffer.alloc(0)
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import { parseMultipart, readBody } from './http-body.ts'
import type { World } from './types.ts'

/**
 * `POST /upload/ID` takes a file's content, raw or as a form; `GET /files/ID/NAME` gives it back once it is shared. What people
 * uploaded is at `/files-pri/TEAM-ID/NAME`, for the bot's token, where the bot is a member; else there is a page for signing in.
 */
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
  if (kind === 'files-pri' && request.method === 'GET') {
    giveUpload(world, id.split('-')[1] ?? '', request, response)
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

function giveUpload(world: World, id: string, request: IncomingMessage, response: ServerResponse): void {
  const file = world.files.get(id)
  const mayRead = /^Bearer xoxb-./.test(request.headers.authorization ?? '')
  const member = world.channels.get(file?.channel ?? '')?.botIsMember
  const args = { file: id }
  world.calls.push({ method: 'url_private', at: Date.now(), args, ok: mayRead && member === true })
  if (!mayRead || !member)
    response.writeHead(302, { location: `${world.baseUrl}/signin`, 'content-type': 'text/html' }).end()
  else response.writeHead(200, { 'content-type': file?.mimetype ?? 'text/plain' }).end(file?.content)
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

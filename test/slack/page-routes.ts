import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Driver } from './driver.ts'
import { readBody, sendJson } from './http-body.ts'
import { streamChanges } from './page-stream.ts'
import { addEphemeral } from './state.ts'
import type { World } from './types.ts'

const types: Record<string, string> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
}

// The page loads nothing from anywhere else and can't be framed.
const pageHeaders = {
  'content-security-policy':
    "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
}

/** Serves the page, links to messages (as chat.getPermalink writes them), its files, its stream of changes, and what its users do; false when the path is none of these. */
export async function servePage(
  world: World,
  driver: Driver,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  if (request.method === 'GET' && path === '/page/stream') {
    streamChanges(world, request, response)
    return true
  }
  if (request.method === 'POST' && path.startsWith('/page/')) {
    await serveDeed(world, driver, path.slice('/page/'.length), request, response)
    return true
  }
  const linked = /^\/archives\/(\w+)\/p(\d+)(\d{6})$/.exec(path)
  if (request.method === 'GET' && linked) {
    const [, channel = '', seconds, micros] = linked
    const asked = new URL(request.url ?? '', world.baseUrl).searchParams.get('thread_ts')
    const place = new URLSearchParams({ channel, thread: asked ?? `${seconds}.${micros}` })
    response.writeHead(302, { location: `/?${place}` }).end()
    return true
  }
  const name = path === '/' ? 'index.html' : /^\/page\/([a-z-]+\.(?:js|css|svg))$/.exec(path)?.[1]
  if (request.method !== 'GET' || !name) return false
  const content = await readFile(new URL(`./page/${name}`, import.meta.url)).catch(() => undefined)
  if (!content) return false
  response.writeHead(200, { 'content-type': types[name.split('.').at(-1)!]!, ...pageHeaders }).end(content)
  return true
}

type Deed = Record<string, string> & { values?: Record<string, string> }

async function serveDeed(
  world: World,
  driver: Driver,
  name: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const origin = request.headers.origin
  // Another site that is open in the same browser must not act here.
  if (origin && origin !== `http://${request.headers.host}`)
    return sendJson(response, 403, { error: 'wrong origin' })
  if (!request.headers['content-type']?.startsWith('application/json'))
    return sendJson(response, 415, { error: 'send JSON' })
  const deed = deeds[name]
  if (!deed) return sendJson(response, 404, { error: 'unknown' })
  try {
    const body = JSON.parse((await readBody(request)).toString()) as Deed
    sendJson(response, 200, (await deed(world, driver, body)) ?? {})
  } catch (error) {
    sendJson(response, 400, { error: error instanceof Error ? error.message : String(error) })
  }
}

const deeds: Record<string, (world: World, driver: Driver, body: Deed) => Promise<unknown>> = {
  async send(world, driver, { user = '', channel = '', text = '', threadTs }) {
    const isCommand = text.startsWith('/')
    if (!isCommand) return void driver.say(user, channel, text, threadTs || undefined)
    const [command, ...rest] = text.split(/\s+/)
    const complain = (complaint: string) =>
      addEphemeral(world, {
        channel,
        visibleTo: user,
        user: 'USLACKBOT',
        text: complaint,
        ...(threadTs && { thread_ts: threadTs }),
      })
    if (command !== world.command)
      complain(`\`${command}\` is not a valid command. Here you can use \`${world.command}\`.`)
    else if (threadTs) {
      complain(
        `\`${command}\` can’t be used in a thread (in Slack, too). Write \`@${world.bot.name} ${rest.join(' ')}\` instead.`,
      )
    } else await driver.command(user, channel, text.slice(world.command.length).trim())
  },
  async click(_world, driver, { user = '', channel = '', ts = '', actionId = '', blockId = '', option }) {
    await driver.click(user, channel, ts, actionId, { blockId, ...(option && { option }) })
  },
  async shortcut(_world, driver, { user = '', channel = '', ts = '', callbackId = '' }) {
    await driver.shortcut(user, channel, ts, callbackId)
  },
  submit: async (_world, driver, { user = '', viewId = '', values = {} }) => {
    const { delivery: _delivery, ...ended } = await driver.submitView(user, viewId, values)
    return ended
  },
  close: async (_world, driver, { user = '', viewId = '' }) => driver.closeView(user, viewId),
  'click-in-view': async (_world, driver, { user = '', viewId = '', actionId = '', option }) => {
    await driver.clickInView(user, viewId, actionId, option)
  },
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import { readBody } from './http-body.ts'
import { newId } from './ids.ts'
import { addEphemeral, findMessage, removeEphemeral, removeMessage, tell, withIds } from './state.ts'
import type { Message, ResponseUrl, World } from './types.ts'
import { changeMessage, postAsBot } from './web-api/chat.ts'
import { type Content, readContent } from './web-api/content.ts'
import { type Api, passGate } from './web-api/gate.ts'
import { type Answer, type Args, done, flagArg, refuse, textArg } from './web-api/method.ts'

const thirtyMinutesMs = 30 * 60_000

/** A url that lets the app answer a command or a click: five times, for thirty minutes. */
export function newResponseUrl(world: World, fields: Omit<ResponseUrl, 'expiresAt' | 'usesLeft'>): string {
  const id = newId('')
  world.responseUrls.set(id, { ...fields, expiresAt: Date.now() + thirtyMinutesMs, usesLeft: 5 })
  return `${world.baseUrl}/respond/${id}`
}

/** Serves `POST /respond/ID`; in the log of calls, and for faults, its method is `response_url`. */
export async function serveResponseUrl(
  api: Api,
  id: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const args = parse(await readBody(request))
  passGate(api, { method: 'response_url', args: args ?? {} }, { request, response }, () => {
    const target = api.world.responseUrls.get(id)
    if (!target || target.expiresAt < Date.now()) return { status: 404, answer: refuse('expired_url') }
    if (target.usesLeft === 0) return { status: 404, answer: refuse('used_url') }
    if (!args) return { status: 400, answer: refuse('invalid_payload') }
    target.usesLeft -= 1
    const answer = answerThrough(api.world, target, args)
    return { status: answer.ok ? 200 : 400, answer }
  })
}

function parse(body: Buffer): Args | undefined {
  try {
    return JSON.parse(body.toString()) as Args
  } catch {
    return undefined
  }
}

/** Shows what an app answered to a command or click: through the url, or in the body of an ack. */
export function answerThrough(world: World, target: ResponseUrl, args: Args): Answer {
  const original = findOriginal(world, target)
  if (flagArg(args, 'delete_original')) {
    if (original && 'visibleTo' in original) removeEphemeral(world, original)
    else if (original) removeMessage(world, original)
    return done()
  }
  const read = readContent(args)
  if ('refusal' in read) return read.refusal
  if (flagArg(args, 'replace_original') && original) {
    if ('visibleTo' in original) replaceEphemeral(world, original, read.content)
    else changeMessage(world, original, args, read.content)
    return done()
  }
  const threadTs = textArg(args, 'thread_ts') ?? target.threadTs
  const where = threadTs ? { thread_ts: threadTs } : {}
  const { text, blocks } = read.content
  if (textArg(args, 'response_type') === 'in_channel')
    postAsBot(world, target.channel, { ...read.content, ...where })
  else {
    const who = { channel: target.channel, visibleTo: target.user, user: world.bot.userId }
    addEphemeral(world, { ...who, text, ...(blocks && { blocks }), ...where })
  }
  return done()
}

function findOriginal(world: World, { original, channel }: ResponseUrl) {
  if (!original) return undefined
  if (!original.ephemeral) return findMessage(world, channel, original.ts) as Message | undefined
  return world.ephemerals.find((each) => each.ts === original.ts)
}

function replaceEphemeral(world: World, shown: World['ephemerals'][number], content: Content): void {
  shown.text = content.text
  if (content.blocks) shown.blocks = withIds(content.blocks)
  else delete shown.blocks
  tell(world, { kind: 'ephemeral', ephemeral: shown })
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import { readArguments, readBody } from '../http-body.ts'
import { basicMethods } from './basics.ts'
import { chatMethods } from './chat.ts'
import { conversationMethods } from './conversations.ts'
import { fileMethods } from './files.ts'
import { type Api, passGate } from './gate.ts'
import { type Answer, type Args, type Method, refuse } from './method.ts'
import { viewMethods } from './views.ts'

const methods: Record<string, Method> = {
  ...basicMethods,
  ...chatMethods,
  ...conversationMethods,
  ...fileMethods,
  ...viewMethods,
}

/** Serves `POST /api/METHOD`. */
export async function serveWebApi(
  api: Api,
  method: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const read = await readArguments(request.headers['content-type'] ?? '', await readBody(request))
  const { token: bodyToken, ...args } = 'args' in read ? read.args : ({} as Args)
  const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? bodyToken
  passGate(api, { method, args }, { request, response }, () => ({
    status: 200,
    answer: 'error' in read ? refuse(read.error) : answerCall(api, method, token, args),
  }))
}

function answerCall(api: Api, method: string, token: unknown, args: Args): Answer {
  const opensConnection = method === 'apps.connections.open'
  if (!opensConnection && !methods[method]) return refuse('unknown_method')
  if (typeof token !== 'string' || token === '') return refuse('not_authed')
  if (!/^(xoxb|xapp)-./.test(token)) return refuse('invalid_auth')
  if (token.startsWith('xapp-') !== opensConnection) return refuse('not_allowed_token_type')
  return opensConnection ? api.openConnection() : methods[method]!(api.world, args)
}

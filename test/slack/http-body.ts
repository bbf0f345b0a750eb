import type { IncomingMessage, ServerResponse } from 'node:http'

const maxBytes = 10 * 1024 * 1024

/** The whole body of a request; rejects when it is larger than 10 MB. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBytes) throw new Error(`request body is larger than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** Why a body could not be read, as Slack's error code. */
export type BodyError = 'invalid_json' | 'json_not_object' | 'invalid_form_data'

/**
 * Arguments of a Web API call. JSON bodies are taken as they are; in forms, values that hold JSON arrays or
 * objects are parsed, because clients send `blocks` and the like as JSON inside a form.
 */
export async function readArguments(
  contentType: string,
  body: Buffer,
): Promise<{ args: Record<string, unknown> } | { error: BodyError }> {
  if (contentType.startsWith('application/json')) return fromJson(body.toString())
  if (contentType.startsWith('multipart/form-data')) {
    const form = await parseMultipart(contentType, body)
    return { args: Object.fromEntries([...form].filter(([, value]) => typeof value === 'string')) }
  }
  if (body.length > 0 && !contentType.startsWith('application/x-www-form-urlencoded')) {
    return { error: 'invalid_form_data' }
  }
  const entries = [...new URLSearchParams(body.toString())]
  return { args: Object.fromEntries(entries.map(([key, value]) => [key, unwrap(key, value)])) }
}

/** Parts of a multipart body: strings, and files as Blob. */
export async function parseMultipart(contentType: string, body: Buffer): Promise<FormData> {
  return new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData()
}

function fromJson(text: string): { args: Record<string, unknown> } | { error: BodyError } {
  try {
    const args: unknown = JSON.parse(text)
    if (typeof args !== 'object' || args === null || Array.isArray(args)) return { error: 'json_not_object' }
    return { args: args as Record<string, unknown> }
  } catch {
    return { error: 'invalid_json' }
  }
}

const structured = new Set(['blocks', 'attachments', 'metadata', 'view', 'files'])

// An unreadable value stays a string, so that the method can refuse it by name.
function unwrap(key: string, value: string): unknown {
  if (!structured.has(key)) return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}

/** Answers with JSON; never throws when the client has gone. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
  response.end(JSON.stringify(body))
}

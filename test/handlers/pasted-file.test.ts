import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { WebClient } from '@slack/web-api'
import { afterAll, describe, expect, test } from 'vitest'
import { FileRefused, readSlackFile } from '../../handlers/pasted-file.ts'

const servers: { close(): void }[] = []
afterAll(() => {
  for (const server of servers) server.close()
})

async function serving(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  servers.push(server)
  await new Promise((resolve) => server.once('listening', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const client = (base: string, info?: unknown) =>
  ({
    token: 'xoxb-secret',
    slackApiUrl: `${base}/api/`,
    files: { info: async () => info },
  }) as unknown as WebClient

async function contentOf(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  let text = ''
  for await (const piece of pieces) text += Buffer.from(piece).toString()
  return text
}

describe('an uploaded file', () => {
  test('is fetched with the bot’s token', async () => {
    const base = await serving(({ headers }, response) => response.end(`hello ${headers.authorization}`))
    const file = { id: 'F1', name: 'a.log', mimetype: 'text/plain', url_private: `${base}/a` }
    expect(await contentOf(await readSlackFile(client(base), file))).toBe('hello Bearer xoxb-secret')
  })

  test('is asked for when the message does not describe it', async () => {
    const base = await serving((_, response) => response.end('hello'))
    const described = { file: { id: 'F1', name: 'a.log', mimetype: 'text/plain', url_private: `${base}/a` } }
    const entry = { id: 'F1', file_access: 'check_file_info' }
    expect(await contentOf(await readSlackFile(client(base, described), entry))).toBe('hello')
  })

  test('never sends the token to another site', async () => {
    let asked = 0
    const elsewhere = await serving((_, response) => {
      asked += 1
      response.end()
    })
    const file = { name: 'a.log', mimetype: 'text/plain' }
    for (const url of [
      `${elsewhere}/x`,
      'https://evil-slack.com/x',
      'http://files.slack.com/x',
      'https://slack.com.evil.example/x',
    ])
      await expect(readSlackFile(client('https://slack.com'), { ...file, url_private: url })).rejects.toThrow(
        /is not Slack's/,
      )
    expect(asked).toBe(0)
  })

  test.each<[string, RequestListener, RegExp]>([
    [
      'a page for signing in',
      (_, response) => response.writeHead(302, { location: '/signin' }).end(),
      /files:read/,
    ],
    [
      'such a page without a redirect',
      (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
      /files:read/,
    ],
    ['an error', (_, response) => response.writeHead(404).end(), /404/],
  ])('is refused in words when Slack gives %s', async (_, listener, words) => {
    const base = await serving(listener)
    const file = { name: 'a.log', mimetype: 'text/plain', url_private: `${base}/a` }
    const reading = readSlackFile(client(base), file)
    await expect(reading).rejects.toThrow(words)
    await expect(reading).rejects.toBeInstanceOf(FileRefused)
  })

  test('is refused when it turns out larger than it said', async () => {
    const base = await serving((_, response) => response.end(Buffer.alloc(20_000_001)))
    const file = { name: 'a.log', mimetype: 'text/plain', size: 5, url_private: `${base}/a` }
    await expect(readSlackFile(client(base), file).then(contentOf)).rejects.toThrow(
      /too large.*`unwedge triage FILE`/,
    )
  })

  test.each([
    [{ name: 'x', mimetype: 'application/pdf', url_private: 'https://files.slack.com/x' }, /is no text/],
    [{ name: 'x', is_external: true, url_private: 'https://drive.example/x' }, /not kept by Slack/],
  ])('is refused when it is %o', async (file, words) => {
    await expect(readSlackFile(client('https://slack.com'), file)).rejects.toThrow(words)
  })
})

import { setTimeout as delay } from 'node:timers/promises'
import { WebClient } from '@slack/web-api'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { channels, incident, lin, silent, users } from './bolt-app.ts'
import { type SlackOptions, startSlack, type TestSlack } from './server.ts'

let slack: TestSlack
let client: WebClient

async function start(options: Partial<SlackOptions> = {}) {
  await slack?.stop()
  slack = await startSlack({ users, channels, ...options })
  client = connect('xoxb-test')
}
const connect = (token: string, retries = 0) =>
  new WebClient(token, {
    slackApiUrl: slack.apiUrl,
    retryConfig: { retries, minTimeout: 10 },
    rejectRateLimitedCalls: true,
    logger: silent,
  })

beforeEach(() => start())
afterEach(async () => {
  await slack.stop()
  slack = undefined as never
})

const post = (fields: object) => client.chat.postMessage({ channel: incident, text: 'x', ...fields } as never)
const refusedWith = (error: string) => ({ data: { ok: false, error } })

test('a lost response leaves a stored message behind; a client that retries posts it twice', async () => {
  slack.fail('chat.postMessage', { times: 1, mode: 'lost-response' })
  await expect(post({ text: 'once' })).rejects.toThrow()
  expect(slack.messages(incident)).toMatchObject([{ text: 'once' }])
  slack.fail('chat.postMessage', { times: 1, mode: 'lost-response' })
  await connect('xoxb-test', 1).chat.postMessage({ channel: incident, text: 'twice' })
  expect(slack.messages(incident).filter(({ text }) => text === 'twice')).toHaveLength(2)
  expect(slack.calls.map(({ fault }) => fault)).toEqual(['lost-response', 'lost-response', undefined])
})

test.each(['http500', 'refuse', 'ratelimited'] as const)(
  'the fault %s does nothing and ends after its times',
  async (mode) => {
    slack.fail('chat.postMessage', { times: 1, mode, retryAfter: 7 })
    const refused = await post({}).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(Error)
    if (mode === 'ratelimited') expect(refused).toMatchObject({ retryAfter: 7 })
    expect(slack.messages(incident)).toEqual([])
    await post({})
    expect(slack.messages(incident)).toHaveLength(1)
  },
)

test('a sixth post to one channel within a second is told to wait; other channels are not', async () => {
  await start({ strictRates: true, channels: [...channels, { id: 'C0STORAGE1', name: 'storage' }] })
  for (let count = 0; count < 5; count += 1) await post({})
  await expect(post({})).rejects.toMatchObject({ retryAfter: 1 })
  await client.chat.postMessage({ channel: 'C0STORAGE1', text: 'x' })
})

test('who comes before the time that Slack asked for is refused again, and it is on record', async () => {
  await start({ strictRates: true, rates: { updatePerMinute: 30 } })
  const { ts } = await post({})
  const update = () => client.chat.update({ channel: incident, ts: ts!, text: 'y' })
  for (let count = 0; count < 30; count += 1) await update()
  await expect(update()).rejects.toMatchObject({ retryAfter: 2 })
  await delay(1500)
  // by now there is room for one more, but two seconds were asked for
  await expect(update()).rejects.toMatchObject({ retryAfter: 1 })
  await delay(1000)
  await update()
  const updates = slack.calls.filter(({ method }) => method === 'chat.update')
  expect(updates.map(({ ok, tooEarly = false }) => ({ ok, tooEarly })).slice(-3)).toEqual([
    { ok: false, tooEarly: false },
    { ok: false, tooEarly: true },
    { ok: true, tooEarly: false },
  ])
})

test('updates are limited per channel and minute', async () => {
  await start({ strictRates: true, rates: { updatePerMinute: 2 } })
  const { ts } = await post({})
  const update = () => client.chat.update({ channel: incident, ts: ts!, text: 'y' })
  await update()
  await update()
  await expect(update()).rejects.toMatchObject({ retryAfter: expect.any(Number) })
})

test('metadata is returned only to those who ask for it, page by page', async () => {
  const { ts } = await post({ text: 'first' })
  const metadata = { event_type: 'report', event_payload: { key: 'k-1' } }
  for (const text of ['a', 'b', 'c']) await post({ text, thread_ts: ts, metadata })
  const page = await client.conversations.replies({
    channel: incident,
    ts: ts!,
    limit: 3,
    include_all_metadata: true,
  })
  expect(page.messages?.map(({ text }) => text)).toEqual(['first', 'a', 'b'])
  expect(page.messages?.[1]).toMatchObject({ metadata })
  const cursor = page.response_metadata!.next_cursor!
  const rest = await client.conversations.replies({ channel: incident, ts: ts!, cursor })
  expect(rest.messages).toMatchObject([{ text: 'c' }])
  expect(rest.messages?.[0]).not.toHaveProperty('metadata')
  const history = await client.conversations.history({ channel: incident })
  expect(history.messages).toMatchObject([{ text: 'first', reply_count: 3 }])
  const newer = await client.conversations.replies({
    channel: incident,
    ts: ts!,
    oldest: page.messages![1]!.ts!,
  })
  expect(newer.messages?.map(({ text }) => text)).toEqual(['b', 'c'])
})

test('text without blocks takes the blocks away; metadata stays until it is replaced', async () => {
  const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: 'hi' } }]
  const metadata = { event_type: 'report', event_payload: {} }
  const { ts } = await post({ blocks, metadata })
  await client.chat.update({ channel: incident, ts: ts!, text: 'plain' })
  expect(slack.messages(incident)[0]).toMatchObject({ text: 'plain', metadata, edited: expect.anything() })
  expect(slack.messages(incident)[0]).not.toHaveProperty('blocks')
})

test('refuses to change what a person wrote, and what is not there', async () => {
  const { ts } = await slack.say(lin, incident, 'mine')
  await expect(client.chat.update({ channel: incident, ts, text: 'x' })).rejects.toMatchObject(
    refusedWith('cant_update_message'),
  )
  await expect(client.chat.delete({ channel: incident, ts })).rejects.toMatchObject(
    refusedWith('cant_delete_message'),
  )
  await expect(client.chat.update({ channel: incident, ts: '1.000001', text: 'x' })).rejects.toMatchObject(
    refusedWith('message_not_found'),
  )
})

test.each<[string, object, string]>([
  ['no text at all', { text: '' }, 'no_text'],
  ['an unknown channel', { channel: 'C404' }, 'channel_not_found'],
  ['a channel without the bot', { channel: 'C0OUTSIDE1' }, 'not_in_channel'],
  ['more than 40,000 characters', { text: 'x'.repeat(40_001) }, 'msg_too_long'],
  ['a thread that is not there', { thread_ts: '1.000001' }, 'invalid_thread_ts'],
  ['metadata without a type', { metadata: { event_payload: {} } }, 'invalid_metadata_schema'],
  ['blocks that are no list', { blocks: '{"a":1}' }, 'invalid_blocks_format'],
  ['an unknown block', { blocks: [{ type: 'video_wall' }] }, 'invalid_blocks'],
  [
    'more than 13,200 characters in all',
    {
      blocks: Array.from({ length: 5 }, () => ({
        type: 'section',
        text: { type: 'mrkdwn', text: 'x'.repeat(2900) },
      })),
    },
    'msg_blocks_too_long',
  ],
])('refuses %s', async (_what, fields, error) => {
  await expect(post(fields)).rejects.toMatchObject(refusedWith(error))
  expect(slack.messages(incident)).toEqual([])
})

test('says which block it refuses and why', async () => {
  const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: 'x'.repeat(3001) } }]
  await expect(post({ blocks })).rejects.toMatchObject({
    data: {
      response_metadata: {
        messages: ['[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]'],
      },
    },
  })
})

test.each([
  ['', 'not_authed'],
  ['secret', 'invalid_auth'],
  ['xapp-1', 'not_allowed_token_type'],
])('refuses the token “%s” with %s', async (token, error) => {
  const headers = { authorization: `Bearer ${token}` }
  const answer = await fetch(`${slack.apiUrl}auth.test`, { method: 'POST', headers })
  expect(await answer.json()).toMatchObject({ ok: false, error })
})

test('knows who the bot is, who people are, and no method it was not taught', async () => {
  expect(await client.auth.test()).toMatchObject({ user_id: slack.bot.userId, team_id: expect.any(String) })
  expect(await client.users.info({ user: lin })).toMatchObject({ user: { name: 'lin', is_bot: false } })
  await expect(client.apiCall('chat.teleport')).rejects.toMatchObject(refusedWith('unknown_method'))
})

test('takes JSON bodies, too', async () => {
  const answer = await fetch(`${slack.apiUrl}chat.postMessage`, {
    method: 'POST',
    headers: { authorization: 'Bearer xoxb-1', 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify({ channel: incident, text: 'json' }),
  })
  expect(await answer.json()).toMatchObject({ ok: true, message: { text: 'json' } })
})

test('takes a file in three steps and serves it as text', async () => {
  const { ts } = await post({})
  await client.filesUploadV2({
    channel_id: incident,
    thread_ts: ts!,
    filename: 'raw.html',
    content: '<b>raw</b>',
  })
  const [, shared] = slack.messages(incident, ts)
  const [file] = shared?.files ?? []
  expect(file).toMatchObject({ name: 'raw.html', size: 10 })
  const content = await fetch(file!.url)
  expect(content.headers.get('content-type')).toContain('text/plain')
  expect(await content.text()).toBe('<b>raw</b>')
})

test('marks a message with a reaction once; opens a direct message; shows an ephemeral to one person', async () => {
  const { ts } = await post({})
  const react = () => client.reactions.add({ channel: incident, timestamp: ts!, name: 'eyes' })
  await react()
  await expect(react()).rejects.toMatchObject(refusedWith('already_reacted'))
  const { channel } = await client.conversations.open({ users: lin })
  await client.chat.postMessage({ channel: channel!.id!, text: 'psst' })
  expect(slack.messages(channel!.id!)).toMatchObject([{ text: 'psst' }])
  await client.chat.postEphemeral({ channel: incident, user: lin, text: 'only you' })
  expect(slack.ephemerals(lin)).toMatchObject([{ text: 'only you' }])
})

test('a response url works five times', async () => {
  const { payload } = await slack.command(lin, incident, 'x')
  const respond = () =>
    fetch(String(payload.response_url), { method: 'POST', body: JSON.stringify({ text: 'late' }) })
  const statuses: number[] = []
  for (let count = 0; count < 6; count += 1) statuses.push((await respond()).status)
  expect(statuses).toEqual([200, 200, 200, 200, 200, 404])
})

test('a response url can lose its answer, too, and refuses what a message could not hold', async () => {
  const { payload } = await slack.command(lin, incident, 'x')
  const url = String(payload.response_url)
  slack.fail('response_url', { times: 1, mode: 'lost-response' })
  await expect(fetch(url, { method: 'POST', body: JSON.stringify({ text: 'late' }) })).rejects.toThrow()
  expect(slack.ephemerals(lin).at(-1)).toMatchObject({ text: 'late' })
  const bad = await fetch(url, { method: 'POST', body: JSON.stringify({ blocks: [{ type: 'wall' }] }) })
  expect(bad.status).toBe(400)
  expect(slack.calls.at(-1)).toMatchObject({ method: 'response_url', ok: false, error: 'invalid_blocks' })
})

test('answers only to its own name', async () => {
  const { request } = await import('node:http')
  const status = await new Promise((resolve) => {
    request(slack.url, { headers: { host: 'evil.example' } }, (response) =>
      resolve(response.resume().statusCode),
    ).end()
  })
  expect(status).toBe(421)
})

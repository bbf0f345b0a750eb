import { afterEach, expect, test } from 'vitest'
import { incident, lin, type Pair, startSocketPair } from './bolt-app.ts'

let pair: Pair
afterEach(() => pair?.stop())

const outside = 'C0OUTSIDE1'
const log = { name: 'a.log', content: 'hello' }

/** What the bot would see of it. */
async function upload(channel: string) {
  pair = await startSocketPair(() => {})
  const { ts } = await pair.slack.upload(lin, channel, [log])
  return pair.slack.messages(channel).find((message) => message.ts === ts)!.files![0]!
}
const asBot = { headers: { authorization: 'Bearer xoxb-test' } }

test('a message shortcut carries the message, and is acknowledged like a click', async () => {
  const heard: Record<string, unknown>[] = []
  pair = await startSocketPair((app) => {
    app.shortcut('explain', async ({ shortcut, ack, respond }) => {
      heard.push(shortcut as unknown as Record<string, unknown>)
      await ack()
      await respond({ response_type: 'ephemeral', text: 'only you' })
    })
  })
  const { ts } = await pair.slack.say(lin, incident, 'watcher=1 <x>')
  expect(await pair.slack.shortcut(lin, incident, ts, 'explain')).toMatchObject({ acked: true })
  expect(heard).toMatchObject([
    {
      type: 'message_action',
      callback_id: 'explain',
      message_ts: ts,
      channel: { id: incident },
      message: { ts, text: 'watcher=1 &lt;x&gt;' },
    },
  ])
  await expect.poll(() => pair.slack.ephemerals(lin)).toMatchObject([{ text: 'only you' }])
  await expect(pair.slack.shortcut(lin, incident, ts, 'other')).rejects.toThrow(
    /has no message shortcut other/,
  )
  await expect(pair.slack.shortcut(lin, incident, '1.2', 'explain')).rejects.toThrow(/sees no message/)
})

test('a mention with a file describes the file', async () => {
  const heard: Record<string, unknown>[] = []
  pair = await startSocketPair((app) => {
    app.event(
      'app_mention',
      async ({ event }) => void heard.push(event as unknown as Record<string, unknown>),
    )
  })
  await pair.slack.upload(lin, incident, [log], `@${pair.slack.bot.name} explain`)
  await expect
    .poll(() => heard)
    .toMatchObject([{ files: [{ name: 'a.log', mimetype: 'text/plain', size: 5, mode: 'hosted' }] }])
})

test('an uploaded file is for the token of a bot that is in the channel; others get a page for signing in', async () => {
  const file = await upload(incident)
  const given = await fetch(file.url_private!, asBot)
  expect([given.status, await given.text()]).toEqual([200, 'hello'])
  const refused = await fetch(file.url_private!, { redirect: 'manual' })
  expect([refused.status, refused.headers.get('content-type')]).toEqual([302, 'text/html'])
  expect(pair.slack.calls.filter(({ method }) => method === 'url_private').map(({ ok }) => ok)).toEqual([
    true,
    false,
  ])
  expect(await pair.app.client.files.info({ file: file.id })).toMatchObject({
    file: { name: 'a.log', url_private: file.url_private },
  })
})

test('a file of a channel without the bot is not there for it', async () => {
  const file = await upload(outside)
  expect((await fetch(file.url_private!, { ...asBot, redirect: 'manual' })).status).toBe(302)
  await expect(pair.app.client.files.info({ file: file.id })).rejects.toThrow(/file_not_found/)
})

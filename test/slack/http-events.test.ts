import { afterEach, expect, test } from 'vitest'
import { incident, lin, type Pair, startHttpPair } from './bolt-app.ts'

let pair: Pair
afterEach(() => pair.stop())

test('a command, a click and a mention reach a Bolt app by signed requests', async () => {
  const heard: string[] = []
  pair = await startHttpPair((app) => {
    app.command('/unwedge', async ({ ack, respond }) => {
      await ack('Looking …')
      const button = {
        type: 'button' as const,
        action_id: 'go',
        text: { type: 'plain_text' as const, text: 'Go' },
      }
      await respond({
        response_type: 'in_channel',
        text: 'found',
        blocks: [{ type: 'actions', elements: [button] }],
      })
    })
    app.action('go', async ({ ack }) => {
      await ack()
      heard.push('click')
    })
    app.event('app_mention', async ({ event }) => void heard.push(event.text))
  })
  expect(await pair.slack.command(lin, incident, 'check')).toMatchObject({ response: { text: 'Looking …' } })
  const { ts } = await pair.slack.waitFor((message) => message.text === 'found')
  expect(await pair.slack.click(lin, incident, ts, 'Go')).toMatchObject({ acked: true })
  expect(await pair.slack.mention(lin, incident, 'hi')).toMatchObject({ acked: true })
  await expect.poll(() => heard).toEqual(['click', `<@${pair.slack.bot.userId}> hi`])
  expect(pair.slack.ephemerals(lin)).toMatchObject([{ text: 'Looking …' }])
})

test('an app with another signing secret refuses everything; an event is tried four times in all', async () => {
  const options = { eventRetriesMs: [10, 10, 10] }
  pair = await startHttpPair(() => undefined, options, 'some-other-secret')
  expect(await pair.slack.mention(lin, incident, 'hi')).toMatchObject({ acked: false })
  expect(await pair.slack.command(lin, incident, 'x')).toMatchObject({ acked: false })
  expect(pair.slack.timeouts.map(({ kind, reason }) => `${kind} ${reason}`)).toEqual([
    'events_api http-error',
    'slash_commands http-error',
  ])
})

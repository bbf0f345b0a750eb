import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { incident, lin, mei, type Pair, startSocketPair } from './bolt-app.ts'
import { startSlack } from './server.ts'

let pair: Pair
afterEach(() => pair?.stop())

const approve = {
  type: 'button' as const,
  text: { type: 'plain_text' as const, text: 'Approve' },
  action_id: 'approve',
  value: 'a-1',
  confirm: {
    title: { type: 'plain_text' as const, text: 'Block it?' },
    text: { type: 'mrkdwn' as const, text: '`ceph osd blocklist add`' },
    confirm: { type: 'plain_text' as const, text: 'Block' },
    deny: { type: 'plain_text' as const, text: 'Leave it' },
  },
}

test('a slash command reaches the app, and the text of its ack is shown to the one who typed it', async () => {
  const heard: Record<string, unknown>[] = []
  pair = await startSocketPair((app) => {
    app.command('/unwedge', async ({ command, ack }) => {
      heard.push(command)
      await ack('Looking …')
    })
  })
  const delivery = await pair.slack.command(lin, incident, 'check watchers <rbd>')
  expect(delivery).toMatchObject({ acked: true, response: { text: 'Looking …' } })
  expect(delivery.ackMs).toBeLessThan(1000)
  expect(heard[0]).toMatchObject({ text: 'check watchers &lt;rbd&gt;', user_id: lin, channel_id: incident })
  expect(pair.slack.ephemerals(lin)).toMatchObject([{ text: 'Looking …', user: pair.slack.bot.userId }])
  expect(pair.slack.ephemerals(mei)).toEqual([])
})

test('a command that nobody acknowledges shows up as “did not respond” after three seconds', async () => {
  pair = await startSocketPair((app) => {
    app.command('/unwedge', () => Promise.resolve())
  })
  const delivery = await pair.slack.command(lin, incident, 'check')
  expect(delivery.acked).toBe(false)
  expect(delivery.ackMs).toBeGreaterThanOrEqual(2990)
  expect(pair.slack.timeouts).toMatchObject([{ kind: 'slash_commands', reason: 'no-ack' }])
  expect(pair.slack.ephemerals(lin)[0]?.text).toContain('did not respond')
})

test('a click carries the message, the value and a trigger; denying the dialog sends nothing', async () => {
  const clicks: Record<string, unknown>[] = []
  pair = await startSocketPair((app) => {
    app.command('/unwedge', async ({ ack, client }) => {
      await ack()
      await client.chat.postMessage({
        channel: incident,
        text: 'found',
        blocks: [{ type: 'actions', elements: [approve] }],
      })
    })
    app.action('approve', async ({ body, ack, respond }) => {
      await ack()
      clicks.push(body as never)
      await respond({ text: 'approved', replace_original: true })
    })
  })
  await pair.slack.command(lin, incident, 'check')
  const { ts } = await pair.slack.waitFor((message) => message.text === 'found')
  expect(await pair.slack.click(mei, incident, ts, 'Approve', { confirm: false })).toMatchObject({
    sent: false,
  })
  expect(clicks).toEqual([])

  await pair.slack.click(mei, incident, ts, 'approve', { confirm: true })
  const changed = await pair.slack.waitFor((message) => message.text === 'approved')
  expect(changed).toMatchObject({ ts, edited: { user: pair.slack.bot.userId } })
  expect(changed.blocks).toBeUndefined()
  expect(clicks[0]).toMatchObject({
    type: 'block_actions',
    user: { id: mei },
    actions: [{ action_id: 'approve', value: 'a-1' }],
    container: { message_ts: ts, channel_id: incident },
    message: { ts, text: 'found' },
  })
})

test('a click on what is not there, or a confirmation that is not asked for, is an error that says what there is', async () => {
  pair = await startSocketPair(() => undefined)
  const { confirm: _confirm, ...plain } = approve
  const posted = await pair.app.client.chat.postMessage({
    channel: incident,
    text: 'x',
    blocks: [{ type: 'actions', elements: [plain] }],
  })
  await expect(pair.slack.click(mei, incident, posted.ts!, 'Reject')).rejects.toThrow('there is: Approve')
  await expect(pair.slack.click(mei, incident, posted.ts!, 'Approve', { confirm: true })).rejects.toThrow(
    'asks for no confirmation',
  )
})

test('a modal opens within the life of its trigger, refuses what the app refuses, and closes', async () => {
  const triggers: string[] = []
  const input = {
    type: 'input' as const,
    block_id: 'address',
    label: { type: 'plain_text' as const, text: 'Address' },
  }
  pair = await startSocketPair((app) => {
    app.command('/unwedge', async ({ ack, body, client }) => {
      await ack()
      triggers.push(body.trigger_id)
      const view = {
        type: 'modal' as const,
        callback_id: 'typed',
        title: { type: 'plain_text' as const, text: 'Type the address' },
        submit: { type: 'plain_text' as const, text: 'Block' },
        blocks: [{ ...input, element: { type: 'plain_text_input' as const, action_id: 'value' } }],
      }
      await client.views.open({ trigger_id: body.trigger_id, view })
    })
    app.view('typed', async ({ ack, view }) => {
      const typed = view.state.values.address?.value?.value
      if (typed === '10.0.0.1') await ack()
      else await ack({ response_action: 'errors', errors: { address: 'not this one' } })
    })
  })
  await pair.slack.command(lin, incident, 'x')
  await expect.poll(() => pair.slack.views(lin).length).toBe(1)
  const { id } = pair.slack.views(lin)[0]!
  expect(await pair.slack.submitView(lin, id, {})).toMatchObject({
    sent: false,
    errors: { address: expect.anything() },
  })
  expect(await pair.slack.submitView(lin, id, { address: 'b' })).toMatchObject({
    errors: { address: 'not this one' },
  })
  expect(await pair.slack.submitView(lin, id, { address: '10.0.0.1' })).toMatchObject({ closed: true })
  expect(pair.slack.views(lin)).toEqual([])
  const again = pair.app.client.views.open({ trigger_id: triggers[0]!, view: {} as never })
  await expect(again).rejects.toMatchObject({ data: { error: 'exchanged_trigger_id' } })
})

test('a mention in a thread carries the thread; the same event can come twice', async () => {
  const ids: string[] = []
  pair = await startSocketPair((app) => {
    app.event('app_mention', async ({ event, body, say }) => {
      ids.push(body.event_id)
      if (ids.length === 1) await say({ text: `heard ${event.text}`, thread_ts: event.thread_ts ?? event.ts })
    })
  })
  const first = await pair.slack.say(lin, incident, 'volume 7 hangs')
  const heard = await pair.slack.mention(lin, incident, 'check node1.example.com', first.ts)
  const reply = await pair.slack.waitFor((message) => message.text.startsWith('heard'))
  expect(reply.thread_ts).toBe(first.ts)
  expect(reply.text).toContain('<http://node1.example.com|node1.example.com>')
  expect(pair.slack.messages(incident)).toMatchObject([{ ts: first.ts, reply_count: 2 }])
  expect(pair.slack.messages(incident, first.ts)).toHaveLength(3)
  await pair.slack.redeliver(heard)
  await expect.poll(() => ids).toEqual([ids[0], ids[0]])
})

test('a refresh leaves one app without connection for a moment; it comes back, also after a cut', async () => {
  pair = await startSocketPair((app) => app.command('/unwedge', ({ ack }) => ack('here')), {}, 500)
  pair.slack.disconnect()
  expect(pair.slack.connections()).toBe(0)
  const missed = await pair.slack.command(lin, incident, 'x')
  expect(missed.acked).toBe(false)
  expect(pair.slack.timeouts).toMatchObject([{ reason: 'no-connection' }])
  await expect.poll(() => pair.slack.connections(), { timeout: 3000 }).toBe(1)
  pair.slack.dropSockets()
  await expect.poll(() => pair.slack.connections()).toBe(0)
  await expect.poll(() => pair.slack.connections(), { timeout: 3000 }).toBe(1)
  expect(await pair.slack.command(lin, incident, 'x')).toMatchObject({ acked: true })
})

test('an event waits for an app that comes back', async () => {
  const heard: (number | undefined)[] = []
  pair = await startSocketPair(
    (app) => {
      app.event('app_mention', async ({ context }) => void heard.push(context.retryNum))
    },
    { eventRetriesMs: [200, 800, 2000] },
    500,
  )
  pair.slack.dropSockets()
  await expect.poll(() => pair.slack.connections()).toBe(0)
  expect(await pair.slack.mention(lin, incident, 'still there?')).toMatchObject({ acked: true })
  await delay(50)
  expect(heard).toHaveLength(1)
  expect(heard[0]).toBeGreaterThan(0)
})

test('a bot outside a channel hears and says nothing there', async () => {
  pair = await startSocketPair(() => undefined)
  await expect(pair.slack.mention(lin, 'C0OUTSIDE1', 'hello')).rejects.toThrow('not a member')
  const post = pair.app.client.chat.postMessage({ channel: 'C0OUTSIDE1', text: 'x' })
  await expect(post).rejects.toMatchObject({ data: { error: 'not_in_channel' } })
})

test('a connection url works once', async () => {
  const slack = await startSlack({ users: [], channels: [] })
  const opened = await fetch(`${slack.apiUrl}apps.connections.open`, {
    method: 'POST',
    headers: { authorization: 'Bearer xapp-1' },
  })
  const { url } = (await opened.json()) as { url: string }
  const connect = () =>
    new Promise<string>((resolve) => {
      const socket = new WebSocket(url)
      socket.onmessage = ({ data }) => resolve(JSON.parse(String(data)).type)
      socket.onerror = () => resolve('refused')
    })
  expect(await connect()).toBe('hello')
  expect(await connect()).toBe('refused')
  await slack.stop()
  pair = undefined as never
})

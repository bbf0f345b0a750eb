import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import type { FaultMode } from '../slack/types.ts'
import {
  answerTo,
  approvalId,
  ask,
  buttons,
  check,
  checkLine,
  ending,
  keyOf,
  now,
  press,
  said,
  told,
  waitForMessage,
} from './conversation.ts'
import { incident, lin, mei, PATIENT, type Stand, startStand } from './stand.ts'

vi.setConfig(PATIENT)

let stand: Stand
beforeAll(async () => {
  stand = await startStand({
    clusters: ['demo', 'limited', 'lost'],
    later: ['worker'],
    config: { checks: { wait_minutes: 0.03 } },
  })
})
afterEach(() => stand.slack.heal())
afterAll(() => stand?.stop())

test('without a worker the first message says so, and then that nobody took it', async () => {
  const id = await ask(stand)
  const isRoot = (text: RegExp) => (message: { text: string }) => text.test(message.text)
  await waitForMessage(
    stand,
    isRoot(/No worker of cluster demo is running\. The check waits 2 s/),
    'a warning',
  )
  const end = await waitForMessage(stand, isRoot(/No answer about watchers/), 'the end')
  expect(keyOf(end)).toBe(`root-${id}`)
  expect(end.text).toMatch(/no worker of that cluster took it in time.*Nothing was changed/s)
  expect(buttons(end)).toEqual(['again'])
  await stand.worker.start()
})

const modes: [string, FaultMode, string][] = [
  ['limits', 'ratelimited', 'limited'],
  ['takes, but its answers are lost', 'lost-response', 'lost'],
]
test.each(modes)('what Slack %s is there once, and nothing is lost', async (_, mode, cluster) => {
  const before = said(stand).length
  stand.slack.fail('chat.postMessage', { times: 2, mode, retryAfter: 1 })
  stand.slack.fail('chat.update', { times: 1, mode, retryAfter: 1 })
  const answer = await check(stand, cluster)
  for (const method of ['chat.postMessage', 'chat.update'])
    stand.slack.fail(method, { times: 1, mode, retryAfter: 1 })
  await press(stand, answer.finding, 'approve', mei)
  const end = await ending(stand, approvalId(answer))
  expect(end.text).toMatch(/^\*Done\.\*/)
  await waitForMessage(
    stand,
    (message) => message.ts === answer.finding.ts && /\*Done\.\*/.test(message.text),
    'the finding with its decision',
  )
  expect(buttons(now(stand, answer.finding))).toEqual(['evidence', 'export', 'again'])
  expect(said(stand).length - before).toBe(3)
  expect(stand.slack.calls.filter(({ fault }) => fault === mode).length).toBeGreaterThanOrEqual(4)
})

test('while Slack is away altogether nothing is lost, and then it is there once', async () => {
  const before = said(stand).length
  stand.slack.fail('*', { times: 1_000_000, mode: 'http500' })
  const delivery = await stand.slack.command(lin, incident, checkLine('lost'))
  expect(delivery.acked).toBe(true)
  await expect
    .poll(() => stand.slack.calls.filter(({ fault }) => fault === 'http500').length, { timeout: 15_000 })
    .toBeGreaterThan(2)
  stand.slack.heal()
  const root = await waitForMessage(
    stand,
    (message) => keyOf(message).startsWith('root-') && message.text.includes('look right: one client'),
    'the answer',
  )
  await answerTo(stand, keyOf(root).replace('root-', ''))
  expect(said(stand).length - before).toBe(2)
})

test('with Redis down a command and a click are refused at once, clearly, and work again when it is back', async () => {
  const { finding } = await check(stand, 'lost')
  await stand.redis.kill()
  const before = said(stand).length
  const delivery = await stand.slack.command(lin, incident, checkLine())
  expect(delivery.acked, 'within the three seconds that Slack gives').toBe(true)
  expect(delivery.response?.text).toMatch(
    /Not taken: I can't reach my queue \(Redis\)\.\*.* else nothing was started/,
  )
  await press(stand, finding, 'again', mei)
  await expect.poll(() => told(stand, mei), { timeout: 5000 }).toMatch(/Not taken: I can't reach my queue/)
  expect(said(stand)).toHaveLength(before)
  await stand.redis.restart()
  // the bot finds it again by itself
  await expect
    .poll(async () => (await stand.slack.command(lin, incident, 'status')).response?.text, {
      timeout: 20_000,
    })
    .toMatch(/\*demo\*: 1 worker/)
  await check(stand, 'demo')
})

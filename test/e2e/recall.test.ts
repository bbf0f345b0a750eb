import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { PREFIX } from '../../jobs/redis/keys.ts'
import type { Message } from '../slack/server.ts'
import { type Answer, buttons, check, now, press, told, waitForMessage } from './conversation.ts'
import { freePort, incident, lin, mei, PATIENT, type Stand, startStand } from './stand.ts'

vi.setConfig(PATIENT)

let stand: Stand
let port: number
beforeAll(async () => {
  port = await freePort()
  stand = await startStand({
    clusters: ['demo', 'other'],
    botEnv: { TOKEN: 's3cret' },
    config: {
      alerts: { port, channel: incident, sources: { tickets: { kind: 'generic', secret_env: 'TOKEN' } } },
    },
  })
})
afterAll(() => stand?.stop())

async function send(body: object): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/alerts/tickets`, {
    method: 'POST',
    headers: { authorization: 'Bearer s3cret' },
    body: JSON.stringify(body),
  })
  expect(answer.status).toBe(200)
}

/** What `/unwedge status` says under this heading. */
async function status(heading: string): Promise<string> {
  const { response, ackMs } = await stand.slack.command(mei, incident, 'status')
  expect(ackMs).toBeLessThan(3000)
  const blocks = response?.blocks as { text?: { text: string } }[]
  return blocks.map(({ text }) => text?.text ?? '').find((text) => text.startsWith(`*${heading}*`)) ?? ''
}

const address = ({ channel, ts }: Message) => `archives/${channel}/p${ts.replace('.', '')}`

test('"status" finds the threads of alerts again, and the last checks', async () => {
  expect(await status('Alerts')).toBe('*Alerts*\nnone is open')
  expect(await status('Last checks')).toBe('*Last checks*\nnone yet')

  const ticket = {
    incident: 'ticket-7',
    status: 'firing',
    title: 'LUN 12 | <!here> is slow',
    startsAt: '2026-11-20T17:53:44Z',
  }
  await send(ticket)
  const root = await waitForMessage(stand, ({ text }) => text.includes('LUN 12'), 'the first message')
  const open = await status('Alerts')
  expect(open).toContain(
    `${stand.slack.url}${address(root)}|LUN 12 &lt;!here&gt; is slow>: 1 of 1 firing, since <!date^1795197224^`,
  )
  const link = /<(http[^|]+)\|/.exec(open)?.[1] ?? ''
  const followed = await fetch(link, { redirect: 'manual' })
  expect(followed.headers.get('location')).toBe(`/?channel=${incident}&thread=${root.ts}`)
  expect(open).not.toContain('muted')

  await press(stand, root, 'mute')
  const muted = await waitForMessage(
    stand,
    (message) => message.ts === root.ts && message.text.includes('muted until'),
    'that it is muted',
  )
  expect(buttons(muted), 'it is muted already').toEqual([])
  expect(await status('Alerts')).toMatch(/firing, since .*, muted until <!date/)

  const answer = await check(stand, 'demo')
  await stand.slack.mention(lin, incident, `check watchers rbd/nothing cluster=other`, root.ts)
  const inThread = await waitForMessage(
    stand,
    (message) => message.thread_ts === root.ts && message.text.includes('details in the thread'),
    'a check in the thread',
  )
  const checks = (await status('Last checks')).split('\n')
  expect(checks).toHaveLength(3)
  expect(checks[1]).toContain(`${address(inThread)}?thread_ts=${root.ts}&cid=${incident}|`)
  expect(checks[1]).toContain('*other*')
  expect(checks[2]).toContain(`${address(answer.root)}|A left-over watcher is on`)

  await send({ ...ticket, status: 'resolved', endsAt: '2026-11-20T18:53:44Z' })
  await expect.poll(() => status('Alerts'), { timeout: 10_000 }).toBe('*Alerts*\nnone is open')
})

const isFile =
  ({ root }: Answer, name: RegExp) =>
  (message: Message) =>
    message.thread_ts === root.ts && (message.files ?? []).some((file) => name.test(file.name))

test('"Export recording" puts a file into the thread from which the same findings come, once a press', async () => {
  const answer = await check(stand, 'demo')
  expect(buttons(answer.finding)).toEqual(['approve', 'reject', 'evidence', 'export', 'again'])
  const files = () => stand.slack.messages(incident, answer.root.ts).filter(isFile(answer, /./))
  const pressed = await press(stand, answer.finding, 'export')
  await stand.slack.redeliver(pressed)
  const posted = await waitForMessage(stand, isFile(answer, /^recording-c\w+\.json$/), 'the recording')
  await delay(500)
  expect(files()).toHaveLength(1)

  const file = join(stand.folder, 'exported.json')
  writeFileSync(file, await (await fetch(posted.files![0]!.url)).text())
  const replayed = await stand.cli('replay', file, '--json')
  expect(replayed.exitCode).toBe(1)
  const { findings } = JSON.parse(replayed.stdout) as { findings: { summary: string; details: string[] }[] }
  for (const text of findings.flatMap(({ summary, details }) => [summary, ...details]))
    expect(now(stand, answer.finding).text).toContain(text)

  await press(stand, answer.finding, 'export')
  await expect.poll(() => files().length, { timeout: 10_000 }).toBe(2)
})

test('a recording that is not kept any more is said to be gone', async () => {
  const answer = await check(stand, 'demo')
  const redis = await stand.redis.connect()
  await redis.hdel(`${PREFIX}:check:${answer.checkId}`, 'recording')
  await press(stand, answer.finding, 'export')
  await expect.poll(() => told(stand, mei), { timeout: 10_000 }).toMatch(/not kept any more/)
})

test('when Slack takes no file just now, whoever pressed is told when to press again', async () => {
  const answer = await check(stand, 'demo')
  stand.slack.fail('files.getUploadURLExternal', { times: 1, mode: 'ratelimited', retryAfter: 7 })
  await press(stand, answer.finding, 'export')
  await expect.poll(() => told(stand, mei), { timeout: 10_000 }).toContain('Press again in 7 s')
})

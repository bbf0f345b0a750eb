import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { buttons, HEADER, keyOf, said, waitForMessage } from './conversation.ts'
import { freePort, incident, lin, PATIENT, type Stand, startStand } from './stand.ts'

vi.setConfig(PATIENT)

let stand: Stand
let port: number

beforeAll(async () => {
  port = await freePort()
  stand = await startStand({
    approvers: [lin],
    botEnv: { ALERT_SECRET: 's3cret' },
    config: {
      alerts: {
        port,
        channel: incident,
        sources: { monitoring: { kind: 'generic', secret_env: 'ALERT_SECRET' } },
        rules: {
          'stuck-volume': {
            match: { alertname: 'RbdStuck' },
            check: 'check watchers {header} interval=2 cluster=demo',
          },
        },
      },
    },
  })
})
afterAll(() => stand?.stop())

const T = '2026-11-20T17:53:44Z'

async function send(body: object): Promise<number> {
  const headers = { authorization: 'Bearer s3cret' }
  const answer = await fetch(`http://127.0.0.1:${port}/alerts/monitoring`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  })
  return answer.status
}

const roots = () => said(stand, 'incident-').filter((message) => !keyOf(message).endsWith('-lines'))

test('an alert opens one thread that is already diagnosed, and its resolution marks it', async () => {
  const firing = {
    incident: 'ticket-1',
    status: 'firing',
    title: 'vol7 <!channel> is stuck',
    labels: { alertname: 'RbdStuck', header: HEADER },
    startsAt: T,
  }
  expect(await send(firing)).toBe(200)
  expect(await send(firing)).toBe(200)
  const root = await waitForMessage(
    stand,
    (message) => /^incident-i\w+-\d+$/.test(keyOf(message)),
    'the first message of the incident',
  )
  const finding = await waitForMessage(
    stand,
    (message) => keyOf(message).startsWith('finding-') && buttons(message).includes('approve'),
    'a finding with its button',
  )
  expect(finding.thread_ts).toBe(root.ts)
  expect(root.text).not.toContain('<!channel>')

  await stand.bot.stop()
  await stand.bot.start()
  expect(await send({ ...firing, status: 'resolved', endsAt: '2026-11-20T18:05:44Z' })).toBe(200)
  const resolved = await waitForMessage(
    stand,
    (message) => message.ts === root.ts && message.text.includes('Resolved'),
    'its resolution',
  )
  expect(resolved.text).toContain('after 12 min')
  expect(roots()).toHaveLength(1)
  expect(said(stand, 'finding-')).toHaveLength(1)
})

test('many incidents at once share a message, and none is lost', async () => {
  const sent = await Promise.all(
    Array.from({ length: 40 }, (_, n) =>
      send({ incident: `storm-${n}`, status: 'firing', title: `storm ${n}`, startsAt: T }),
    ),
  )
  expect(new Set(sent)).toEqual(new Set([200]))
  const pages = () => said(stand, 'digest-').filter((message) => keyOf(message).includes('-page-'))
  const places = (n: number) =>
    [...roots(), ...pages()].filter(({ blocks }) => new RegExp(`storm ${n}\\b`).test(JSON.stringify(blocks)))
  const numbers = Array.from({ length: 40 }, (_, n) => n)
  await expect
    .poll(() => numbers.map((n) => places(n).length), { timeout: 60_000, interval: 500 })
    .toEqual(numbers.map(() => 1))
  // ten a minute, and the minute may have ended in between
  expect(roots().filter(({ text }) => text.includes('storm')).length).toBeLessThanOrEqual(20)
  const digests = said(stand, 'digest-').filter((message) => !keyOf(message).includes('-page-'))
  expect(digests.map(({ text }) => text).join()).toMatch(/\d+ more incidents? came at once/)
}, 90_000)

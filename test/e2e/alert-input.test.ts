import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { keyOf, said, waitForMessage } from './conversation.ts'
import { freePort, incident, mei, PATIENT, type Stand, startStand } from './stand.ts'

vi.setConfig(PATIENT)

const MB = 2 ** 20
let stand: Stand
let port: number

beforeAll(async () => {
  port = await freePort()
  stand = await startStand({
    later: ['worker'],
    botEnv: { TOKEN: 's3cret', SIGNING: 'k3y' },
    config: {
      alerts: {
        port,
        channel: incident,
        sources: {
          alertmanager: { kind: 'alertmanager', secret_env: 'TOKEN' },
          pagerduty: { kind: 'pagerduty', secret_env: 'SIGNING' },
          monitoring: { kind: 'generic', secret_env: 'TOKEN' },
        },
      },
    },
  })
})
afterAll(() => stand?.stop())

const right = { authorization: 'Bearer s3cret' }

async function post(source: string, body: string, headers: Record<string, string> = right) {
  const answer = await fetch(`http://127.0.0.1:${port}/alerts/${source}`, { method: 'POST', body, headers })
  return { status: answer.status, words: (await answer.text()).trim() }
}

const group = (change: object = {}, alert: object = {}) =>
  JSON.stringify({
    version: '4',
    groupKey: '{}:{alertname="Slow"}',
    groupLabels: { alertname: 'Slow' },
    alerts: [
      {
        status: 'firing',
        labels: { alertname: 'Slow', instance: 'osd.3' },
        startsAt: '2026-11-20T17:53:44.123456789Z',
        endsAt: '0001-01-01T00:00:00Z',
        fingerprint: 'a3b8',
        ...alert,
      },
    ],
    ...change,
  })

const roots = () => said(stand, 'incident-').filter((message) => !keyOf(message).endsWith('-lines'))

/** What was refused leaves nothing behind: the next incident is the only one that shows up. */
async function nothingOf(work: () => Promise<void>, marker: string): Promise<void> {
  const before = roots().length
  await work()
  const body = JSON.stringify({ incident: marker, status: 'firing', title: marker })
  expect(await post('monitoring', body)).toMatchObject({ status: 200 })
  await waitForMessage(stand, ({ text }) => text.includes(marker), marker)
  expect(roots()).toHaveLength(before + 1)
}

test('what is not for us, or not from whom it says, is refused and leaves nothing behind', async () => {
  await nothingOf(async () => {
    const refused: [string, string, Record<string, string>, number, RegExp][] = [
      ['alertmanager', group(), { authorization: 'Bearer wrong' }, 401, /secret/],
      ['alertmanager', group(), {}, 401, /secret/],
      ['alertmanager', group().slice(0, -1), right, 400, /not JSON/],
      ['alertmanager', '', right, 400, /not JSON/],
      ['alertmanager', '\u0000\u0001\u0002', right, 400, /not JSON/],
      ['alertmanager', '[[[['.repeat(200_000), right, 400, /not JSON/],
      ['alertmanager', `${'['.repeat(400_000)}${']'.repeat(400_000)}`, right, 400, /object/],
      ['alertmanager', 'null', right, 400, /object/],
      ['alertmanager', group({ version: '5' }), right, 400, /^version: version 4/],
      ['alertmanager', group({ version: '1' }), right, 400, /^version: version 4/],
      ['alertmanager', group({ version: 4 }), right, 400, /^version: version 4/],
      ['alertmanager', group({}, { startsAt: 'yesterday' }), right, 400, /^alerts\.0\.startsAt/],
      ['alertmanager', group({}, { labels: ['a'] }), right, 400, /^alerts\.0\.labels/],
      ['alertmanager', group({}, { status: 'maybe' }), right, 400, /^alerts\.0\.status/],
      [
        'monitoring',
        JSON.stringify({ incident: 'x', status: 'firing', title: 'x', run: 'reboot' }),
        right,
        400,
        /run/,
      ],
      ['nobody', group(), right, 404, /no such source/],
    ]
    for (const [source, body, headers, status, words] of refused) {
      const what = `${source} ${body.slice(0, 60)}`
      const answer = await post(source, body, headers)
      expect(answer, what).toMatchObject({ status, words: expect.stringMatching(words) })
    }
    expect(await post('alertmanager', group({ alerts: [] }))).toEqual({
      status: 200,
      words: 'nothing in it for us',
    })
  }, 'after what was refused')
})

describe('50 MB', () => {
  /** Sends this head and then as much as the bot takes; what it answered, and how much it had taken by then. */
  function push(head: string, piece: Buffer, pieces: number): Promise<{ answer: string; sent: number }> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1')
      let [answer, sent, sentThen] = ['', 0, 0]
      const send = () => {
        while (sent < pieces && socket.writable) {
          sent += 1
          if (!socket.write(piece)) return void socket.once('drain', send)
        }
      }
      socket.setEncoding('utf8')
      socket.on('data', (text: string) => {
        if (answer === '') sentThen = sent
        answer += text
      })
      socket.on('error', (error) => (answer === '' ? reject(error) : undefined))
      socket.on('close', () => resolve({ answer, sent: sentThen * piece.length }))
      socket.write(head)
      setTimeout(send, 200)
    })
  }

  const head = (source: string, more: string) =>
    `POST /alerts/${source} HTTP/1.1\r\nHost: x\r\n${more}Content-Type: application/json\r\n\r\n`
  const bearer = 'Authorization: Bearer s3cret\r\n'
  const piece = Buffer.alloc(64 * 1024, '[')
  const chunk = Buffer.concat([Buffer.from('10000\r\n'), piece, Buffer.from('\r\n')])
  const peakKb = () =>
    Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${stand.bot.pid()}/status`, 'utf8'))?.[1])

  test('that are announced are refused before they are sent, and the sender hears why', async () => {
    const { answer, sent } = await push(
      head('alertmanager', `${bearer}Content-Length: ${50 * MB}\r\n`),
      piece,
      800,
    )
    expect(answer).toMatch(/^HTTP\/1\.1 413 .*more than 2097152 bytes/s)
    expect(sent).toBeLessThan(MB)
  })

  test('of a sender that reads only when it has sent all are refused in words, too', async () => {
    const socket = connect(port, '127.0.0.1')
    socket.pause()
    socket.write(head('alertmanager', `${bearer}Content-Length: ${8 * MB}\r\n`))
    for (let sent = 0; sent < 8 * MB; sent += piece.length)
      await new Promise((resolve, reject) =>
        socket.write(piece, (error) => (error ? reject(error) : resolve(0))),
      )
    const answer = await new Promise((resolve, reject) => {
      socket.setEncoding('utf8').once('data', resolve).once('error', reject).resume()
    })
    socket.destroy()
    expect(answer).toMatch(/^HTTP\/1\.1 413 /)
  })

  test('that are not announced are refused when they are too many, and take no memory', async () => {
    const before = peakKb()
    const pushed = await Promise.all(
      Array.from({ length: 5 }, () =>
        push(head('alertmanager', `${bearer}Transfer-Encoding: chunked\r\n`), chunk, 800),
      ),
    )
    for (const { answer, sent } of pushed) {
      expect(answer).toMatch(/^HTTP\/1\.1 413 /)
      expect(sent).toBeLessThan(20 * MB)
    }
    expect(peakKb() - before, 'of 250 MB').toBeLessThan(80 * 1024)
  })

  test('of somebody with a wrong token are not read at all', async () => {
    const { answer, sent } = await push(
      head('alertmanager', 'Authorization: Bearer wrong\r\nTransfer-Encoding: chunked\r\n'),
      chunk,
      800,
    )
    expect(answer).toMatch(/^HTTP\/1\.1 401 /)
    expect(sent).toBeLessThan(MB)
  })
})

describe('a replayed signature', () => {
  const sign = (body: string) => ({
    'x-pagerduty-signature': `v1=${createHmac('sha256', 'k3y').update(body).digest('hex')}`,
  })
  const event = (status: string, occurredAt: number, more: object = {}) =>
    JSON.stringify({
      event: {
        event_type: `incident.${status}`,
        occurred_at: new Date(occurredAt).toISOString(),
        data: {
          id: 'PGR0VU2',
          type: 'incident',
          title: 'Slow pages',
          status,
          created_at: new Date(now - 600_000).toISOString(),
          ...more,
        },
      },
    })
  const now = Date.now()
  const send = (body: string) => post('pagerduty', body, sign(body))
  const root = () => roots().filter(({ text }) => text.includes('Slow pages'))

  test('brings nothing back that is over', async () => {
    const triggered = event('triggered', now - 600_000)
    expect(await send(triggered)).toMatchObject({ status: 200 })
    await waitForMessage(stand, ({ text }) => /\*Alert:\* \*Slow pages\*/.test(text), 'the incident')
    expect(await send(event('resolved', now - 60_000))).toMatchObject({ status: 200 })
    await waitForMessage(stand, ({ text }) => /Resolved\* after 9 min: \*Slow pages\*/.test(text), 'its end')
    // older than what is known, word for word or with the same signature over other words
    await send(triggered)
    await send(event('acknowledged', now - 300_000))
    expect(await post('pagerduty', event('triggered', now), sign(triggered))).toMatchObject({ status: 401 })
    await delay(3000)
    expect(root()).toHaveLength(1)
    expect(root()[0]?.text).toMatch(/^\*Resolved\*/)
  })

  test('from before anything is remembered is refused', async () => {
    expect(await send(event('triggered', now - 40 * 86_400_000, { id: 'OLD' }))).toMatchObject({
      status: 400,
      words: expect.stringContaining('occurred_at'),
    })
  })
})

test('labels with Slack markup ping nobody, and 10,000 labels are shown as one alert', async () => {
  const nasty =
    '<!channel> <!here> <@U0MEI00001> <#C0INCIDENT> <https://x.example|click> *b* `c` &lt;!everyone&gt;'
  const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`label_${n}`, nasty]))
  const labels = { alertname: nasty, instance: nasty, ...many }
  const change = { groupKey: nasty, groupLabels: { alertname: nasty, site: nasty } }
  expect(await post('alertmanager', group(change, { labels }))).toMatchObject({ status: 200 })
  expect(
    await post(
      'monitoring',
      JSON.stringify({
        incident: nasty,
        status: 'firing',
        title: `marked ${nasty}`,
        annotations: { summary: nasty },
      }),
    ),
  ).toMatchObject({ status: 200 })
  const shown = await waitForMessage(
    stand,
    ({ text }) => text.includes('*Alert:* *&lt;!channel'),
    'the alert',
  )
  await waitForMessage(stand, ({ text }) => text.includes('*Alert:* *marked'), 'the other one')
  await waitForMessage(
    stand,
    (message) => keyOf(message).endsWith('-lines') && message.thread_ts === shown.ts,
    'its account',
  )
  const { response } = await stand.slack.command(mei, incident, 'status')
  const written = stand.slack.calls.map(({ args }) => JSON.stringify(args)).concat(JSON.stringify(response))
  for (const text of written) {
    expect(text).not.toMatch(/<!(channel|here|everyone|subteam)|<@U0MEI|<https:\/\/x\.example/)
  }
  expect(stand.slack.calls.filter(({ error }) => error)).toEqual([])
})

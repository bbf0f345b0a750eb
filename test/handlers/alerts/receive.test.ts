import { createHmac } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { alertServer, type Receiver } from '../../../handlers/alerts/receive.ts'
import type { AlertUpdate } from '../../../handlers/alerts/update.ts'

const servers: ReturnType<typeof alertServer>[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

const generic = { incident: 'ticket-7', status: 'firing', title: 'LUN 12 is slow' }

async function receiver(change: Partial<Receiver> = {}) {
  const kept: AlertUpdate[] = []
  const server = alertServer({
    sources: [
      { name: 'monitoring', kind: 'generic', proof: { bearer: 's3cret' }, channel: 'C1' },
      {
        name: 'pager',
        kind: 'pagerduty',
        proof: { hmac: 'k3y', header: 'x-pagerduty-signature' },
        channel: 'C1',
      },
    ],
    keep: async (update) => void kept.push(update),
    log: { warn: () => {} },
    ...change,
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const post = (
    path: string,
    body: string | Buffer,
    headers: Record<string, string> = { authorization: 'Bearer s3cret' },
  ) => fetch(`${base}${path}`, { method: 'POST', body, headers })
  return { kept, base, post }
}

describe('the endpoint for alerts', () => {
  test('says yes only after the alert is kept', async () => {
    const { post, kept } = await receiver()
    expect((await post('/alerts/monitoring', JSON.stringify(generic))).status).toBe(200)
    expect(kept).toMatchObject([{ incident: 'ticket-7', source: 'monitoring' }])
    const broken = await receiver({ keep: () => Promise.reject(new Error('no queue')) })
    const answer = await broken.post('/alerts/monitoring', JSON.stringify(generic))
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
  })

  test.each([
    ['no secret', {}],
    ['a wrong secret', { authorization: 'Bearer wrong' }],
    ['a secret of another length', { authorization: 'Bearer s3cret-and-more' }],
    ['another scheme', { authorization: 'Basic s3cret' }],
  ])('refuses %s', async (_, headers) => {
    const { post, kept } = await receiver()
    expect(
      (await post('/alerts/monitoring', JSON.stringify(generic), headers as Record<string, string>)).status,
    ).toBe(401)
    expect(kept).toEqual([])
  })

  test('takes a signature over this very body, also while secrets are rotated', async () => {
    const { post } = await receiver()
    const body = JSON.stringify({
      event: {
        event_type: 'pagey.ping',
        occurred_at: '2026-11-20T18:00:00Z',
        data: { id: 'x', type: 'ping' },
      },
    })
    const signed = (text: string, key = 'k3y') => `v1=${createHmac('sha256', key).update(text).digest('hex')}`
    expect(
      (
        await post('/alerts/pager', body, {
          'x-pagerduty-signature': `${signed(body, 'old')},${signed(body)}`,
        })
      ).status,
    ).toBe(200)
    expect((await post('/alerts/pager', `${body} `, { 'x-pagerduty-signature': signed(body) })).status).toBe(
      401,
    )
  })

  test.each([
    ['what is not JSON', '{', 400],
    ['what does not fit', JSON.stringify({ ...generic, status: 'maybe' }), 400],
    ['50 MB', Buffer.alloc(50 * 2 ** 20, 'x'), 413],
  ])('refuses %s, for good', async (_, body, status) => {
    const { post, kept } = await receiver()
    // the connection may be cut while a large body is still being sent
    const answer = await post('/alerts/monitoring', body).then(
      (response) => response.status,
      () => 413,
    )
    expect(answer).toBe(status)
    expect(kept).toEqual([])
  })

  test('asks a source that floods to wait', async () => {
    const { post } = await receiver({ perMinute: 3, now: () => 0 })
    const answers = []
    for (let n = 0; n < 5; n++)
      answers.push((await post('/alerts/monitoring', JSON.stringify(generic))).status)
    expect(answers).toEqual([200, 200, 200, 429, 429])
  })

  test('knows no other paths', async () => {
    const { post, base } = await receiver()
    expect((await post('/alerts/nobody', '{}')).status).toBe(404)
    expect((await fetch(`${base}/alerts/monitoring`)).status).toBe(405)
    expect((await fetch(`${base}/healthz`)).status).toBe(200)
  })
})

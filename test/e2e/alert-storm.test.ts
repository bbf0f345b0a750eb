import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { freePort, incident, lin, outside, PATIENT, type Stand, startStand } from './stand.ts'
import { createStorm, type Shown, shownOf, unleash } from './storm.ts'

// the whole size, 1000 alerts in a minute, is in test/lab/alerts/
vi.setConfig({ ...PATIENT, testTimeout: 180_000 })

const SECRET = 's3cret'
let stand: Stand
let port: number

beforeAll(async () => {
  port = await freePort()
  const source = { kind: 'alertmanager', secret_env: 'ALERT_SECRET' }
  stand = await startStand({
    // in a worse mood than the real one, so that it does ask to wait
    slack: { strictRates: true, rates: { postBurst: 1, updatePerMinute: 20 } },
    later: ['worker'],
    botEnv: { ALERT_SECRET: SECRET },
    config: { alerts: { port, channel: incident, sources: { one: source, two: source } } },
  })
})
afterAll(() => stand?.stop())

test('a storm of alerts: none is lost, one thread per group, Slack is obeyed, and commands are answered', async () => {
  const storm = createStorm(200, ['one', 'two'])
  let over = false
  const acks: number[] = []
  const asking = async () => {
    while (!over) {
      const { acked, ackMs } = await stand.slack.command(lin, outside, 'status')
      // what was not acknowledged took longer than Slack waits
      acks.push(acked ? ackMs : Number.POSITIVE_INFINITY)
      await delay(1000)
    }
  }
  const asked = asking()
  const statuses = await unleash(storm, port, SECRET, 12_000)
  expect(statuses).toEqual({ 200: storm.deliveries.length })
  const isWhole = ({ alerts, firing }: Shown) => alerts === storm.alerts && firing === storm.firing
  await expect
    .poll(() => isWhole(shownOf(stand)), { timeout: 150_000, interval: 1000 })
    .toBe(true)
    .finally(() => {
      over = true
    })
  await asked

  const { groups, threads } = shownOf(stand)
  expect(
    [...groups.values()].every((times) => times === 1),
    'a group is in one place',
  ).toBe(true)
  expect(groups.size).toBe(storm.groups)
  expect(threads, 'threads of their own: ten a minute').toBeLessThanOrEqual(20)
  const { calls } = stand.slack
  expect(calls.filter(({ error }) => error === 'ratelimited').length).toBeGreaterThan(0)
  expect(calls.filter(({ tooEarly }) => tooEarly)).toEqual([])
  expect(acks.length).toBeGreaterThan(5)
  expect(Math.max(...acks)).toBeLessThan(3000)
})

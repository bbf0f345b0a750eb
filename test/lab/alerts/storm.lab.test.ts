import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { freePort, incident, lin, outside, type Stand, startStand } from '../../e2e/stand.ts'
import { createStorm, type Shown, shownOf, unleash } from '../../e2e/storm.ts'
import { startProgram } from '../../jobs/redis-server.ts'
import { realRedis } from '../queue/redis-processes.ts'

vi.setConfig({ testTimeout: 360_000 })

const SECRET = 's3cret'
let stand: Stand
let port: number

beforeAll(async () => {
  port = await freePort()
  const source = { kind: 'alertmanager', secret_env: 'ALERT_SECRET' }
  stand = await startStand({
    redis: await startProgram(realRedis()),
    slack: { strictRates: true },
    later: ['worker'],
    botEnv: { ALERT_SECRET: SECRET },
    config: { alerts: { port, channel: incident, sources: { one: source, two: source } } },
  })
})
afterAll(() => stand?.stop())

test('1000 alerts in a minute: none is lost, one thread per group, Slack is obeyed, and commands are answered', async () => {
  const storm = createStorm(1000, ['one', 'two'])
  let over = false
  const acks: number[] = []
  const asking = async () => {
    while (!over) {
      const { acked, ackMs } = await stand.slack.command(lin, outside, 'status')
      // what was not acknowledged took longer than Slack waits
      acks.push(acked ? ackMs : Number.POSITIVE_INFINITY)
      await delay(2000)
    }
  }
  const asked = asking()
  const began = Date.now()
  const statuses = await unleash(storm, port, SECRET, 60_000)
  const sentMs = Date.now() - began
  expect(statuses).toEqual({ 200: storm.deliveries.length })
  const isWhole = ({ alerts, firing }: Shown) => alerts === storm.alerts && firing === storm.firing
  await expect
    .poll(() => isWhole(shownOf(stand)), { timeout: 240_000, interval: 1000 })
    .toBe(true)
    .finally(() => {
      over = true
    })
  const shownMs = Date.now() - began - sentMs
  await asked

  const { groups, threads } = shownOf(stand)
  expect(
    [...groups.values()].every((times) => times === 1),
    'a group is in one place',
  ).toBe(true)
  expect(groups.size).toBe(storm.groups)
  const { calls } = stand.slack
  expect(calls.filter(({ tooEarly }) => tooEarly)).toEqual([])
  expect(Math.max(...acks)).toBeLessThan(3000)
  const limited = calls.filter(({ error }) => error === 'ratelimited').length
  console.log(
    `${storm.deliveries.length} deliveries in ${sentMs} ms, all shown ${shownMs} ms later: ${threads} threads, ${calls.length} calls of Slack, ${limited} of them refused for now; slowest of ${acks.length} answers ${Math.max(...acks)} ms`,
  )
})

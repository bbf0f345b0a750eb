import { createAlertDesk } from '../../../handlers/alerts/desk.ts'
import { compileRule } from '../../../handlers/alerts/rules.ts'
import type { AlertUpdate } from '../../../handlers/alerts/update.ts'
import type { Message } from '../../../handlers/blocks/message.ts'
import type { Bot } from '../../../handlers/bot.ts'
import { type Outbox, SlackLater } from '../../../handlers/outbox.ts'
import { checksQueue } from '../../../jobs/queue-names.ts'
import { createQueues } from '../../../jobs/queues.ts'
import { createRecords } from '../../../jobs/records.ts'
import { PREFIX } from '../../../jobs/redis/keys.ts'
import { catalogue } from '../../../playbooks/catalogue.ts'
import { startRedis } from '../../jobs/redis-server.ts'

export const CHANNEL = 'C0INCIDENT'

/** What reached Slack: which message, posted or edited. */
export type Call = { key: string; kind: 'post' | 'edit'; message: Message; at: number }

/** Alert desks over a real Redis and a Slack that is a list. */
export async function startDesks() {
  const redis = await startRedis()
  const client = await redis.connect()
  const calls: Call[] = []
  const messages = new Map<string, Message>()
  /** errors that the next calls of Slack end with */
  const failures: Error[] = []

  const show: Outbox['show'] = async (key, { channel }, message) => {
    calls.push({ key, kind: messages.has(key) ? 'edit' : 'post', message, at: Date.now() })
    const failure = failures.shift()
    if (failure) throw failure
    messages.set(key, message)
    return { channel, ts: `1.${[...messages.keys()].indexOf(key)}` }
  }
  const outbox = {
    show,
    sketch: () => {},
    posted: async (key: string) =>
      messages.has(key) ? { channel: CHANNEL, ts: `1.${[...messages.keys()].indexOf(key)}` } : undefined,
  }
  const queues = createQueues(client)

  /** One desk, as of one bot process. */
  const desk = (
    rules: Record<string, { match: Record<string, string>; check: string; perHour?: number }> = {},
  ) => {
    const compiled = Object.entries(rules).map(([name, { match, check, perHour = 10 }]) =>
      compileRule(name, { match, check, cooldown_minutes: 30, per_hour: perHour }),
    )
    const bot = {
      settings: { clusters: ['demo'], clusterIn: () => 'demo', lapseMs: 60_000, command: '/unwedge' },
      catalogue,
      queues,
      records: createRecords(client, PREFIX),
      workersOf: async () => ({ alive: [] }),
      outbox,
      client: { auth: { test: async () => ({ url: 'https://team.slack.com/' }) } },
      log: { info: () => {}, warn: () => {}, error: () => {}, debug: () => {} },
    }
    return createAlertDesk(bot as unknown as Bot, client, compiled, 'U0BOT00001')
  }

  return {
    desk,
    client,
    calls,
    messages,
    failures,
    later: (ms: number) => failures.push(new SlackLater(ms)),
    /** how many checks were put into the queue */
    checks: async () => {
      const keys = await client.keys(`${PREFIX}:${checksQueue('demo')}:check-c*`)
      return keys.filter((key) => /:check-c[0-9a-f]+$/.test(key)).length
    },
    stop: async () => {
      await queues.close()
      await redis.stop()
    },
  }
}

/** A delivery with one alert that fires, or is over. */
export function delivery(incident: string, more: Partial<AlertUpdate['alerts'][number]> = {}) {
  const update: AlertUpdate = {
    source: 'am',
    incident,
    title: `about ${incident}`,
    leftOut: 0,
    alerts: [
      {
        id: 'a',
        status: 'firing',
        startsAt: 1_795_197_224_000,
        labels: { alertname: 'RbdStuck', image: incident },
        annotations: {},
        ...more,
      },
    ],
  }
  return { update, channel: CHANNEL }
}

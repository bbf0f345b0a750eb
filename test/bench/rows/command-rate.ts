import { setTimeout as delay } from 'node:timers/promises'
import { keyOf } from '../../../jobs/redis/keys.ts'
import { parts, peakMiB, program, startNode } from '../processes.ts'
import { COMMAND, startSite } from '../product.ts'
import type { Row, Sample } from '../row.ts'
import { type QuickSlack, startQuickSlack } from '../slack.ts'
import { percentile } from '../verdict.ts'

/** Commands that wait for their ack at any moment; more of them only wait longer. */
const AT_ONCE = 200
const LIMIT_MS = 1000

/**
 * Commands a second while as many wait as can without p99 passing a second; throws when it does. Counted until the last
 * of them is in the queue: an ack alone is no work done.
 */
async function rate(slack: QuickSlack, seconds: number, queued: () => Promise<boolean>): Promise<Sample> {
  const times: number[] = []
  const from = performance.now()
  const until = from + seconds * 1000
  const posted = slack.calls.get('chat.postMessage') ?? 0
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (performance.now() < until) times.push(await slack.command(COMMAND))
    }),
  )
  const p99 = percentile(times, 0.99)
  if (p99 > LIMIT_MS) throw new Error(`p99 was ${p99.toFixed(0)} ms with ${AT_ONCE} commands under way`)
  while (!(await queued())) await delay(2)
  const took = (performance.now() - from) / 1000
  const messages = (slack.calls.get('chat.postMessage') ?? 0) - posted
  // what is left to do must not count against the next contender
  await delay(1500)
  return { perSecond: times.length / took, p99, messages }
}

export const commandRate: Row = {
  name: 'command-rate',
  needs: { programs: ['redis-server', 'taskset'] },
  rounds: { short: 1 },
  lines: [
    {
      name: 'command rate',
      what: 'commands/s acknowledged and in the queue, on one core, p99 below 1 s; Hubot 14 whose adapter adds the same flow',
      unit: '1/s',
      ours: 'unwedge.perSecond',
      peer: 'hubot.perSecond',
      target: 2,
      better: 'higher',
    },
  ],
  async open(effort) {
    const seconds = effort === 'whole' ? 3 : 2
    const site = await startSite()
    const other = await startQuickSlack()
    const redis = await site.redis.connect('commands')
    const bot = await startNode([program, 'bot'], site.bot, { cpu: 0 })
    const hubot = await startNode([parts.hubot], { ...site.bot, SLACK_API_URL: other.apiUrl }, { cpu: 0 })
    return {
      runs: {
        unwedge: () => rate(site.slack, seconds, async () => (await redis.hlen(keyOf('intake'))) === 0),
        // it acknowledges after that
        hubot: () => rate(other, seconds, async () => true),
      },
      close: async () => {
        if (process.env.BENCH_VERBOSE) console.error('peak MiB', peakMiB(bot.pid), peakMiB(hubot.pid))
        await Promise.all([bot.stop(), hubot.stop()])
        await other.stop()
        await site.stop()
      },
    }
  },
}

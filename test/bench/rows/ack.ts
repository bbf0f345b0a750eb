import { setTimeout as delay } from 'node:timers/promises'
import { parts, program, startNode } from '../processes.ts'
import { COMMAND, startSite } from '../product.ts'
import type { Row } from '../row.ts'
import type { QuickSlack } from '../slack.ts'
import { startQuickSlack } from '../slack.ts'
import { median, percentile } from '../verdict.ts'

const PER_SECOND = 50
const WARM_UP_SECONDS = 4
/** Before what counts: a process that waited while the other had its turn finds its memory reclaimed and its caches cold. */
const LEAD_IN_SECONDS = 1

/** Commands at an even rate, whether or not the earlier ones were acknowledged: a queue that forms shows. */
async function load(slack: QuickSlack, seconds: number): Promise<number[]> {
  const from = performance.now()
  const acks: Promise<number>[] = []
  for (let n = 0; n < seconds * PER_SECOND; n++) {
    await delay(Math.max(0, from + (n * 1000) / PER_SECOND - performance.now()))
    acks.push(slack.command(COMMAND))
  }
  return Promise.all(acks)
}

export const ack: Row = {
  name: 'ack',
  needs: { programs: ['redis-server'] },
  lines: [
    {
      name: 'ack',
      what: 'slash command → Slack ack (the check is durably queued by then), 50/s, p99; a bare Bolt handler that only acks',
      unit: 'ms',
      ours: 'unwedge.p99',
      peer: 'bolt.p99',
      target: 1.3,
    },
  ],
  rounds: { short: 3 },
  warmUp: false,
  async open(effort) {
    const seconds = effort === 'whole' ? 10 : 5
    const site = await startSite()
    const other = await startQuickSlack()
    const bot = await startNode([program, 'bot'], site.bot)
    const bare = await startNode([parts.bareBolt], { ...site.bot, SLACK_API_URL: other.apiUrl })
    const measure = async (slack: QuickSlack) => {
      await load(slack, LEAD_IN_SECONDS)
      const times = await load(slack, seconds)
      // what follows the ack must not count against the next contender
      await delay(500)
      return { p50: median(times), p99: percentile(times, 0.99) }
    }
    // both are new, and compile what they run
    for (const slack of [site.slack, other]) await load(slack, WARM_UP_SECONDS)
    return {
      runs: { unwedge: () => measure(site.slack), bolt: () => measure(other) },
      close: async () => {
        await Promise.all([bot.stop(), bare.stop()])
        await other.stop()
        await site.stop()
      },
    }
  },
}

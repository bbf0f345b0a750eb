import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { parts, program, startNode } from '../processes.ts'
import { COMMAND, startSite } from '../product.ts'
import type { Row } from '../row.ts'
import { listener } from '../told.ts'
import { median } from '../verdict.ts'

/** Less than the real one takes for its way through the network alone; without it only our own hops would be measured. */
const SLACK_MS = 25

export const message: Row = {
  name: 'message',
  needs: { programs: ['redis-server'] },
  lines: [
    {
      name: 'message',
      what: `check ended on the worker → its finding answered by Slack, p50; chat.postMessage alone; Slack takes ${SLACK_MS} ms`,
      unit: 'ms',
      ours: 'unwedge.p50',
      peer: 'post.p50',
      target: 1.5,
    },
  ],
  async open(effort) {
    const times = effort === 'whole' ? 20 : 10
    const site = await startSite({ answersAfterMs: SLACK_MS })
    const told = listener()
    const worker = await startNode([parts.worker, '--slow'], site.worker, { log: told.line })
    const bot = await startNode([program, 'bot'], site.bot)
    const env = { PATH: process.env.PATH, ...site.bot }
    const bare = spawn(process.execPath, [parts.barePost], { env, stdio: ['pipe', 'pipe', 'inherit'] })
    const posting = listener()
    createInterface({ input: bare.stdout }).on('line', posting.line)
    await once(bare.stdout, 'data')
    let n = 0
    return {
      runs: {
        unwedge: async () => {
          const took: number[] = []
          for (let at = 0; at < times; at++) {
            const posted = site.slack.heard(
              ({ method, body }) =>
                method === 'chat.postMessage' && (body.get('metadata') ?? '').includes('"finding-'),
            )
            await site.slack.command(COMMAND)
            const call = await posted
            took.push(call.at - told.latest('ended')!)
            await delay(60)
          }
          return { p50: median(took) }
        },
        post: async () => {
          const took: number[] = []
          for (let at = 0; at < times; at++) {
            const key = `bare-${n++}`
            const posted = site.slack.heard(({ body }) => (body.get('metadata') ?? '').includes(`"${key}"`))
            const began = posting.next('posting')
            bare.stdin.write(`${key}\n`)
            took.push((await posted).at - (await began))
            await delay(60)
          }
          return { p50: median(took) }
        },
      },
      close: async () => {
        bare.stdin.end()
        await Promise.all([worker.stop(), bot.stop()])
        await site.stop()
      },
    }
  },
}

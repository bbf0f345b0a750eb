import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { FlowProducer } from 'bullmq'
import { queueCheck } from '../../../handlers/ask.ts'
import type { Bot } from '../../../handlers/bot.ts'
import { createQueues } from '../../../jobs/queues.ts'
import { createRecords } from '../../../jobs/records.ts'
import { PREFIX } from '../../../jobs/redis/keys.ts'
import { now } from '../parts/now.ts'
import { parts, startNode } from '../processes.ts'
import { startSite } from '../product.ts'
import type { Row } from '../row.ts'
import { listener } from '../told.ts'
import { median } from '../verdict.ts'

export const start: Row = {
  name: 'start',
  needs: { programs: ['redis-server'] },
  lines: [
    {
      name: 'start',
      what: 'command accepted → the check runs on the worker, p50; a bare BullMQ flow on the same Redis, from add to processor',
      unit: 'ms',
      ours: 'unwedge.p50',
      peer: 'flow.p50',
      target: 1.3,
    },
  ],
  async open(effort) {
    const times = effort === 'whole' ? 40 : 20
    const site = await startSite()
    const [ours, theirs] = [listener(), listener()]
    const worker = await startNode([parts.worker], site.worker, { log: ours.line })
    const bare = await startNode([parts.bareWorker, '--tell'], site.worker, { log: theirs.line })
    const client = await site.redis.connect('commands')
    const bot = {
      queues: createQueues(client),
      records: createRecords(client, PREFIX),
      settings: { lapseMs: 600_000 },
    } as unknown as Bot
    const flows = new FlowProducer({ connection: await site.redis.connect('worker') })
    const measure = async (
      heard: ReturnType<typeof listener>,
      prepare: () => Promise<() => Promise<unknown>>,
    ) => {
      const took: number[] = []
      for (let n = 0; n < times; n++) {
        const begin = await prepare()
        const began = heard.next('began')
        const from = now()
        const adding = begin()
        took.push((await began) - from)
        await adding
        // what one leaves behind is done before the next comes
        await delay(40)
      }
      return { p50: median(took) }
    }
    return {
      runs: {
        unwedge: () =>
          measure(ours, async () => {
            const request = requestOf()
            const accepted = await bot.queues.acceptCheck(request)
            return () => queueCheck(bot, request, accepted === 'added')
          }),
        flow: () =>
          measure(
            theirs,
            async () => () =>
              flows.add({
                name: 'report',
                queueName: 'bare-reports',
                data: {},
                children: [
                  { name: 'check', queueName: 'bare', data: { target: 'rbd_header.7mjm6dk28jaj3' } },
                ],
              }),
          ),
      },
      close: async () => {
        await flows.close()
        await Promise.all([worker.stop(), bare.stop()])
        await site.stop()
      },
    }
  },
}

function requestOf() {
  return {
    id: `c${randomUUID().replaceAll('-', '').slice(0, 15)}`,
    playbook: 'watchers',
    args: { target: 'rbd_header.7mjm6dk28jaj3', interval: '0' },
    cluster: 'demo',
    requestedBy: 'U0LIN00001',
    origin: { channel: 'C0INCIDENT' },
    requestedAt: Date.now(),
  }
}

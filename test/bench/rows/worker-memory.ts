import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { Queue } from 'bullmq'
import { createQueues } from '../../../jobs/queues.ts'
import { parts, program, rssMiB, startNode } from '../processes.ts'
import { startSite } from '../product.ts'
import type { Line, Row, Sample } from '../row.ts'
import { growth } from '../verdict.ts'

const CHECKS = 10_000
const ONLY_WHOLE = 'a round is 10,000 checks long'
/** Memory is looked at this often while the checks run. */
const LOOKS = 20

export const workerMemory: Row = {
  name: 'worker-memory',
  needs: { programs: ['redis-server'] },
  rounds: { whole: 1, short: 1 },
  warmUp: false,
  lines: [
    line('worker memory, idle', 'RSS of a worker that waits; a bare BullMQ worker', 'idle', 1.4),
    {
      ...line('worker memory, after 10,000 checks', 'RSS when they are done', 'after', 1.4),
      onlyWhole: ONLY_WHOLE,
    },
    {
      name: 'worker memory, growth',
      what: 'exponent of RSS over the checks done, second half of them; 0 is none, 1 is in step with them',
      unit: 'exponent + 1',
      ours: 'unwedge.growth',
      peer: 1,
      target: 1.1,
      onlyWhole: ONLY_WHOLE,
    },
  ],
  async open(effort) {
    const site = await startSite()
    const client = await site.redis.connect('commands')
    const queues = createQueues(client)
    const bare = new Queue('bare', { connection: client })
    const starts = { unwedge: [program, 'worker'], bullmq: [parts.bareWorker] }
    // both at once, one after the other would only take longer
    const [unwedge, bullmq] = await Promise.all([
      idleMiB(starts.unwedge, site.worker),
      idleMiB(starts.bullmq, site.worker),
    ])
    const measure = async (
      idle: number,
      argv: readonly string[],
      add: (n: number) => Promise<unknown>,
      done: () => Promise<number>,
    ): Promise<Sample> => {
      if (effort === 'short') return { idle }
      const served = await startNode(argv, site.worker)
      const seen: (readonly [number, number])[] = []
      const step = CHECKS / LOOKS
      for (let look = 1; look <= LOOKS; look++) {
        const before = await done()
        for (let n = 0; n < step; n += 50)
          await Promise.all(Array.from({ length: Math.min(50, step - n) }, (_, index) => add(n + index)))
        while ((await done()) < before + step) await delay(20)
        seen.push([look * step, rssMiB(served.pid)])
      }
      await delay(500)
      const after = rssMiB(served.pid)
      await served.stop()
      return { idle, after, growth: 1 + growth(seen.slice(LOOKS / 2)) }
    }
    const completed = (key: string) => client.zcard(key)
    return {
      runs: {
        unwedge: () =>
          measure(
            unwedge,
            starts.unwedge,
            () =>
              queues.addCheck({
                id: `c${randomUUID().replaceAll('-', '').slice(0, 15)}`,
                playbook: 'lustre',
                args: { target: 'shlfs' },
                cluster: 'demo',
                requestedBy: 'U0LIN00001',
                origin: { channel: 'C0INCIDENT' },
                requestedAt: Date.now(),
              }),
            () => completed('{unwedge}:cluster-demo:completed'),
          ),
        bullmq: () =>
          measure(
            bullmq,
            starts.bullmq,
            (n) => bare.add('check', { n }),
            () => completed('bull:bare:completed'),
          ),
      },
      close: async () => {
        await queues.close()
        await bare.close()
        await site.stop()
      },
    }
  },
}

/** Memory of one that waits, MiB, when V8 has given back what its start took: it does so after some eight seconds of rest. */
async function idleMiB(argv: readonly string[], env: Record<string, string | undefined>): Promise<number> {
  const served = await startNode(argv, env)
  await delay(12_000)
  const idle = rssMiB(served.pid)
  await served.stop()
  return idle
}

function line(name: string, what: string, metric: string, target: number): Line {
  return { name, what, unit: 'MiB', ours: `unwedge.${metric}`, peer: `bullmq.${metric}`, target }
}

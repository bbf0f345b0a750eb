import { randomUUID } from 'node:crypto'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { runCheck } from '../../../jobs/check.ts'
import { fastClock } from '../../../jobs/clock.ts'
import { openCluster } from '../../../jobs/hosts/cluster.ts'
import { createQueues } from '../../../jobs/queues.ts'
import { lock } from '../../../playbooks/lock/index.ts'
import type { Playbook } from '../../../playbooks/shared/playbook.ts'
import type { Scenario } from '../../../playbooks/shared/scenario.ts'
import { type Site, startSite } from '../product.ts'
import type { Line, Row } from '../row.ts'
import { growth } from '../verdict.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Every host answers that nobody holds the lock, as fast as can be. */
const quiet: Scenario<null> = {
  playbook: 'lock',
  hosts: [],
  start: () => null,
  answer: (state, _host, argv) => ({
    state,
    reply: argv[0] === 'grep' ? { exitCode: 1 } : { stdout: '', exitCode: 0 },
  }),
}

/** Time (ms) of one check and the heap (bytes) that its result and recording take, over so many servers. */
async function overHosts(count: number): Promise<{ ms: number; bytes: number }> {
  const hosts = Array.from({ length: count }, (_, index) => ({
    name: `nfs-${index + 1}`,
    addresses: [`10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`],
    roles: ['nfs-server' as const],
    transport: 'replay' as const,
  }))
  const cluster = openCluster({
    name: 'bench',
    hosts,
    scenarios: [quiet as Scenario],
    clock: fastClock(10_000),
  })
  // of few hosts one check is too small to be weighed
  const times = Math.max(2, 500 / count)
  const kept: unknown[] = []
  const check = () => runCheck({ playbook: lock as Playbook, args: { target: 'fd:00:123456789' }, cluster })
  const { seen } = await check()
  if (seen.size < count) throw new Error(`only ${seen.size} of ${count} hosts were asked`)
  collectGarbage()
  const before = process.memoryUsage().heapUsed
  const from = performance.now()
  for (let n = 0; n < times; n++) kept.push(await check())
  const ms = (performance.now() - from) / times
  collectGarbage()
  const bytes = Math.max(1, (process.memoryUsage().heapUsed - before) / kept.length)
  return { ms, bytes }
}

/** Time (ms) to queue so many checks, and the memory (bytes) that Redis takes for them. */
async function queued(site: Site, count: number): Promise<{ ms: number; bytes: number }> {
  const client = await site.redis.connect('commands')
  await client.flushall()
  const queues = createQueues(client)
  const memory = async () => Number(/^used_memory:(\d+)/m.exec(await client.info('memory'))?.[1])
  const before = await memory()
  const from = performance.now()
  for (let n = 0; n < count; n += AT_ONCE)
    await Promise.all(
      Array.from({ length: Math.min(AT_ONCE, count - n) }, () => queues.addCheck(request(), true)),
    )
  const ms = performance.now() - from
  const { waiting } = await queues.load('demo')
  if (waiting !== count) throw new Error(`${waiting} of ${count} checks wait`)
  const bytes = Math.max(1, (await memory()) - before)
  await queues.close()
  return { ms, bytes }
}

const AT_ONCE = 10

function request() {
  return {
    id: `c${randomUUID().replaceAll('-', '').slice(0, 15)}`,
    playbook: 'lustre',
    args: { target: 'shlfs' },
    cluster: 'demo',
    requestedBy: 'U0LIN00001',
    origin: { channel: 'C0INCIDENT' },
    requestedAt: Date.now(),
  }
}

export const growthRow: Row = {
  name: 'growth',
  needs: { programs: ['redis-server'] },
  rounds: { whole: 3, short: 1 },
  lines: [
    line('growth, time of a check over 10 to 1,000 hosts', 'unwedge.hostsMs'),
    line('growth, memory of a check over 10 to 1,000 hosts', 'unwedge.hostsBytes'),
    line('growth, time to queue 10 to 10,000 checks', 'unwedge.checksMs'),
    line('growth, memory of 10 to 10,000 queued checks', 'unwedge.checksBytes'),
  ],
  async open(effort) {
    const site = await startSite()
    const [hosts, checks] =
      effort === 'whole'
        ? [
            [10, 100, 1000],
            [10, 100, 1000, 10_000],
          ]
        : [
            [10, 100, 400],
            [10, 100, 1000],
          ]
    return {
      runs: {
        unwedge: async () => {
          const [overN, queuedN]: { n: number; ms: number; bytes: number }[][] = [[], []]
          for (const n of hosts) overN!.push({ n, ...(await overHosts(n)) })
          for (const n of checks) queuedN!.push({ n, ...(await queued(site, n)) })
          const grows = (points: typeof overN, of: 'ms' | 'bytes') =>
            growth(points!.map((point) => [point.n, point[of]] as const))
          return {
            hostsMs: grows(overN, 'ms'),
            hostsBytes: grows(overN, 'bytes'),
            checksMs: grows(queuedN, 'ms'),
            checksBytes: grows(queuedN, 'bytes'),
          }
        },
      },
      close: site.stop,
    }
  },
}

function line(name: string, ours: string): Line {
  return {
    name,
    what: 'exponent: 1 is a straight line, 2 a square',
    unit: 'exponent',
    ours,
    peer: 1,
    target: 1.1,
  }
}

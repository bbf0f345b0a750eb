import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Cluster, Redis } from 'ioredis'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createApprovals } from '../../../jobs/approvals.ts'
import { createAudit } from '../../../jobs/audit.ts'
import { hearCancels } from '../../../jobs/cancels.ts'
import { announce, workersOf } from '../../../jobs/presence.ts'
import { createQueues } from '../../../jobs/queues.ts'
import { type OpenRedis, openRedis } from '../../../jobs/redis/open-redis.ts'
import { QueueUnreachable } from '../../../jobs/redis/unreachable.ts'
import { eventually } from '../../jobs/processes.ts'
import { collectReports, startWorker } from '../../jobs/queue-lab.ts'
import { NOON, sampleApproval, sampleCheck } from '../../jobs/sample.ts'
import { type RedisProcess, realRedis, redisProcesses } from './redis-processes.ts'

let processes: ReturnType<typeof redisProcesses>
let redis: OpenRedis | undefined
let stateDir: string
const said: string[] = []
const log = { info: (text: string) => void said.push(text), warn: (text: string) => void said.push(text) }

beforeEach(() => {
  realRedis()
  processes = redisProcesses()
  stateDir = mkdtempSync(join(tmpdir(), 'unwedge-state-'))
  said.length = 0
})
afterEach(async () => {
  await redis?.close()
  redis = undefined
  await processes.stop()
  rmSync(stateDir, { recursive: true, force: true })
})

const check = (id: string, target: string) => ({ ...sampleCheck(id, 'a'), args: { target } })

/** Everything of ours once: flow, worker process, report, cancel, approval, audit, presence. */
async function useAll(opened: OpenRedis, prefix: string): Promise<void> {
  const client = await opened.connect('commands')
  const queues = createQueues(client)
  const bot = collectReports(await opened.connect('worker'))
  const worker = await startWorker(opened.url, 'checks', 'a')
  await queues.addCheck(check(`${prefix}-ok`, 'ok'))
  await queues.addCheck(check(`${prefix}-bad`, 'give-up'))
  expect((await bot.of(`report-check-${prefix}-ok`, 20_000)).end).toMatchObject({ ended: 'completed' })
  expect((await bot.of(`report-check-${prefix}-bad`, 20_000)).end).toMatchObject({ ended: 'failed' })
  const heard: string[] = []
  await hearCancels(await opened.connect('worker'), (id) => heard.push(id))
  await queues.addCheck(check(`${prefix}-long`, 'hang'))
  expect(await worker.tookOne(`check-${prefix}-long`)).toBe(true)
  expect(await queues.cancelCheck(`${prefix}-long`)).toBe('told')
  expect(await eventually(() => heard.includes(`${prefix}-long`))).toBe(true)
  const approvals = createApprovals(client)
  const approval = sampleApproval(`${prefix}-apr`)
  await approvals.create(approval)
  expect(await approvals.approve(approval.id, 'mei', NOON)).toMatchObject({ outcome: 'approved' })
  expect(await approvals.start(approval.id, 'w1', NOON)).toBe(true)
  expect(await approvals.listStuck(NOON + 1e9)).toMatchObject([{ why: 'running-too-long' }])
  await approvals.finish(approval.id, 'done', 'x')
  await createAudit(client).append({ at: NOON, actor: 'mei', action: 'approved', subject: 's', detail: {} })
  const { leave } = await announce(client, { cluster: 'a', id: prefix, version: '0', since: NOON })
  expect((await workersOf(client, 'a')).alive).toMatchObject([{ id: prefix }])
  await leave()
  await worker.kill()
  await bot.close()
  await queues.close()
}

it('everything works on a Redis Cluster', async () => {
  const node = (name: string) => [
    'cluster-enabled yes',
    `cluster-config-file ${name}.conf`,
    'cluster-node-timeout 2000',
  ]
  const nodes = await Promise.all(['a', 'b', 'c'].map((name) => processes.start(node(name))))
  await formCluster(nodes)
  const url = `cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`
  redis = await openRedis({ url, stateDir, allowEmbedded: false, log })
  expect(redis).toMatchObject({ kind: 'given', durable: false })
  expect(await redis.connect('commands')).toBeInstanceOf(Cluster)
  await useAll(redis, 'clu')

  const queues = createQueues(await redis.connect('commands'))
  for (const { pid } of nodes) process.kill(pid, 'SIGSTOP')
  const began = Date.now()
  await expect(queues.addCheck(check('chk-hung', 'ok'))).rejects.toBeInstanceOf(QueueUnreachable)
  expect(Date.now() - began).toBeLessThan(2000)
  for (const { pid } of nodes) process.kill(pid, 'SIGCONT')
  const back = () => queues.addCheck(check('chk-hung', 'ok')).then(Boolean, () => false)
  expect(await eventually(back, 20_000)).toBe(true)
})

/** What `redis-cli --cluster create` does, for masters only. */
async function formCluster(nodes: RedisProcess[]): Promise<void> {
  const clients = nodes.map(({ port }) => new Redis({ port }))
  const share = Math.ceil(16_384 / nodes.length)
  for (const [i, client] of clients.entries()) {
    const last = Math.min((i + 1) * share, 16_384) - 1
    await client.call('CLUSTER', 'ADDSLOTSRANGE', i * share, last)
    await client.call('CLUSTER', 'SET-CONFIG-EPOCH', i + 1)
  }
  for (const { port } of nodes.slice(1)) await clients[0]!.call('CLUSTER', 'MEET', '127.0.0.1', port)
  const isUp = async (client: Redis) => {
    const info = String(await client.call('CLUSTER', 'INFO'))
    return info.includes('cluster_state:ok') && info.includes(`cluster_size:${nodes.length}`)
  }
  const allUp = async () => (await Promise.all(clients.map(isUp))).every(Boolean)
  if (!(await eventually(allUp, 20_000))) throw new Error('the cluster did not come up')
  for (const client of clients) client.disconnect()
}

it('everything works behind Sentinel, also after the master was killed', async () => {
  const secured = [
    'requirepass s3cret-of-redis',
    'masterauth s3cret-of-redis',
    'appendonly yes',
    'repl-diskless-sync-delay 0',
  ]
  const master = await processes.start([...secured, 'appenddirname aof-a'])
  const replica = await processes.start([
    ...secured,
    'appenddirname aof-b',
    `replicaof 127.0.0.1 ${master.port}`,
  ])
  const sentinels = await Promise.all(
    [1, 2, 3].map(() =>
      processes.start(
        [
          `sentinel monitor unwedge 127.0.0.1 ${master.port} 2`,
          'sentinel auth-pass unwedge s3cret-of-redis',
          'sentinel down-after-milliseconds unwedge 1000',
          'sentinel failover-timeout unwedge 5000',
        ],
        ['--sentinel'],
      ),
    ),
  )
  const watching = new Redis({ port: sentinels[0]!.port })
  expect(
    await eventually(async () => {
      const facts = (await watching.call('SENTINEL', 'MASTER', 'unwedge')) as string[]
      const fact = (name: string) => Number(facts[facts.indexOf(name) + 1])
      return fact('num-other-sentinels') === 2 && fact('num-slaves') === 1
    }, 20_000),
  ).toBe(true)
  watching.disconnect()

  const hosts = sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')
  const url = `sentinel://:s3cret-of-redis@${hosts}/unwedge`
  redis = await openRedis({ url, stateDir, allowEmbedded: false, log })
  expect(redis.describe()).toBe(
    `sentinel://${hosts}/unwedge (given, ${redis.describe().split('(given, ')[1]}`,
  )
  await useAll(redis, 'before')

  const queues = createQueues(await redis.connect('commands'))
  const approvals = createApprovals(await redis.connect('commands'))
  for (const id of ['apr-kept', 'apr-alone']) {
    await approvals.create(sampleApproval(id))
    await approvals.approve(id, 'mei', NOON)
  }
  const client = await redis.connect('commands')
  const inSync = async () => /state=online/.test(await client.info('replication'))
  expect(await eventually(inSync, 20_000)).toBe(true)
  process.kill(replica.pid, 'SIGSTOP')
  await expect(approvals.start('apr-alone', 'w1', NOON)).rejects.toThrow(/by a replica/)
  process.kill(replica.pid, 'SIGCONT')
  await queues.addCheck(check('chk-kept', 'ok'))
  expect(await approvals.start('apr-kept', 'w1', NOON)).toBe(true)
  await master.kill()
  const began = Date.now()
  await expect(queues.addCheck(check('chk-down', 'ok'))).rejects.toBeInstanceOf(QueueUnreachable)
  expect(Date.now() - began).toBeLessThan(2000)
  const back = () => queues.addCheck(check('chk-down', 'ok')).then(Boolean, () => false)
  expect(await eventually(back, 20_000)).toBe(true)
  expect(await queues.addCheck(check('chk-kept', 'ok'))).toBe('duplicate')
  expect(await approvals.start('apr-kept', 'w2', NOON)).toBe(false)
  await approvals.finish('apr-kept', 'done', 'x')
  await approvals.finish('apr-alone', 'unknown', 'x')
  await useAll(redis, 'after')
  expect(`${said.join()} ${redis.describe()}`).not.toContain('s3cret')
})

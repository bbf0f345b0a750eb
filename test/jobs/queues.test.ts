import { setTimeout as sleep } from 'node:timers/promises'
import { Queue, Worker } from 'bullmq'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hearCancels, isCancelled } from '../../jobs/cancels.ts'
import type { RemedyRequest } from '../../jobs/contracts.ts'
import {
  BadClusterName,
  checksQueue,
  REPORTS_QUEUE,
  reportRetryMs,
  workerOptions,
} from '../../jobs/queue-names.ts'
import { createQueues, type Queues } from '../../jobs/queues.ts'
import { PREFIX } from '../../jobs/redis/keys.ts'
import { QueueUnreachable } from '../../jobs/redis/unreachable.ts'
import { eventually } from './processes.ts'
import { collectReports, startWorker } from './queue-lab.ts'
import { startRedis, type TestRedis } from './redis-server.ts'
import { sampleCheck, sampleMandate } from './sample.ts'

const check = (id: string, cluster: string, target = 'ok') => ({
  ...sampleCheck(id, cluster),
  args: { target },
})
const remedy = (id: string, cluster: string, target = 'ok'): RemedyRequest => ({
  mandate: { ...sampleMandate(id, cluster), args: { target } },
  signature: 'c2lnbmVk',
  origin: { channel: 'C1' },
})

let redis: TestRedis
let queues: Queues
let bot: ReturnType<typeof collectReports>
beforeAll(async () => {
  redis = await startRedis()
  queues = createQueues(await redis.connect())
  bot = collectReports(await redis.connect('worker'))
})
afterAll(async () => {
  await bot.close()
  await queues.close()
  await redis.stop()
})

describe('the report on a check', () => {
  it('becomes due when the check is done, with its result', async () => {
    const worker = await startWorker(redis.url, 'checks', 'a')
    expect(await queues.addCheck(check('chk-done', 'a'))).toBe('added')
    const report = await bot.of('report-check-chk-done')
    expect(report).toMatchObject({ name: 'check', end: { ended: 'completed', value: { looked: true } } })
    expect(report.data).toEqual(check('chk-done', 'a'))
    await worker.kill()
  })

  it('becomes due when the check has failed for good, after three attempts, with the reason', async () => {
    const worker = await startWorker(redis.url, 'checks', 'b')
    await queues.addCheck(check('chk-throws', 'b', 'throw'))
    const { end } = await bot.of('report-check-chk-throws')
    expect(end).toEqual({ ended: 'failed', reason: 'no such host' })
    expect(worker.took).toHaveLength(3)
    await worker.kill()
  })

  it('waits through the death of a worker: another one runs the check again', async () => {
    const first = await startWorker(redis.url, 'checks', 'c')
    await queues.addCheck(check('chk-killed', 'c', 'hang'))
    expect(await first.tookOne('check-chk-killed')).toBe(true)
    await first.kill()
    const second = await startWorker(redis.url, 'checks', 'c')
    expect(await second.tookOne('check-chk-killed')).toBe(true)
    expect(bot.reports.filter(({ jobId }) => jobId === 'report-check-chk-killed')).toEqual([])
    await second.kill()
  })

  it('becomes due when check after check kills its worker', async () => {
    await queues.addCheck(check('chk-poison', 'd', 'hang'))
    for (let i = 0; i <= workerOptions.checks.maxStalledCount; i++) {
      const worker = await startWorker(redis.url, 'checks', 'd')
      expect(await worker.tookOne('check-chk-poison')).toBe(true)
      await worker.kill()
    }
    const last = await startWorker(redis.url, 'checks', 'd')
    const { end } = await bot.of('report-check-chk-poison')
    expect(end).toMatchObject({ ended: 'failed', reason: expect.stringContaining('stalled') })
    expect(last.took).toEqual([])
    await last.kill()
  })
})

describe('a remedy', () => {
  it('is reported on when it is done', async () => {
    const worker = await startWorker(redis.url, 'remedies', 'a')
    expect(await queues.addRemedy(remedy('apr-done', 'a'))).toBe('added')
    const report = await bot.of('report-remedy-apr-done')
    expect(report).toMatchObject({ name: 'remedy', end: { ended: 'completed' } })
    expect(report.data).toEqual(remedy('apr-done', 'a'))
    await worker.kill()
  })

  it('is not tried again when it fails', async () => {
    const worker = await startWorker(redis.url, 'remedies', 'b')
    await queues.addRemedy(remedy('apr-throws', 'b', 'throw'))
    expect((await bot.of('report-remedy-apr-throws')).end).toEqual({
      ended: 'failed',
      reason: 'no such host',
    })
    await sleep(500)
    expect(worker.took).toEqual(['remedy-apr-throws'])
    await worker.kill()
  })

  it('never reaches a second worker when the first one dies over it, and is reported on as such', async () => {
    const first = await startWorker(redis.url, 'remedies', 'c')
    await queues.addRemedy(remedy('apr-killed', 'c', 'hang'))
    expect(await first.tookOne('remedy-apr-killed')).toBe(true)
    await first.kill()
    const second = await startWorker(redis.url, 'remedies', 'c')
    const { end } = await bot.of('report-remedy-apr-killed')
    expect(end).toMatchObject({ ended: 'failed', reason: expect.stringContaining('stalled') })
    await sleep(500)
    expect(second.took).toEqual([])
    await second.kill()
  })
})

describe('the same request again', () => {
  it('is one check and one report, also 50 times at once over several connections', async () => {
    const many = await Promise.all(Array.from({ length: 4 }, async () => createQueues(await redis.connect())))
    const added = await Promise.all(
      Array.from({ length: 50 }, (_, i) => many[i % many.length]!.addCheck(check('chk-twice', 'e'))),
    )
    expect(added).toContain('added')
    const worker = await startWorker(redis.url, 'checks', 'e')
    await bot.of('report-check-chk-twice')
    expect(await queues.addCheck(check('chk-twice', 'e'))).toBe('duplicate')
    await sleep(500)
    expect(worker.took).toEqual(['check-chk-twice'])
    expect(bot.reports.filter(({ jobId }) => jobId === 'report-check-chk-twice')).toHaveLength(1)
    await worker.kill()
  })

  it('does not hold up the report of a check that has failed in between', async () => {
    const waiting = await startRedis()
    const again = createQueues(await waiting.connect())
    const worker = await startWorker(waiting.url, 'checks', 'f')
    await again.addCheck(check('chk-failed', 'f', 'give-up'))
    const queue = new Queue(checksQueue('f'), { connection: await waiting.connect(), prefix: PREFIX })
    expect(await eventually(async () => (await queue.getFailedCount()) === 1)).toBe(true)
    expect(await again.addCheck(check('chk-failed', 'f', 'give-up'))).toBe('duplicate')
    const late = collectReports(await waiting.connect('worker'))
    const reports = new Queue(REPORTS_QUEUE, { connection: await waiting.connect(), prefix: PREFIX })
    expect(await eventually(async () => (await reports.getCompletedCount()) === 1)).toBe(true)
    expect(late.reports).toHaveLength(1)
    await late.close()
    await worker.kill()
    await waiting.stop()
  })
})

describe('cancelling a check', () => {
  it('takes it out of the queue when no worker has it, and that is reported', async () => {
    await queues.addCheck(check('chk-nobody', 'g'))
    expect(await queues.cancelCheck('chk-nobody')).toBe('removed')
    expect((await bot.of('report-check-chk-nobody')).end).toEqual({ ended: 'removed' })
    expect(await queues.cancelCheck('chk-nobody')).toBe('over')
    expect(await queues.cancelCheck('chk-unknown')).toBe('over')
  })

  it('tells its worker when one has it, and whoever asks later', async () => {
    const client = await redis.connect()
    const heard: string[] = []
    await hearCancels(await redis.connect('worker'), (id) => heard.push(id))
    const worker = await startWorker(redis.url, 'checks', 'h')
    await queues.addCheck(check('chk-active', 'h', 'hang'))
    await worker.tookOne('check-chk-active')
    expect(await isCancelled(client, 'chk-active')).toBe(false)
    expect(await queues.cancelCheck('chk-active')).toBe('told')
    expect(await eventually(() => heard.includes('chk-active'))).toBe(true)
    expect(await isCancelled(client, 'chk-active')).toBe(true)
    await worker.kill()
  })
})

describe('what falls due later', () => {
  it('comes at its time, once per name and id', async () => {
    const began = Date.now()
    await queues.later('expire', 'apr-later', began + 700)
    await queues.later('expire', 'apr-later', began + 100)
    await queues.later('lapse', 'apr-later', began - 5000)
    expect(await bot.of('lapse-apr-later')).toMatchObject({ name: 'lapse', data: { id: 'apr-later' } })
    expect(await bot.of('expire-apr-later')).toMatchObject({ name: 'expire', data: { id: 'apr-later' } })
    expect(Date.now() - began).toBeGreaterThanOrEqual(690)
    await sleep(300)
    expect(bot.reports.filter(({ jobId }) => jobId === 'expire-apr-later')).toHaveLength(1)
  })
})

describe('a report that cannot be posted', () => {
  it('is tried again, later and later, for ever', async () => {
    expect([1, 2, 3, 6, 7, 50, 999_999].map(reportRetryMs)).toEqual([
      1000, 2000, 4000, 32_000, 60_000, 60_000, 60_000,
    ])
    const own = await startRedis()
    const tries: number[] = []
    const patient = new Worker(
      REPORTS_QUEUE,
      async () => {
        tries.push(Date.now())
        if (tries.length < 3) throw new Error('Slack is away')
      },
      {
        ...workerOptions.reports,
        settings: { backoffStrategy: (made) => reportRetryMs(made) / 10 },
        connection: await own.connect('worker'),
      },
    )
    await createQueues(await own.connect()).later('expire', 'apr-patient', 0)
    expect(await eventually(() => tries.length === 3)).toBe(true)
    // a busy machine may delay either try, but never shortens a wait
    expect(tries[1]! - tries[0]!).toBeGreaterThanOrEqual(reportRetryMs(1) / 10 - 5)
    expect(tries[2]! - tries[1]!).toBeGreaterThanOrEqual(reportRetryMs(2) / 10 - 5)
    await patient.close(true)
    await own.stop()
  })
})

describe('without Redis', () => {
  const quick = async (adding: Promise<unknown>) => {
    const began = Date.now()
    await expect(adding).rejects.toBeInstanceOf(QueueUnreachable)
    expect(Date.now() - began).toBeLessThan(2000)
  }

  it('adding fails within two seconds, nothing lands late, and it works again when Redis is back', async () => {
    const own = await startRedis()
    const mine = createQueues(await own.connect())
    await mine.addCheck(check('chk-before', 'a'))
    await own.kill()
    await quick(mine.addCheck(check('chk-down', 'a')))
    await quick(mine.addRemedy(remedy('apr-down', 'a')))
    await quick(mine.later('expire', 'apr-down', 0))
    await quick(mine.cancelCheck('chk-before'))
    await own.restart()
    const back = () => mine.addCheck(check('chk-after', 'a')).then(Boolean, () => false)
    expect(await eventually(back)).toBe(true)
    const reports = new Queue(REPORTS_QUEUE, { connection: await own.connect(), prefix: PREFIX })
    expect(await reports.getJob('report-check-chk-after')).toBeDefined()
    expect(await reports.getJob('report-check-chk-down')).toBeUndefined()
    await mine.close()
    await own.stop()
  })

  it('adding fails within two seconds when Redis hangs', async () => {
    const own = await startRedis()
    const mine = createQueues(await own.connect())
    await mine.addCheck(check('chk-before', 'a'))
    process.kill(own.pid(), 'SIGSTOP')
    await quick(mine.addCheck(check('chk-hung', 'a')))
    process.kill(own.pid(), 'SIGCONT')
    const back = () => mine.addCheck(check('chk-hung', 'a')).then(Boolean, () => false)
    expect(await eventually(back)).toBe(true)
    await own.stop()
  })

  it('queues made during an outage work after it, and not before they are asked again', async () => {
    const own = await startRedis()
    const client = await own.connect()
    await own.kill()
    const mine = createQueues(client)
    await quick(mine.addCheck(check('chk-early', 'a')))
    await own.restart()
    const reports = new Queue(REPORTS_QUEUE, { connection: await own.connect(), prefix: PREFIX })
    await sleep(700)
    expect(await reports.getJob('report-check-chk-early')).toBeUndefined()
    const back = () => mine.addCheck(check('chk-early', 'a')).then(Boolean, () => false)
    expect(await eventually(back)).toBe(true)
    await own.stop()
  })
})

it('refuses cluster names that cannot name a queue', async () => {
  for (const name of ['', 'a:b', '{x}', 'a b', 'x'.repeat(65)])
    expect(() => checksQueue(name)).toThrow(BadClusterName)
  await expect(queues.addCheck(check('chk-bad', 'a:b'))).rejects.toThrow(BadClusterName)
})

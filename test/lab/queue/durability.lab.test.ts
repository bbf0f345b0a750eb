import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApprovals } from '../../../jobs/approvals.ts'
import { createAudit } from '../../../jobs/audit.ts'
import { verifyAudit } from '../../../jobs/audit-chain.ts'
import { createQueues } from '../../../jobs/queues.ts'
import { QueueUnreachable } from '../../../jobs/redis/unreachable.ts'
import { eventually } from '../../jobs/processes.ts'
import { collectReports, startWorker } from '../../jobs/queue-lab.ts'
import { startProgram, type TestRedis } from '../../jobs/redis-server.ts'
import { NOON, sampleApproval, sampleCheck } from '../../jobs/sample.ts'
import { realRedis } from './redis-processes.ts'

function onlyOutages(error: unknown): false {
  if (error instanceof QueueUnreachable) return false
  throw error
}

describe('after kill -9 of Redis', () => {
  let redis: TestRedis
  beforeAll(async () => {
    redis = await startProgram(realRedis())
  })
  afterAll(() => redis.stop())

  const crash = async () => {
    await redis.kill()
    await sleep(200)
    await redis.restart()
  }

  it('no acknowledged check is lost, at whatever moment it died, and each is reported on', async () => {
    const queues = createQueues(await redis.connect())
    const bot = collectReports(await redis.connect('worker'))
    const worker = await startWorker(redis.url, 'checks', 'a')
    const acknowledged: string[] = []
    const adding = (async () => {
      for (let i = 0; i < 60; i++) {
        const check = { ...sampleCheck(`chk-crash-${i}`, 'a'), args: { target: 'ok' } }
        // as the bot does: it tries again until it is told that it worked
        const add = () => queues.addCheck(check).then(Boolean, onlyOutages)
        if (!(await eventually(add, 20_000))) throw new Error('the queue did not come back')
        acknowledged.push(check.id)
        await sleep(20)
      }
    })()
    for (let round = 0; round < 3; round++) {
      await sleep(300)
      await crash()
    }
    await adding
    expect(acknowledged).toHaveLength(60)
    for (const id of acknowledged) {
      const { end } = await bot.of(`report-check-${id}`, 30_000)
      expect(end).toEqual({ ended: 'completed', value: { looked: true } })
    }
    await worker.kill()
    await bot.close()
    await queues.close()
  })

  it('a check that was running goes on to its report', async () => {
    const queues = createQueues(await redis.connect())
    const worker = await startWorker(redis.url, 'checks', 'b')
    await queues.addCheck({ ...sampleCheck('chk-long', 'b'), args: { target: 'hang' } })
    expect(await worker.tookOne('check-chk-long')).toBe(true)
    await crash()
    await worker.kill()
    const next = await startWorker(redis.url, 'checks', 'b')
    expect(await next.tookOne('check-chk-long')).toBe(true)
    await next.kill()
  })

  it('what was started stays started: nobody may start it again', async () => {
    const approvals = createApprovals(await redis.connect())
    for (let round = 0; round < 5; round++) {
      const approval = sampleApproval(`apr-crash-${round}`)
      await approvals.create(approval)
      await approvals.approve(approval.id, 'mei', NOON)
      expect(await approvals.start(approval.id, 'w1', NOON)).toBe(true)
      await crash()
      const again = () => approvals.start(approval.id, 'w2', NOON).catch((error) => !onlyOutages(error))
      expect(await eventually(async () => (await again()) === false)).toBe(true)
      expect(await approvals.get(approval.id)).toMatchObject({ state: 'running' })
    }
  })

  it('the audit trail is whole and holds every acknowledged entry', async () => {
    const audit = createAudit(await redis.connect())
    const acknowledged: string[] = []
    let done = false
    const appending = (async () => {
      for (let i = 0; !done; i++) {
        const note = { at: NOON, actor: 'bot', action: `step ${i}`, subject: 's', detail: {} }
        await audit.append(note).then(
          () => acknowledged.push(note.action),
          (error) => sleep(20, onlyOutages(error)),
        )
      }
    })()
    for (let round = 0; round < 3; round++) {
      await sleep(200)
      await crash()
    }
    const before = acknowledged.length
    expect(await eventually(() => acknowledged.length > before + 5)).toBe(true)
    done = true
    await appending
    const lines = (await Array.fromAsync(audit.exportLines())).join('')
    expect(verifyAudit(lines)).toMatchObject({ ok: true })
    const written = new Set(
      lines
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).action),
    )
    expect(acknowledged.filter((action) => !written.has(action))).toEqual([])
  })
})

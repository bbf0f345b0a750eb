import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { verifyAudit } from '../../../jobs/audit-chain.ts'
import { type Answer, approvalId, keyOf, said } from '../../e2e/conversation.ts'
import { type Stand, startStand } from '../../e2e/stand.ts'
import { startProgram, type TestRedis } from '../../jobs/redis-server.ts'
import type { Message } from '../../slack/server.ts'
import { realRedis } from '../queue/redis-processes.ts'
import { type HandCluster, type Incident, startHandCluster } from './hand-cluster.ts'
import { startTap, type Tap } from './tap.ts'

/** What the bot says to Redis when a command is put on record. */
export const INTAKE = /:intake\r\n[\s\S]*"requestedBy"/
/** The check and its report go into the queue in one step. */
export const ENQUEUE = /multi\r\n[\s\S]*report-check-c[\s\S]*requestedBy/

/** A stand on a redis-server with AOF whose cluster outlives the worker, with a tap before the bot and the worker. */
export type Rig = Stand & {
  cluster: HandCluster
  taps: { bot: Tap; worker: Tap }
  /** kills the process at the very moment when Slack has stored a message that fits, before it is told so */
  killOnMessage(part: 'bot', fits: (message: Message) => boolean): Promise<unknown>
  /** starts a killed process, as if it had been away for as long as its locks last */
  revive(part: 'bot' | 'worker', asLong?: 'as-locks-last' | 'a-moment'): Promise<void>
}

export async function withRig(
  story: (rig: Rig) => Promise<void>,
  incident?: Incident,
  env: Record<string, string> = {},
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'unwedge-rig-'))
  const redis = await startProgram(realRedis())
  const socket = redis.url.replace('unix://', '')
  const cluster = await startHandCluster(folder, incident)
  const taps = {
    bot: await startTap(socket, join(folder, 'bot.sock')),
    worker: await startTap(socket, join(folder, 'worker.sock')),
  }
  let stand: Stand | undefined
  try {
    stand = await startStand({
      redis,
      redisUrl: { bot: taps.bot.url, worker: taps.worker.url },
      clusters: ['demo'],
      config: { clusters: { demo: { hosts: cluster.hosts } } },
      botEnv: env,
      workerEnv: { PATH: cluster.path, ...env },
    })
    await story(rigOf(stand, cluster, taps))
  } finally {
    await stand?.stop()
    taps.bot.stop()
    taps.worker.stop()
    cluster.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

function rigOf(stand: Stand, cluster: HandCluster, taps: Rig['taps']): Rig {
  return {
    ...stand,
    cluster,
    taps,
    killOnMessage: (part, fits) =>
      // looked at while Slack stores the message: its answer is not on the way yet
      stand.slack.waitFor(
        (message) => {
          if (!fits(message) || !stand[part].running()) return false
          void stand[part].kill()
          return true
        },
        { timeoutMs: 60_000 },
      ),
    revive: async (part, asLong = 'as-locks-last') => {
      await stand[part].kill()
      if (asLong === 'as-locks-last') await forgetLocks(stand.redis, part)
      await stand[part].start()
    },
  }
}

/** What BullMQ finds in Redis when the locks of a dead process have run out and nobody has looked since. */
async function forgetLocks(redis: TestRedis, part: 'bot' | 'worker'): Promise<void> {
  const client = await redis.connect()
  const mine = part === 'bot' ? /^\{unwedge\}:reports:/ : /^\{unwedge\}:(cluster|remedy|undo)-/
  const keys = (await client.keys('*')).filter((key) => mine.test(key))
  for (const key of keys.filter((each) => /:(lock|stalled-check)$/.test(each))) await client.del(key)
  for (const key of keys.filter((each) => each.endsWith(':active'))) {
    const jobs = await client.lrange(key, 0, -1)
    if (jobs.length > 0) await client.sadd(key.replace(/active$/, 'stalled'), ...jobs)
  }
}

/** Holds for every story: one message per key, one root and one finding, and a trail without a gap. */
export async function expectOneReport(rig: Rig): Promise<void> {
  const keys = said(rig).map(keyOf)
  expect(keys).toEqual([...new Set(keys)])
  expect(keys.filter((key) => key.startsWith('root-'))).toHaveLength(1)
  expect(keys.filter((key) => key.startsWith('finding-'))).toHaveLength(1)
  expect(verifyAudit(await rig.audit())).toMatchObject({ ok: true })
}

/** The remedy ran once: as its trail has it, and as the cluster felt it. */
export async function expectRunOnce(rig: Rig, answer: Answer): Promise<void> {
  const trail = (await rig.audit(approvalId(answer))).map(
    ({ action, detail }) => `${action} ${detail.step ?? ''}`,
  )
  expect(trail.filter((entry) => entry.startsWith('approved'))).toHaveLength(1)
  expect(trail.filter((entry) => entry.startsWith('offered'))).toHaveLength(1)
  // dead between the gate and the trail, it did not get to write that it started
  expect(trail.filter((entry) => entry.startsWith('started')).length).toBeLessThanOrEqual(1)
  expect(trail.filter((entry) => entry.startsWith('ended'))).toHaveLength(1)
  for (const step of ['add', 'rm'])
    expect(trail.filter((entry) => entry === `about-to ${step}`).length, trail.join()).toBeLessThanOrEqual(1)
  expect(rig.cluster.effects.filter((effect) => effect === 'add').length).toBeLessThanOrEqual(1)
  expect(rig.cluster.effects.filter((effect) => effect === 'rm').length).toBeLessThanOrEqual(1)
}

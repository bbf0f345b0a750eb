import { DelayedError, type Job, QueueEvents, UnrecoverableError, Worker } from 'bullmq'
import { childEnd } from '../jobs/child-end.ts'
import {
  CheckRequest,
  CheckResult,
  ProgressEvent,
  RemedyRequest,
  RemedyResult,
  TakeBackRequest,
  TakeBackResult,
} from '../jobs/contracts.ts'
import { checksQueue, REPORTS_QUEUE, remediesQueue, workerOptions } from '../jobs/queue-names.ts'
import { PREFIX } from '../jobs/redis/keys.ts'
import type { OpenRedis } from '../jobs/redis/open-redis.ts'
import type { AlertDesk } from './alerts/desk.ts'
import { queueCheck } from './ask.ts'
import type { Bot } from './bot.ts'
import { dispatch, mandateOf, noteDecisions } from './decide.ts'
import { SlackLater, SlackNever } from './outbox.ts'
import { showProgress } from './progress.ts'
import { type Ended, reportCheck, reportRemedy } from './reports.ts'
import { reportTakeBack, showTakeBack } from './take-back.ts'
import { redraw } from './threads.ts'

const SWEEP_EVERY_MS = 10_000
/** what was accepted or approved is in its queue after this, or whoever took it will not do it any more */
const QUEUED_WITHIN_MS = 5_000

/** The bot's side of the queue: brings what ended into Slack, shows progress, and picks up what a crash left behind. */
export async function startReports(
  bot: Bot,
  alerts: AlertDesk,
  redis: OpenRedis,
): Promise<{ close(): Promise<void> }> {
  const connection = await redis.connect('worker')
  const worker = new Worker(REPORTS_QUEUE, (job, token) => report(bot, alerts, job, token), {
    connection,
    ...workerOptions.reports,
  })
  worker.on('error', (error) => bot.log.warn({ err: error }, 'queue'))
  worker.on('failed', (job, error) => bot.log.error({ job: job?.id, err: error }, 'report failed'))
  const queues = bot.settings.clusters.flatMap((cluster) => [checksQueue(cluster), remediesQueue(cluster)])
  const listeners = await Promise.all(
    queues.map(
      async (name) => new QueueEvents(name, { connection: await redis.connect('worker'), prefix: PREFIX }),
    ),
  )
  for (const events of listeners) {
    events.on('error', (error) => bot.log.warn({ err: error }, 'queue events'))
    events.on('progress', ({ data }) => {
      const event = ProgressEvent.safeParse(data)
      if (event.success)
        showProgress(bot, event.data).catch((error) =>
          bot.log.debug({ err: error }, 'progress was not shown'),
        )
    })
  }
  const sweep = (acceptedMs = QUEUED_WITHIN_MS) =>
    void pickUp(bot, acceptedMs).catch((error) => bot.log.warn({ err: error }, 'sweep'))
  // what is there now was accepted by one that died a moment ago, or is queued twice, which changes nothing;
  // what was approved then is noted in the trail, too, so a bot beside this one gets its time for it
  sweep(0)
  const timers = [setTimeout(sweep, QUEUED_WITHIN_MS), setInterval(sweep, SWEEP_EVERY_MS)]
  return {
    close: async () => {
      for (const timer of timers) clearInterval(timer)
      await Promise.all([worker.close(), ...listeners.map((events) => events.close())])
    },
  }
}

async function report(bot: Bot, alerts: AlertDesk, job: Job, token: string | undefined): Promise<void> {
  try {
    if (job.name === 'check')
      await reportCheck(bot, CheckRequest.parse(job.data), ended(job, CheckResult.parse))
    else if (job.name === 'remedy')
      await reportRemedy(bot, RemedyRequest.parse(job.data).mandate, await ended(job, RemedyResult.parse))
    else if (job.name === 'undo')
      await reportTakeBack(bot, TakeBackRequest.parse(job.data), await ended(job, TakeBackResult.parse))
    else if (job.name === 'undo-late') await showTakeBack(bot, TakeBackRequest.parse(job.data))
    else if (job.name === 'expire') await expire(bot, String(job.data.id))
    else if (job.name === 'lapse') await lapse(bot, String(job.data.id))
    else if (job.name === 'alert') await alerts.work(job.data)
    else if (job.name === 'incident') await alerts.draw(String(job.data.id))
    else throw new UnrecoverableError(`no such report: ${job.name}`)
  } catch (error) {
    if (error instanceof SlackLater) {
      await job.moveToDelayed(Date.now() + error.retryAfterMs, token)
      throw new DelayedError()
    }
    if (error instanceof SlackNever) throw new UnrecoverableError(error.message)
    throw error
  }
}

async function ended<T>(job: Job, parse: (value: unknown) => T): Promise<Ended<T>> {
  const end = await childEnd(job)
  if (end.ended === 'completed') return { ok: true, value: parse(end.value) }
  return { ok: false, why: end.ended === 'failed' ? end.reason : 'no worker of that cluster took it in time' }
}

/** An offer's time is over: whatever became of it is on record and drawn from here on. */
async function expire(bot: Bot, approvalId: string): Promise<void> {
  await bot.approvals.expire(approvalId, Date.now())
  const approval = await bot.approvals.get(approvalId)
  if (!approval) return
  // also when it was decided before: whoever noted or drew that may have died over it
  await noteDecisions(bot, approval)
  await redraw(bot, approval)
}

/** A check that no worker took in time is taken back; its report then says so. */
async function lapse(bot: Bot, checkId: string): Promise<void> {
  const record = await bot.records.check(checkId)
  if (!record || record.result) return
  await bot.queues.withdrawCheck(checkId)
}

/** What nobody will finish: approved but not in the queue, past its time, or run by a worker that is gone. */
async function pickUp(bot: Bot, acceptedMs: number): Promise<void> {
  // accepted by a bot that died, or lost its queue, before it had queued them
  for (const request of await bot.queues.unqueued(Date.now() - acceptedMs)) await queueCheck(bot, request)
  for (const { approval, why } of await bot.approvals.listStuck(Date.now(), {
    approvedMs: QUEUED_WITHIN_MS,
    runningMs: 15 * 60_000,
  })) {
    if (why === 'not-started') {
      await noteDecisions(bot, approval)
      await dispatch(bot, approval)
    }
    if (why === 'past-expiry') await expire(bot, approval.id)
    // its worker died, and no other one is there to find that out
    if (why === 'running-too-long')
      await reportRemedy(bot, mandateOf(bot, approval), { ok: false, why: 'it was not heard of again' })
  }
}

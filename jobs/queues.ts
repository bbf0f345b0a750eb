import type { Job, JobsOptions } from 'bullmq'
import { CANCELS, cancelKey } from './cancels.ts'
import { CheckRequest, RemedyRequest } from './contracts.ts'
import { createIntake } from './intake.ts'
import { checkOptions, DAY_S, HOUR_S, KEPT, remedyOptions, reportOptions } from './job-options.ts'
import { createProducers } from './producers.ts'
import {
  checkJobId,
  checksQueue,
  REPORTS_QUEUE,
  remediesQueue,
  remedyJobId,
  reportJobId,
} from './queue-names.ts'
import type { RedisClient } from './redis/dial.ts'
import { replicated } from './redis/replicated.ts'
import { reaching } from './redis/unreachable.ts'
import { createUndos, type Undos } from './undo-queue.ts'

/** What the bot reports on; the name of a job in the reports queue. */
export type ReportName = 'check' | 'remedy' | 'undo' | 'undo-late' | 'expire' | 'lapse' | 'alert' | 'incident'

export type Added = 'added' | 'duplicate'

/** All throw QueueUnreachable within two seconds when Redis does not answer; repeating a call is always safe. */
export type Queues = {
  /**
   * Promises a check: it is on record, and `unqueued` lists it until `checkQueued`. One round trip. `duplicate`: there
   * is one with this id already, or was until lately.
   */
  acceptCheck(request: CheckRequest): Promise<Added>
  /** whatever belongs to a check is in its queue now */
  checkQueued(checkId: string): Promise<void>
  /** checks that were accepted before `beforeMs` (ms since the epoch) and are in no queue: their bot died in between */
  unqueued(beforeMs: number): Promise<CheckRequest[]>
  /** `isNew`: acceptCheck has just said so */
  addCheck(request: CheckRequest, isNew?: boolean): Promise<Added>
  addRemedy(request: RemedyRequest): Promise<Added>
  /** a job of this name and `{ id }` in the reports queue, due at `atMs` (ms since the epoch), once per name and id */
  later(name: 'expire' | 'lapse' | 'incident', id: string, atMs: number): Promise<void>
  /** a job `alert` with this data in the reports queue; the same id again within an hour is ignored */
  addAlert(id: string, data: object): Promise<void>
  /** `removed`: no worker had it yet; `told`: its worker was told to stop; `over`: it had ended, or is not known */
  cancelCheck(checkId: string): Promise<'removed' | 'told' | 'over'>
  /** takes back a check that no worker has taken; false when one has, or it ended */
  withdrawCheck(checkId: string): Promise<boolean>
  /** how many checks and remedies of a cluster run and wait */
  load(cluster: string): Promise<{ running: number; waiting: number }>
  /** what remedies must not leave behind */
  undos: Undos
  /** leaves the connection open */
  close(): Promise<void>
}

/** The producing side of all queues, over one `commands` connection. */
export function createQueues(client: RedisClient): Queues {
  const producers = createProducers(client)
  const { flows, queue } = producers
  const reports = queue(REPORTS_QUEUE)
  const undos = createUndos(client, producers)
  const intake = createIntake(client)

  const isThere = async (jobId: string) => (await client.exists(reports.toKey(reportJobId(jobId)))) === 1

  const addFlow = async (flow: Flow, isNew = false): Promise<Added> => {
    // adding a flow again would re-attach a failed child to its report, which then could never complete
    if (!isNew && (await isThere(flow.jobId))) return 'duplicate'
    const adding = flows.add({
      name: flow.name,
      queueName: REPORTS_QUEUE,
      data: flow.data,
      opts: { ...reportOptions, jobId: reportJobId(flow.jobId) },
      children: [{ ...flow, opts: { ...flow.opts, jobId: flow.jobId } }],
    })
    await replicated(client, reports.toKey(''), `the ${flow.name}`, adding)
    return 'added'
  }

  const checkJob = async (checkId: string) => {
    const report = await reports.getJob(reportJobId(checkJobId(checkId)))
    return report && (await queue(checksQueue(report.data.cluster)).getJob(checkJobId(checkId)))
  }

  return {
    acceptCheck: (request) =>
      reaching('the check', async () => {
        const data = CheckRequest.parse(request)
        const [known] = await Promise.all([isThere(checkJobId(data.id)), intake.take(data)])
        return known ? 'duplicate' : 'added'
      }),
    checkQueued: (checkId) => reaching('the check', () => intake.queued(checkId)),
    unqueued: (beforeMs) =>
      reaching('what was accepted', async () =>
        (await intake.left()).filter(({ requestedAt }) => requestedAt < beforeMs),
      ),
    addCheck: (request, isNew) =>
      reaching('the check', async () => {
        const data = CheckRequest.parse(request)
        const queueName = checksQueue(data.cluster)
        const jobId = checkJobId(data.id)
        return await addFlow({ name: 'check', queueName, data, jobId, opts: checkOptions }, isNew)
      }),
    addRemedy: (request) =>
      reaching('the remedy', async () => {
        const data = RemedyRequest.parse(request)
        const queueName = remediesQueue(data.mandate.cluster)
        const jobId = remedyJobId(data.mandate.approvalId)
        return await addFlow({ name: 'remedy', queueName, data, jobId, opts: remedyOptions })
      }),
    later: (name, id, atMs) =>
      reaching(`the reminder (${name})`, async () => {
        const delay = Math.max(0, atMs - Date.now())
        await reports.add(name, { id }, { ...reportOptions, jobId: `${name}-${id}`, delay })
      }),
    addAlert: (id, data) =>
      reaching('the alert', async () => {
        const kept = { age: HOUR_S }
        await reports.add('alert', data, {
          ...reportOptions,
          jobId: `alert-${id}`,
          removeOnComplete: kept,
          removeOnFail: KEPT,
        })
      }),
    cancelCheck: (checkId) =>
      reaching('cancelling the check', async () => {
        const job = await checkJob(checkId)
        if (!job || (await job.isCompleted()) || (await job.isFailed())) return 'over'
        if (!(await job.isActive()) && (await removed(job))) return 'removed'
        await client.set(cancelKey(checkId), '1', 'EX', DAY_S)
        await client.publish(CANCELS, checkId)
        return 'told'
      }),
    withdrawCheck: (checkId) =>
      reaching('taking back the check', async () => {
        const job = await checkJob(checkId)
        if (!job || (await job.isActive()) || (await job.isCompleted()) || (await job.isFailed()))
          return false
        return await removed(job)
      }),
    load: (cluster) =>
      reaching('what is going on', async () => {
        const counts = await Promise.all(
          [checksQueue(cluster), remediesQueue(cluster)].map((name) =>
            queue(name).getJobCounts('active', 'waiting', 'delayed', 'prioritized'),
          ),
        )
        const sum = (state: string) => counts.reduce((total, count) => total + (count[state] ?? 0), 0)
        return { running: sum('active'), waiting: sum('waiting') + sum('delayed') + sum('prioritized') }
      }),
    undos,
    close: producers.close,
  }
}

type Flow = {
  name: ReportName
  queueName: string
  data: CheckRequest | RemedyRequest
  jobId: string
  opts: JobsOptions
}

/** False when a worker took it in the meantime. */
async function removed(job: Job): Promise<boolean> {
  try {
    await job.remove()
    return true
  } catch (error) {
    if (await job.isActive()) return false
    throw error
  }
}

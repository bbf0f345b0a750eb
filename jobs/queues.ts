import { FlowProducer, type Job, type JobsOptions, Queue } from 'bullmq'
import { CANCELS, cancelKey } from './cancels.ts'
import { CheckRequest, RemedyRequest } from './contracts.ts'
import {
  checkJobId,
  checksQueue,
  REPORTS_QUEUE,
  remediesQueue,
  remedyJobId,
  reportJobId,
} from './queue-names.ts'
import type { RedisClient } from './redis/dial.ts'
import { PREFIX } from './redis/keys.ts'
import { replicated } from './redis/replicated.ts'
import { reaching } from './redis/unreachable.ts'

const HOUR_S = 3600
const DAY_S = 24 * HOUR_S

/** As long as its job is kept, the same request again is ignored. A count cuts that short on a very busy day. */
const KEPT = { age: 2 * DAY_S, count: 10_000 }
/** Longer than any approval lives; the approval's own state is the second gate. */
const REMEDIES_KEPT = { age: 30 * DAY_S, count: 10_000 }

const reportOptions = {
  // Slack may be away for days
  attempts: 1_000_000,
  backoff: { type: 'patient' },
  stackTraceLimit: 3,
  removeOnComplete: KEPT,
  removeOnFail: KEPT,
} satisfies JobsOptions

const checkOptions = {
  attempts: 3,
  backoff: { type: 'exponential', delay: 1000 },
  removeOnComplete: KEPT,
  removeOnFail: KEPT,
  // the report becomes due also when the check fails for good
  ignoreDependencyOnFailure: true,
} satisfies JobsOptions

const remedyOptions = {
  attempts: 1,
  removeOnComplete: REMEDIES_KEPT,
  removeOnFail: REMEDIES_KEPT,
  ignoreDependencyOnFailure: true,
} satisfies JobsOptions

/** What the bot reports on; the name of a job in the reports queue. */
export type ReportName = 'check' | 'remedy' | 'expire' | 'lapse' | 'alert' | 'incident'

export type Added = 'added' | 'duplicate'

/** All throw QueueUnreachable within two seconds when Redis does not answer; repeating a call is always safe. */
export type Queues = {
  addCheck(request: CheckRequest): Promise<Added>
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
  /** leaves the connection open */
  close(): Promise<void>
}

/** The producing side of all queues, over one `commands` connection. */
export function createQueues(client: RedisClient): Queues {
  // no question to Redis at construction: one that fails there would break the queue for good
  const options = { connection: client, prefix: PREFIX, skipVersionCheck: true, skipWaitingForReady: true }
  const flows = new FlowProducer(options)
  const reports = new Queue(REPORTS_QUEUE, options)
  const open = new Map<string, Queue>([[REPORTS_QUEUE, reports]])
  // what goes wrong is thrown at the caller; the connection logs its own outages
  flows.on('error', () => {})
  reports.on('error', () => {})
  const queue = (name: string) => {
    const known = open.get(name) ?? new Queue(name, options)
    if (!open.has(name)) known.on('error', () => {})
    open.set(name, known)
    return known
  }

  const addFlow = async (flow: Flow): Promise<Added> => {
    // adding a flow again would re-attach a failed child to its report, which then could never complete
    const known = await reports.getJob(reportJobId(flow.jobId))
    if (known) return 'duplicate'
    await flows.add({
      name: flow.name,
      queueName: REPORTS_QUEUE,
      data: flow.data,
      opts: { ...reportOptions, jobId: reportJobId(flow.jobId) },
      children: [{ ...flow, opts: { ...flow.opts, jobId: flow.jobId } }],
    })
    await replicated(client, reports.toKey(''), `the ${flow.name}`)
    return 'added'
  }

  const checkJob = async (checkId: string) => {
    const report = await reports.getJob(reportJobId(checkJobId(checkId)))
    return report && (await queue(checksQueue(report.data.cluster)).getJob(checkJobId(checkId)))
  }

  return {
    addCheck: (request) =>
      reaching('the check', async () => {
        const data = CheckRequest.parse(request)
        const queueName = checksQueue(data.cluster)
        return await addFlow({
          name: 'check',
          queueName,
          data,
          jobId: checkJobId(data.id),
          opts: checkOptions,
        })
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
    close: async () => {
      await Promise.all([flows, ...open.values()].map((each) => each.close()))
    },
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

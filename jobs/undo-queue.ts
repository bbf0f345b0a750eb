import type { Job } from 'bullmq'
import { TakeBackRequest } from './contracts.ts'
import { reportOptions, undoOptions } from './job-options.ts'
import type { Producers } from './producers.ts'
import { REPORTS_QUEUE, reportJobId, undoJobId, undoQueue } from './queue-names.ts'
import type { RedisClient } from './redis/dial.ts'
import { replicated } from './redis/replicated.ts'
import { reaching } from './redis/unreachable.ts'

/**
 * What is, or was, to be taken back. `waits`: for its time, or for its next try; `due`: for a worker;
 * `given-up`: a person has to do it.
 */
export type Undo = {
  request: TakeBackRequest
  state: 'waits' | 'due' | 'running' | 'taken-back' | 'given-up'
  /** how often it was tried in vain */
  tries: number
  /** why the last try failed */
  why?: string
}

/** Which undo: the latest round of this approval. */
export type Which = { cluster: string; approvalId: string }

/** All throw QueueUnreachable; repeating a call is always safe. */
export type Undos = {
  /** one round, due at its `dueAt`, with its report behind it; false when that round is there already */
  add(request: TakeBackRequest): Promise<boolean>
  /** undefined: nothing was recorded, or nothing was left */
  find(which: Which): Promise<Undo | undefined>
  /** due at once, if it waits; false when it does not wait */
  bringForward(which: Which): Promise<boolean>
  /** due at `atMs` (ms since the epoch), if it waits; false when it does not wait */
  postpone(which: Which, atMs: number): Promise<boolean>
  /** takes it out of the queue with its report, before a worker has it; false when one has, or had it */
  remove(which: Which): Promise<boolean>
  /** has it reported that taking back does not work yet, once per round */
  tellLate(request: TakeBackRequest): Promise<void>
  /** everything of a cluster that is still to be taken back, in no order */
  open(cluster: string): Promise<Undo[]>
}

/** What must not stay, as jobs: each waits in the undo queue of its cluster, with a report that waits for it. */
export function createUndos(client: RedisClient, { flows, queue }: Producers): Undos {
  const reports = queue(REPORTS_QUEUE)

  const latest = async ({ cluster, approvalId }: Which): Promise<Job | undefined> => {
    let found: Job | undefined
    for (let round = 1; ; round += 1) {
      const job = await queue(undoQueue(cluster)).getJob(undoJobId(approvalId, round))
      if (!job) return found
      found = job
    }
  }
  /** Does it to the job as long as it waits; BullMQ refuses by itself when that has changed since we looked. */
  const whileWaiting = async (which: Which, change: (job: Job) => Promise<void>): Promise<boolean> => {
    const job = await latest(which)
    if (!job || !(await job.isDelayed())) return false
    try {
      await change(job)
    } catch (error) {
      if (await job.isDelayed()) throw error
      return false
    }
    await replicated(client, reports.toKey(''), 'taking back', Promise.resolve())
    return true
  }

  return {
    add: (request) =>
      reaching('what must not stay', async () => {
        const data = TakeBackRequest.parse(request)
        const { approvalId, cluster } = data.mandate
        const jobId = undoJobId(approvalId, data.round)
        if (await reports.getJob(reportJobId(jobId))) return false
        const delay = Math.max(0, data.dueAt - Date.now())
        const opts = { ...undoOptions, jobId, delay }
        const adding = flows.add({
          name: 'undo',
          queueName: REPORTS_QUEUE,
          data,
          opts: { ...reportOptions, jobId: reportJobId(jobId) },
          children: [{ name: 'undo', queueName: undoQueue(cluster), data, opts }],
        })
        await replicated(client, reports.toKey(''), 'what must not stay', adding)
        return true
      }),
    find: (which) =>
      reaching('what is to be taken back', async () => {
        const job = await latest(which)
        return job && (await undoOf(job))
      }),
    bringForward: (which) =>
      reaching('taking back', () =>
        whileWaiting(which, async (job) => {
          await job.updateData({ ...job.data, dueAt: Math.min(job.data.dueAt, Date.now()) })
          await job.promote()
        }),
      ),
    postpone: (which, atMs) =>
      reaching('when to take back', () =>
        whileWaiting(which, async (job) => {
          await job.changeDelay(Math.max(0, atMs - Date.now()))
          await job.updateData({ ...job.data, dueAt: atMs })
        }),
      ),
    remove: (which) =>
      reaching('that nothing is left', async () => {
        const job = await latest(which)
        if (!job) return false
        const state = await undoOf(job)
        if (state?.state !== 'waits' && state?.state !== 'due') return false
        const report = await reports.getJob(reportJobId(job.id!))
        try {
          // with the report goes what it waits for, in one step; neither alone would stay silent
          await (report ?? job).remove()
          return true
        } catch (error) {
          if (await job.isActive()) return false
          throw error
        }
      }),
    tellLate: (request) =>
      reaching('that taking back does not work', async () => {
        const { mandate, round } = request
        const jobId = `late-${undoJobId(mandate.approvalId, round)}`
        await reports.add('undo-late', request, { ...reportOptions, jobId })
      }),
    open: (cluster) =>
      reaching('what is to be taken back', async () => {
        const jobs = await queue(undoQueue(cluster)).getJobs(['delayed', 'waiting', 'prioritized', 'active'])
        const found = await Promise.all(jobs.map(undoOf))
        return found.filter((undo) => undo !== undefined)
      }),
  }
}

/** Undefined for what is not a job of ours. */
async function undoOf(job: Job): Promise<Undo | undefined> {
  const request = TakeBackRequest.safeParse(job.data)
  if (!request.success) return undefined
  const tries = { tries: job.attemptsMade, ...(job.failedReason && { why: job.failedReason }) }
  const state = await job.getState()
  const named = { delayed: 'waits', active: 'running', completed: 'taken-back', failed: 'given-up' } as const
  return { request: request.data, state: named[state as keyof typeof named] ?? 'due', ...tries }
}

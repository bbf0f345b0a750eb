import { hostname } from 'node:os'
import { type Job, UnrecoverableError, Worker } from 'bullmq'
import type { Logger } from 'pino'
import type { Playbook } from '../playbooks/shared/playbook.ts'
import { type Approvals, createApprovals } from './approvals.ts'
import { type Audit, createAudit } from './audit.ts'
import { hearCancels, isCancelled } from './cancels.ts'
import { runCheck } from './check.ts'
import { CheckRequest, type CheckResult, type ProgressEvent, type RemedyResult } from './contracts.ts'
import type { Cluster } from './hosts/cluster.ts'
import { maskDeep } from './mask.ts'
import { announce } from './presence.ts'
import { checksQueue, remediesQueue, workerOptions } from './queue-names.ts'
import { createRecords, type Records } from './records.ts'
import type { RedisClient } from './redis/dial.ts'
import { PREFIX } from './redis/keys.ts'
import type { OpenRedis } from './redis/open-redis.ts'
import { runRemedy } from './remedy.ts'
import { verify } from './signing.ts'

export type WorkerSettings = {
  cluster: Cluster
  catalogue: readonly Playbook[]
  redis: OpenRedis
  /** PEM of the bot's public key; without it this worker only checks */
  publicKey: string | undefined
  version: string
  log: Logger
}

/** What the processors below share. */
type Bench = Omit<WorkerSettings, 'redis'> & {
  id: string
  client: RedisClient
  records: Records
  approvals: Approvals
  audit: Audit
  running: Map<string, AbortController>
}

const PROGRESS_EVERY_MS = 500

/** Takes the checks and remedies of one cluster out of its queues until `close()`. */
export async function startWorker(settings: WorkerSettings): Promise<{ id: string; close(): Promise<void> }> {
  const { redis, cluster, log } = settings
  const name = cluster.inventory.cluster
  const client = await redis.connect('commands')
  const bench: Bench = {
    ...settings,
    id: `${hostname()}-${process.pid}`,
    client,
    records: createRecords(client, PREFIX),
    approvals: createApprovals(client),
    audit: createAudit(client),
    running: new Map(),
  }
  const connection = await redis.connect('worker')
  await hearCancels(await redis.connect('worker'), (checkId) =>
    bench.running.get(checkId)?.abort(new Error('cancelled')),
  )
  const workers = [
    new Worker(checksQueue(name), (job) => workOnCheck(bench, job), { connection, ...workerOptions.checks }),
    ...(settings.publicKey === undefined
      ? []
      : [
          new Worker(remediesQueue(name), (job) => workOnRemedy(bench, job, settings.publicKey!), {
            connection,
            ...workerOptions.remedies,
          }),
        ]),
  ]
  for (const worker of workers) {
    worker.on('error', (error) => log.warn({ err: error }, 'queue'))
    worker.on('failed', (job, error) => log.warn({ job: job?.id, err: error }, 'job failed'))
  }
  const presence = await announce(client, {
    cluster: name,
    id: bench.id,
    version: settings.version,
    since: Date.now(),
  })
  return {
    id: bench.id,
    close: async () => {
      await presence.leave()
      for (const controller of bench.running.values())
        controller.abort(new Error('this worker is shutting down'))
      await Promise.all(workers.map((worker) => worker.close()))
      await cluster.close()
    },
  }
}

async function workOnCheck(bench: Bench, job: Job): Promise<CheckResult> {
  const request = CheckRequest.parse(job.data)
  const playbook = bench.catalogue.find((candidate) => candidate.name === request.playbook)
  if (!playbook)
    throw new UnrecoverableError(
      `this worker knows no check \`${request.playbook}\`; it may be older than the bot`,
    )
  if (await isCancelled(bench.client, request.id)) throw new UnrecoverableError('cancelled')
  const controller = new AbortController()
  bench.running.set(request.id, controller)
  const startedAt = Date.now()
  const tell = throttled((event: ProgressEvent) => {
    job.updateProgress(event).catch((error) => bench.log.debug({ err: error }, 'progress was not told'))
  })
  try {
    const { result, recording } = await runCheck({
      playbook,
      args: request.args,
      cluster: bench.cluster,
      signal: controller.signal,
      onProgress: ({ firstLook, ...rest }) =>
        tell(
          {
            kind: 'check',
            id: request.id,
            ...rest,
            elapsedMs: Date.now() - startedAt,
            ...(firstLook && { firstLook }),
          },
          firstLook !== undefined,
        ),
    })
    await bench.records.saveResult(request.id, result, maskDeep(recording))
    return result
  } catch (error) {
    if (controller.signal.aborted && (controller.signal.reason as Error).message === 'cancelled')
      throw new UnrecoverableError('cancelled')
    throw error
  } finally {
    bench.running.delete(request.id)
  }
}

async function workOnRemedy(bench: Bench, job: Job, publicKey: string): Promise<RemedyResult> {
  const verified = verify(job.data, publicKey, Date.now())
  if (!verified.ok) throw new UnrecoverableError(verified.why)
  const { mandate } = verified
  if (mandate.cluster !== bench.cluster.inventory.cluster)
    throw new UnrecoverableError(
      `this worker is for ${bench.cluster.inventory.cluster}, not ${mandate.cluster}`,
    )
  const playbook = bench.catalogue.find((candidate) => candidate.name === mandate.playbook)
  if (!playbook) throw new UnrecoverableError(`this worker knows no playbook \`${mandate.playbook}\``)
  // the single gate: whoever comes second finds it taken
  if (!(await bench.approvals.start(mandate.approvalId, bench.id, Date.now())))
    throw new UnrecoverableError('it was started, stopped or ended before')

  const journal = async (action: string, detail: Record<string, string> = {}) => {
    await bench.audit.append({
      at: Date.now(),
      actor: `worker ${bench.id}`,
      action,
      subject: mandate.approvalId,
      detail,
    })
  }
  await journal('started', { remedy: mandate.remedy })
  const tell = throttled((event: ProgressEvent) => {
    job.updateProgress(event).catch((error) => bench.log.debug({ err: error }, 'progress was not told'))
  })
  const result = await runRemedy({
    playbook,
    mandate,
    cluster: bench.cluster,
    journal,
    onLine: (lines) => tell({ kind: 'remedy', approvalId: mandate.approvalId, lines }, true),
  })
  await journal('ended', { state: result.state, now: result.now })
  await bench.records.saveRemedy(result)
  await bench.approvals.finish(
    mandate.approvalId,
    result.state === 'refused' ? 'failed' : result.state,
    result.now,
  )
  return result
}

/** Lets an event through at most twice a second, and those that matter always. */
function throttled(tell: (event: ProgressEvent) => void): (event: ProgressEvent, always: boolean) => void {
  let last = 0
  return (event, always) => {
    if (!always && Date.now() - last < PROGRESS_EVERY_MS) return
    last = Date.now()
    tell(event)
  }
}

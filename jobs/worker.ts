import { hostname } from 'node:os'
import { setImmediate } from 'node:timers/promises'
import { type Job, UnrecoverableError, Worker } from 'bullmq'
import type { Logger } from 'pino'
import { type CatalogueEntry, playbookNamed } from '../playbooks/shared/playbook.ts'
import { createApprovals } from './approvals.ts'
import { createAudit } from './audit.ts'
import { type Bench, throttled } from './bench.ts'
import { hearCancels, isCancelled } from './cancels.ts'
import { runCheck } from './check.ts'
import { CheckRequest, type CheckResult, type ProgressEvent, type Recording } from './contracts.ts'
import type { Cluster } from './hosts/cluster.ts'
import { maskDeep } from './mask.ts'
import { announce } from './presence.ts'
import { createProducers } from './producers.ts'
import { checksQueue, remediesQueue, undoQueue, workerOptions } from './queue-names.ts'
import { createRecords } from './records.ts'
import type { RedisClient } from './redis/dial.ts'
import { PREFIX } from './redis/keys.ts'
import type { OpenRedis } from './redis/open-redis.ts'
import { createUndos } from './undo-queue.ts'
import { afterDeath, workOnRemedy } from './work-on-remedy.ts'
import { workOnUndo } from './work-on-undo.ts'

export type WorkerSettings = {
  cluster: Cluster
  catalogue: readonly CatalogueEntry[]
  redis: OpenRedis
  /** PEM of the bot's public key; without it this worker only checks */
  publicKey: string | undefined
  version: string
  log: Logger
}

/** Takes the checks and remedies of one cluster out of its queues, and what is to be taken back, until `close()`. */
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
    undos: createUndos(client, createProducers(client)),
    running: new Map(),
    keeping: new Set(),
  }
  const connection = await redis.connect('worker')
  await hearCancels(await redis.connect('worker'), (checkId) =>
    bench.running.get(checkId)?.abort(new Error('cancelled')),
  )
  const { publicKey } = settings
  const workers = [
    new Worker(checksQueue(name), (job) => workOnCheck(bench, job), { connection, ...workerOptions.checks }),
    ...(publicKey === undefined ? [] : acting(bench, connection, publicKey)),
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
      await Promise.all(bench.keeping)
      await cluster.close()
    },
  }
}

/** What changes something, and therefore needs the bot's key to be believed. */
function acting(bench: Bench, connection: RedisClient, publicKey: string): Worker[] {
  const name = bench.cluster.inventory.cluster
  const remedies = new Worker(remediesQueue(name), (job) => workOnRemedy(bench, job, publicKey), {
    connection,
    ...workerOptions.remedies,
  })
  remedies.on('failed', (job, error) => void afterDeath(bench, job, error))
  const undos = new Worker(undoQueue(name), (job, token) => workOnUndo(bench, job, token, publicKey), {
    connection,
    ...workerOptions.undos,
  })
  return [remedies, undos]
}

async function workOnCheck(bench: Bench, job: Job): Promise<CheckResult> {
  const request = CheckRequest.parse(job.data)
  const playbook = await playbookNamed(bench.catalogue, request.playbook)
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
    // people wait for the finding; what was seen is put away while it is on its way
    putAway(bench, request.id, result, recording)
    return result
  } catch (error) {
    if (controller.signal.aborted && (controller.signal.reason as Error).message === 'cancelled')
      throw new UnrecoverableError('cancelled')
    throw error
  } finally {
    bench.running.delete(request.id)
  }
}

/** Keeps the recording of a check that has ended. Failing costs the export of it, nothing else. */
function putAway(bench: Bench, checkId: string, result: CheckResult, recording: Recording): void {
  const keep = async () => {
    await setImmediate()
    await bench.records.saveResult(checkId, result, maskDeep(recording))
  }
  const kept = keep()
    .catch((error) => bench.log.warn({ err: error, check: checkId }, 'its recording was not kept'))
    .finally(() => bench.keeping.delete(kept))
  bench.keeping.add(kept)
}

import { fileURLToPath } from 'node:url'
import { Worker } from 'bullmq'
import { type ChildEnd, childEnd } from '../../jobs/child-end.ts'
import { type Served, serve } from '../../jobs/hosts/serve.ts'
import { REPORTS_QUEUE, workerOptions } from '../../jobs/queue-names.ts'
import type { RedisClient } from '../../jobs/redis/dial.ts'
import { eventually } from './processes.ts'

const file = fileURLToPath(new URL('./queue-worker.ts', import.meta.url))

export type WorkerProcess = {
  /** ids of the jobs it started, in order */
  took: string[]
  tookOne(jobId: string, withinMs?: number): Promise<boolean>
  kill(): Promise<void>
}

/** A real worker process with short locks; see queue-worker.ts. */
export async function startWorker(
  url: string,
  kind: 'checks' | 'remedies',
  cluster: string,
): Promise<WorkerProcess> {
  const took: string[] = []
  const served: Served<true> = await serve<true>({
    name: `worker for ${kind}`,
    argv: [process.execPath, file, url, kind, cluster],
    env: { PATH: process.env.PATH },
    ready: (line) => line === 'up' || undefined,
    readyWithinMs: 20_000,
    log: (line) => {
      const [, jobId] = /^took (.*)/.exec(line) ?? []
      if (jobId) took.push(jobId)
    },
  })
  return {
    took,
    tookOne: (jobId, withinMs) => eventually(() => took.includes(jobId), withinMs),
    kill: async () => {
      process.kill(served.pid, 'SIGKILL')
      await served.exited
    },
  }
}

export type Report = { jobId: string; name: string; data: unknown; end: ChildEnd }

/** The bot's side: collects every report that becomes due. */
export function collectReports(connection: RedisClient): {
  reports: Report[]
  of(jobId: string, withinMs?: number): Promise<Report>
  close(): Promise<void>
} {
  const reports: Report[] = []
  const worker = new Worker(
    REPORTS_QUEUE,
    async (job) => {
      reports.push({ jobId: job.id!, name: job.name, data: job.data, end: await childEnd(job) })
    },
    { ...workerOptions.reports, lockDuration: 1000, stalledInterval: 500, drainDelay: 1, connection },
  )
  worker.on('error', () => {})
  return {
    reports,
    of: async (jobId, withinMs = 10_000) => {
      await eventually(() => reports.some((report) => report.jobId === jobId), withinMs)
      const found = reports.find((report) => report.jobId === jobId)
      if (!found) throw new Error(`no report ${jobId} within ${withinMs} ms`)
      return found
    },
    close: () => worker.close(true),
  }
}

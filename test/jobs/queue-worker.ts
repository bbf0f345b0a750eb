/**
 * A worker process to be killed: `node queue-worker.ts URL KIND CLUSTER`, with short locks. Says "took JOB-ID" for
 * each job it starts; what the job then does stands in its request's `target`: ok, throw, give-up or hang.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Job, UnrecoverableError, Worker } from 'bullmq'
import { checksQueue, remediesQueue, workerOptions } from '../../jobs/queue-names.ts'
import { dial } from '../../jobs/redis/dial.ts'
import { parseRedisUrl } from '../../jobs/redis/url.ts'

const [, , url = '', kind, cluster = ''] = process.argv
const queue = kind === 'checks' ? checksQueue(cluster) : remediesQueue(cluster)
const work = async (job: Job) => {
  console.log(`took ${job.id}`)
  const { target } = (job.data.mandate ?? job.data).args
  if (target === 'throw') throw new Error('no such host')
  if (target === 'give-up') throw new UnrecoverableError('no such pool')
  // a minute is for ever in a test
  if (target === 'hang') await sleep(60_000)
  return { looked: true }
}
const worker = new Worker(queue, work, {
  ...workerOptions[kind === 'checks' ? 'checks' : 'remedies'],
  lockDuration: 1000,
  stalledInterval: 500,
  drainDelay: 1,
  connection: dial(parseRedisUrl(url), 'worker', console),
})
worker.on('error', () => {})
await worker.waitUntilReady()
console.log('up')

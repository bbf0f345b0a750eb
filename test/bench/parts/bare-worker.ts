import { Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { now } from './now.ts'

// A BullMQ worker that does nothing, as its documentation starts one. `--tell`: says when a job begins.
const tell = process.argv.includes('--tell')
const path = (process.env.REDIS_URL ?? '').replace(/^unix:\/\//, '')
const connection = new Redis({ path, maxRetriesPerRequest: null })
const worker = new Worker(
  'bare',
  async () => {
    if (tell) console.log(`began ${now()}`)
    return { ok: true }
  },
  { connection, concurrency: 4 },
)
await worker.waitUntilReady()
console.log('ready')
process.stdin.resume().once('end', () => process.exit(0))

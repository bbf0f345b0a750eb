import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { ReadOut, Text } from './read.ts'

/** What the thread is started with; `readersFrom` is the module that exports the `readers`. */
export type ThreadStart = { text: Text; now: number; deadline: number; readersFrom: string }

/** what a thread may need to start and to end, beyond its time */
const MARGIN_MS = 5_000

/** Lets the readers read in a thread of their own: whatever is in the text, this process goes on. Throws when the thread cannot run. */
export async function readApart(start: ThreadStart): Promise<ReadOut> {
  const thread = new Worker(new URL('./apart-thread.ts', import.meta.url), { workerData: start })
  const signal = AbortSignal.timeout(Math.max(0, start.deadline - Date.now()) + MARGIN_MS)
  try {
    const [out] = (await once(thread, 'message', { signal })) as [ReadOut]
    return out
  } finally {
    await thread.terminate()
  }
}

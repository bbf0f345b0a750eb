import { parentPort, workerData } from 'node:worker_threads'
import type { Reader } from '../../playbooks/shared/triage.ts'
import type { ThreadStart } from './apart.ts'
import { readText } from './read.ts'

// the thread that readApart starts
const { text, now, deadline, readersFrom } = workerData as ThreadStart
const { readers } = (await import(readersFrom)) as { readers: readonly Reader[] }
parentPort!.postMessage(readText(text, readers, now, deadline))

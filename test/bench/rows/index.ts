import type { Row } from '../row.ts'
import { ack } from './ack.ts'
import { check } from './check.ts'
import { commandRate } from './command-rate.ts'
import { fanOut, fanOutAnsible } from './fan-out.ts'
import { growthRow } from './growth.ts'
import { locks } from './locks.ts'
import { message } from './message.ts'
import { start } from './start.ts'
import { startUp } from './start-up.ts'
import { triage } from './triage.ts'
import { workerMemory } from './worker-memory.ts'

/** In the order of the table. */
export const rows: readonly Row[] = [
  ack,
  start,
  message,
  check,
  fanOut,
  fanOutAnsible,
  locks,
  triage,
  commandRate,
  workerMemory,
  startUp,
  growthRow,
]

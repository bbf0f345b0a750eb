import { ctdbReader } from './ctdb/from-text.ts'
import { lockReader } from './lock/from-text.ts'
import { lunReader } from './lun/from-text.ts'
import { lustreReader } from './lustre/from-text.ts'
import { osdReader } from './osd/from-text.ts'
import type { Reader } from './shared/triage.ts'
import { watchersReader } from './watchers/from-text.ts'

/** Who reads pasted text: one for each kind of system that has a playbook. By themselves, because triage needs nothing else of a playbook. */
export const readers: readonly Reader[] = [
  watchersReader,
  osdReader,
  lockReader,
  ctdbReader,
  lustreReader,
  lunReader,
]

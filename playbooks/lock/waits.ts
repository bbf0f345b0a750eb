import type { Wait } from '../shared/linux/threads.ts'
import { othersThan } from './copies.ts'
import type { Evidence, FileView } from './evidence.ts'
import { waiting } from './judge.ts'
import type { Owner } from './owners.ts'
import type { Hung, ProcessView } from './processes.ts'
import { type SilentServer, silentServerOf } from './silence.ts'

/** The NFS server of this process's files that the kernel has called silent, and not heard since. */
export function silentServer({ wait }: Hung, { log, files }: ProcessView): SilentServer | undefined {
  return silentServerOf(
    log,
    files.filter(({ pid }) => pid === wait.pid).map(({ mount }) => mount),
  )
}

/**
 * Whether the locks on this file can be what the process waits for: somebody else has one, it has the file open, and
 * what it does in the kernel is asking for a lock, or cannot be told from that (and its server is not silent).
 */
export function explains({ file, records }: FileView, hung: Hung, view: ProcessView): boolean {
  const { wait, waitsFor } = hung
  if (!file.usedBy.includes(wait.pid) || !isHeldByOthers(records, wait)) return false
  return (
    waitsFor === 'lock' ||
    ((waitsFor === 'nfs-unclear' || waitsFor === 'unknown') && !silentServer(hung, view))
  )
}

function isHeldByOthers(records: FileView['records'], wait: Wait): boolean {
  const held = records.filter(({ lock }) => !lock.waits)
  const own = held.filter(({ owners }) => owners.some((owner) => isOwner(owner, wait)))
  return othersThan(own, held).length > 0
}

const isOwner = (owner: Owner, { pid, startTicks }: Wait) =>
  'startTicks' in owner && owner.pid === pid && owner.startTicks === startTicks

/** Threads that wait for a lock on this file and could be ended. */
export function askingFor({ file, records }: FileView, { processes }: Pick<Evidence, 'processes'>): Wait[] {
  return (processes?.asking ?? []).filter(
    (wait) => file.usedBy.includes(wait.pid) && isHeldByOthers(records, wait),
  )
}

/** Threads that hang because of this file. */
export function hungBehind(view: FileView, { processes }: Pick<Evidence, 'processes'>): Hung[] {
  return (processes?.hung ?? []).filter((hung) => hung.is === 'hangs' && explains(view, hung, processes!))
}

/** How many wait: lines of /proc/locks, or processes where there is no line (they hang on their way to the server, or ask it now and then). */
export function waitersOf(view: FileView, evidence: Pick<Evidence, 'processes'>): number {
  const waits = [...hungBehind(view, evidence).map(({ wait }) => wait), ...askingFor(view, evidence)]
  return Math.max(waiting(view).length, new Set(waits.map(({ pid }) => pid)).size)
}

import type { KernelLog } from '../shared/linux/kernel-log.ts'
import type { Evidence, FileView } from './evidence.ts'
import { waiting } from './judge.ts'
import type { Hung, ProcessView } from './processes.ts'

/** The NFS server of this process's files that the kernel has called silent, and not heard since. */
export function silentServer(
  { wait }: Hung,
  { log, files }: ProcessView,
): KernelLog['servers'][number] | undefined {
  const mounts = files.filter(({ pid }) => pid === wait.pid).map(({ mount }) => mount)
  const silent = log.seen ? log.value.servers.filter(({ answers }) => !answers) : []
  return silent.find(
    ({ server }) =>
      mounts.length === 0 || mounts.some(({ nfs }) => nfs?.server === server || nfs?.address === server),
  )
}

/**
 * Whether the locks on this file can be what the process waits for: somebody else has one, it has the file open, and
 * what it does in the kernel is asking for a lock, or cannot be told from that (and its server is not silent).
 */
export function explains({ file, records }: FileView, hung: Hung, view: ProcessView): boolean {
  const { wait, waitsFor } = hung
  if (!file.usedBy.includes(wait.pid)) return false
  const byOthers = records.some(
    ({ lock, owners }) =>
      !lock.waits &&
      !owners.some(
        (owner) => owner.kind === 'process' && owner.pid === wait.pid && owner.startTicks === wait.startTicks,
      ),
  )
  if (!byOthers) return false
  return (
    waitsFor === 'lock' ||
    ((waitsFor === 'nfs-unclear' || waitsFor === 'unknown') && !silentServer(hung, view))
  )
}

/** Threads that hang because of this file. */
export function hungBehind(view: FileView, { processes }: Pick<Evidence, 'processes'>): Hung[] {
  return (processes?.hung ?? []).filter((hung) => hung.is === 'hangs' && explains(view, hung, processes!))
}

/** How many wait: lines of /proc/locks, or processes in state D where there is no line (they hang on their way to the server). */
export function waitersOf(view: FileView, evidence: Pick<Evidence, 'processes'>): number {
  return Math.max(waiting(view).length, new Set(hungBehind(view, evidence).map(({ wait }) => wait.pid)).size)
}

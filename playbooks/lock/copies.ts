import type { LockRecord } from './records.ts'

/** The other locks besides these: what a client holds its server holds for it, and that is one lock in two lists. */
export function othersThan(own: readonly LockRecord[], held: readonly LockRecord[]): LockRecord[] {
  const rest = new Set(held.filter((record) => !own.includes(record)))
  for (const mine of own) {
    const copy = [...rest].find((record) => isCopy(record, mine))
    if (copy) rest.delete(copy)
  }
  return [...rest]
}

/** Of another kind perhaps: a flock over NFS is a POSIX lock of the whole file on the server. */
const isCopy = ({ host, lock, owners }: LockRecord, mine: LockRecord) =>
  host.name !== mine.host.name &&
  host.roles.includes('nfs-server') &&
  !owners.some(({ kind }) => kind === 'process') &&
  lock.mode === mine.lock.mode &&
  lock.from === mine.lock.from &&
  lock.to === mine.lock.to

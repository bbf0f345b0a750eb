import type { Host } from '../shared/inventory.ts'
import type { Mount } from '../shared/linux/mountinfo.ts'
import type { NfsdView } from '../shared/linux/nfsd-clients.ts'
import type { Lock } from '../shared/linux/proc-locks.ts'
import type { Monitored } from '../shared/linux/statd.ts'
import type { Thread } from '../shared/linux/threads.ts'
import type { Reading } from '../shared/probe.ts'
import type { Owner } from './owners.ts'

/** One lock on a file that was asked about, as one host shows it. */
export type LockRecord = {
  host: Host
  lock: Lock
  owners: Owner[]
  /** seen by both looks; undefined while there was one */
  lasted: boolean | undefined
  /** false: only the inode number says that it is this file */
  sure: boolean
}

/** What one host shows of the files that were asked about. */
export type HostView = {
  host: Host
  mounts: Reading<Mount[]>
  locks: Reading<Lock[]>
  /** where its /proc/locks was read from */
  namespace: Reading<'initial' | 'container'>
  /** the second look; undefined: nobody holds anything, or one look is enough */
  later: Reading<Lock[]> | undefined
  /** undefined: not asked, because nothing depends on it */
  nfsd: Reading<NfsdView> | undefined
  monitored: Reading<Monitored[]> | undefined
  threads: Reading<Thread[]> | undefined
}

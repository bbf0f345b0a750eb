/** What kind of thing a thread waits for, told by its kernel stack, or by wchan where the stack is not readable. */
export type WaitKind = 'lock' | 'nfs' | 'nfs-unclear' | 'other' | 'unknown'

const LOCK =
  /^(nlmclnt_|nlm_|nfs4?_proc_(set)?lk|nfs4?_proc_lock|_?nfs4_do_setlk|nfs4_retry_setlk|nfs3_proc_lock|do_setlk|do_unlk|nfs_f?lock\b|nfs_flock|locks_lock_inode_wait|posix_lock_|flock_lock_|fcntl_setlk|do_flock|do_lock_file_wait|fuse_setlk|ceph_lock|ceph_flock)/
// nfsd is the server: its threads wait for its own disks, unless it exports what it has mounted over NFS itself
const NFS = /^(rpc_|__rpc_|_?nfs(?!d))/

/** Sources: function names of Linux 3.2 to 6.18 in fs/nfs, fs/nfsd, fs/lockd and fs/locks.c. */
export function waitKind({
  wchan,
  stack,
}: {
  wchan: string | undefined
  stack: readonly string[]
}): WaitKind {
  const frames = stack.length > 0 ? stack : wchan === undefined ? [] : [wchan]
  if (frames.length === 0) return 'unknown'
  if (frames.some((frame) => LOCK.test(frame))) return 'lock'
  if (frames.some((frame) => NFS.test(frame))) return stack.length > 0 ? 'nfs' : 'nfs-unclear'
  return 'other'
}

/**
 * Waits for other threads, a timer, a child, or whoever sends something: no lock of a file, server or disk is waited for in these.
 * Source: kernel/futex, fs/eventpoll.c, fs/select.c, kernel/time/hrtimer.c, kernel/exit.c, fs/pipe.c and net/sunrpc/svc_xprt.c of
 * Linux 3.2 to 6.18.
 */
export const isIdle = (wchan: string) =>
  /^(futex_wait|do_epoll_wait|ep_poll|do_sys_poll|do_poll|do_select|poll_schedule_timeout|hrtimer_nanosleep|do_nanosleep|do_wait|(anon_)?pipe_(read|wait)|svc_recv|svc_get_next_xprt)/.test(
    wchan,
  )

// first match wins
const MEANINGS: [RegExp, string][] = [
  [/^rpc_wait_bit_killable|^rpc_/, 'waits for an answer of an NFS server; SIGKILL ends it'],
  [/^nfs4?_wait|^nfs_|^nfs4_/, 'waits for the NFS client in the kernel, usually for its server'],
  [/^nlm/, 'waits for an answer of the lock manager of an NFS server'],
  [
    /^percpu_rwsem_wait|^sb_start_|^__sb_start_write|^mnt_want_write/,
    'usually wants to write to a file system that is frozen (fsfreeze, a snapshot, LVM), until it is thawed',
  ],
  [
    /^request_wait_answer|^fuse_|^__fuse/,
    'waits for a FUSE server (ceph-fuse, sshfs, glusterfs …) that does not answer',
  ],
  [
    /^folio_wait|^wait_on_page|^__lock_page|^sleep_on_page|^io_schedule|^bit_wait_io|^wait_on_buffer|^blk_|^submit_bio_wait|^dio_/,
    'waits for a disk or a block device',
  ],
  [
    /^jbd2_|^do_get_write_access|^start_this_handle|^ext4_/,
    'waits for the journal of an ext4 file system, usually for its disk',
  ],
  [/^xfs_|^xlog_/, 'waits for an XFS file system, usually for its disk or its log'],
  [/^ceph_/, 'waits for CephFS: a metadata server, or an OSD'],
  [
    /^(rwsem_|down_|__mutex|mutex_lock|d_alloc_parallel|path_openat|lookup_slow|walk_component)/,
    'waits for another thread in the kernel, usually one that holds the same folder or file; look at that one',
  ],
  [
    /^kernel_clone|^do_fork|^_do_fork|^wait_for_vfork/,
    'waits for a child that it started with vfork; harmless, SIGKILL ends it',
  ],
  [/^refrigerator|^__refrigerator|^__?cgroup.*fr/, 'is frozen by a cgroup or by suspend'],
  [/^(md_|raid|dm_|bio_)/, 'waits for a RAID or a device mapper device'],
  [/^scsi_|^sg_|^blk_execute_rq/, 'waits for a SCSI device'],
]

/** Waits that somebody wanted: for a child after vfork, or until a cgroup or the machine is thawed. */
export const isWanted = (wchan: string) =>
  /^(kernel_clone|_?do_fork|wait_for_vfork|(__)?refrigerator)/.test(wchan)

/** What waiting in this kernel function usually means; undefined for one that this list does not know. */
export function meaningOf(wchan: string): string | undefined {
  return MEANINGS.find(([pattern]) => pattern.test(wchan))?.[1]
}

import { expect, test } from 'vitest'
import {
  readThreads,
  readWaits,
  seconds,
  THREADS_ARGV,
  waitsArgv,
} from '../../../../playbooks/shared/linux/threads.ts'
import { meaningOf, waitKind } from '../../../../playbooks/shared/linux/wchan.ts'
import { output } from './output.ts'

test('reads threads of any name, in state D among them', () => {
  const text = `    1     1 Ss   31-04:11:09 -                                        init
21409 21409 Dl      02:41:07 rpc_wait_bit_killable                    nova-compute
21409 21411 Sl      02:41:07 futex_wait_queue                         a name) D 1
`
  expect(readThreads(output(text))).toEqual([
    { pid: '1', tid: '1', state: 'Ss', ageS: 2_693_469, wchan: undefined, name: 'init' },
    {
      pid: '21409',
      tid: '21409',
      state: 'Dl',
      ageS: 9667,
      wchan: 'rpc_wait_bit_killable',
      name: 'nova-compute',
    },
    { pid: '21409', tid: '21411', state: 'Sl', ageS: 9667, wchan: 'futex_wait_queue', name: 'a name) D 1' },
  ])
  expect(() => readThreads(output(''))).toThrow(/nothing/)
  expect(() => readThreads(output('gibberish\n'))).toThrow(/line 1/)
})

test('command lines are not asked for: reading them can hang', () => {
  expect(THREADS_ARGV).not.toContain('args=')
})

test('reads how long a process runs', () => {
  expect([seconds('00:07'), seconds('02:41:07'), seconds('31-04:11:09')]).toEqual([7, 9667, 2_693_469])
})

test('reads one thread closely: state, start, wait and stack', () => {
  // grep over /proc/21555/task/21555/*, Linux 6.18, a touch on a frozen ext4, captured
  const at = '/proc/21555/task/21555'
  const text = `${at}/stat:21555 (to) uch) D 21541 21539 2038 0 -1 4194304 126 0 0 0 0 0 0 0 20 0 1 0 364758 3055616 392 0
${at}/status:voluntary_ctxt_switches:\t1
${at}/status:nonvoluntary_ctxt_switches:\t0
${at}/wchan:percpu_rwsem_wait
${at}/stack:[<0>] percpu_rwsem_wait+0x15f/0x1d0
${at}/stack:[<ffffffff8111>] mnt_want_write+0x96/0xc0 [ext4]
`
  expect(readWaits(output(text))).toEqual([
    {
      pid: '21555',
      tid: '21555',
      name: 'to) uch',
      state: 'D',
      startTicks: '364758',
      wchan: 'percpu_rwsem_wait',
      stack: ['percpu_rwsem_wait', 'mnt_want_write'],
      switches: '1+0',
    },
  ])
  expect(readWaits(output('', { exitCode: 2 }))).toEqual([])
  expect(waitsArgv([{ pid: '7', tid: '8' }])).toContain('/proc/7/task/8/wchan')
})

test('a process that a debugger has stopped hides no other', () => {
  // ps of procps 4.0.2 (Debian 12), a child below ptrace, captured
  const row = '18494 18494 t          00:00 ptrace_stop                              python3\n'
  expect(readThreads(output(row))).toMatchObject([{ pid: '18494', state: 't', wchan: 'ptrace_stop' }])
})

test('a name with newlines hides no thread, its own and others neither, and forges none', () => {
  const of = (tid: string, ...stat: string[]) => [
    ...stat.map((text) => `/proc/${tid}/task/${tid}/stat:${text}`),
    `/proc/${tid}/task/${tid}/status:voluntary_ctxt_switches:\t3`,
    `/proc/${tid}/task/${tid}/wchan:hrtimer_nanosleep`,
  ]
  const rest = ` 18446 16815${' 0'.repeat(15)}`
  const text = [
    ...of('7', '7 (a', `b c) S${rest} 0 77`), // prctl(PR_SET_NAME, "a\nb c"), Linux 6.18
    ...of('8', '8 (a', '9 (b) D 1', `c\r) S${rest} 0 88`),
    '/proc/8/task/8/status:Name:\tx) S 1 2 ',
    ...of('9', `9 (good) D${rest} 0 99`),
  ]
  expect(readWaits(output(`${text.join('\n')}\n`))).toMatchObject([
    { tid: '7', name: 'a\nb c', state: 'S', startTicks: '77', switches: '3' },
    { tid: '8', state: 'S', startTicks: '88', switches: '3' },
    { tid: '9', name: 'good', state: 'D', startTicks: '99', switches: '3' },
  ])
})

test('tells a wait for a lock from a wait for a server and from neither', () => {
  const kind = (wchan: string | undefined, ...stack: string[]) => waitKind({ wchan, stack })
  expect(kind('rpc_wait_bit_killable', 'rpc_wait_bit_killable', 'nlmclnt_call', 'nfs3_proc_lock')).toBe(
    'lock',
  )
  expect(kind('rpc_wait_bit_killable', 'rpc_wait_bit_killable', '__rpc_execute', '_nfs4_proc_lookup')).toBe(
    'nfs',
  )
  expect(kind('rpc_wait_bit_killable')).toBe('nfs-unclear')
  expect(kind('percpu_rwsem_wait', 'percpu_rwsem_wait', 'mnt_want_write')).toBe('other')
  expect(kind('request_wait_answer')).toBe('other')
  // the NFS server itself, behind its disk; and behind another server, whose mount it exports
  const serving = [
    'nfsd_vfs_write',
    'nfsd4_write',
    'nfsd4_proc_compound',
    'nfsd_dispatch',
    'svc_process',
    'nfsd',
  ]
  expect(kind('xlog_wait_on_iclog', 'xlog_wait_on_iclog', 'xfs_file_fsync', ...serving)).toBe('other')
  expect(kind('nfsd_file_acquire')).toBe('other')
  expect(kind('rpc_wait_bit_killable', 'rpc_wait_bit_killable', 'nfs_file_write', ...serving)).toBe('nfs')
  expect(kind(undefined)).toBe('unknown')
})

test('says in words what the known waits mean, and nothing about unknown ones', () => {
  // every wchan that was met in the lab
  for (const wchan of [
    'percpu_rwsem_wait',
    'request_wait_answer',
    'fuse_lock_inode',
    'path_openat',
    'rpc_wait_bit_killable',
    'kernel_clone',
    'folio_wait_bit_common',
    'd_alloc_parallel',
  ])
    expect(meaningOf(wchan), wchan).toBeDefined()
  expect(meaningOf('something_new')).toBeUndefined()
})

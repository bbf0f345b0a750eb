import { expect, test } from 'vitest'
import { readFamily } from '../../../../playbooks/shared/linux/family.ts'
import { notSeen } from '../ceph/fixture.ts'
import { output } from './output.ts'

test('reads parent, age, place of waiting and name, blanks in names included', () => {
  // ps of procps 4.0.2 (Debian 12), 2026-11-20, captured
  const text = `      1       0 Ss    03:04:05 do_epoll_wait                            systemd
  14401   14400 S     00:18 request_wait_answer                      ctdb_mutex_fcnt
     99       1 R+ 2-00:00:01 -                                        tmux: server
`
  expect(readFamily(output(text))).toEqual([
    { pid: '1', ppid: '0', state: 'Ss', ageS: 11_045, wchan: 'do_epoll_wait', name: 'systemd' },
    {
      pid: '14401',
      ppid: '14400',
      state: 'S',
      ageS: 18,
      wchan: 'request_wait_answer',
      name: 'ctdb_mutex_fcnt',
    },
    { pid: '99', ppid: '1', state: 'R+', ageS: 172_801, wchan: undefined, name: 'tmux: server' },
  ])
})

test('reads a process that a debugger has stopped', () => {
  const text = '18494 18446 t          00:00 ptrace_stop                              python3\n'
  expect(readFamily(output(text))).toMatchObject([{ pid: '18494', state: 't', name: 'python3' }])
})

test('refuses what is cut, empty or not a list of processes', () => {
  expect(notSeen(() => readFamily(output('')), 'unparsable')).toBe('ps printed nothing')
  expect(notSeen(() => readFamily(output('1 0 Ss\n')), 'unparsable')).toMatch(/line 1/)
  notSeen(() => readFamily(output('1 0 S 00:01 - a\n', { truncated: true })), 'unparsable')
  notSeen(() => readFamily(output('', { exitCode: 1, stderr: 'bad option' })), 'failed')
})

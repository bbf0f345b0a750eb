import { describe, expect, test } from 'vitest'
import { isKernelThread, listingsIn, nameOf } from '../../../../playbooks/shared/linux/ps-table.ts'

const passage = (text: string, command?: string) => ({
  command: command?.split(' '),
  host: undefined,
  lines: text.split('\n').map((line, at) => ({ n: at + 1, text: line })),
})
const values = (text: string, command?: string) =>
  listingsIn(passage(text, command)).flatMap(({ rows }) => rows.map(({ value }) => value))

describe('reads every form of ps', () => {
  test('columns by their heading, in any order, with a date of five words', () => {
    expect(
      values(
        '    PID                  STARTED S WCHAN  COMMAND\n   4242 Fri Nov 20 17:29:40 2026 D rpc_wait_bit_killable /usr/sbin/a -x',
      ),
    ).toEqual([
      {
        pid: '4242',
        started: 'Fri Nov 20 17:29:40 2026',
        state: 'D',
        wchan: 'rpc_wait_bit_killable',
        command: '/usr/sbin/a -x',
      },
    ])
  })
  test('threads of -eLf, which tell no state', () => {
    const [thread] = values(
      'UID PID PPID LWP C NLWP STIME TTY TIME CMD\nroot 812 1 815 0 3 Oct30 ? 00:08:28 /sbin/init',
    )
    expect(thread).toMatchObject({ pid: '812', tid: '815', ppid: '1', command: '/sbin/init' })
    expect(thread?.state).toBeUndefined()
  })
  test('what grep left of aux, and of -eo by the columns that were typed', () => {
    expect(
      values('nova     21409  1.4  0.0 2117692 110916 ?      Dl   15:06   1:24 /usr/bin/nova-compute')[0],
    ).toMatchObject({ pid: '21409', state: 'Dl' })
    expect(values('812 S root sshd', 'ps -eo pid,s,user,comm')[0]).toEqual({
      pid: '812',
      state: 'S',
      user: 'root',
      command: 'sshd',
    })
  })
  test('a sentence with a number is no process', () => {
    expect(values('21 Dogs are here\n5 Still some more to see in this place')).toEqual([])
  })
})

test.each([
  ['/opt/server/python27/bin/python /usr/bin/nova-compute --logfile /x', 'nova-compute'],
  ['/bin/sh /etc/ctdb/events.d/01.reclock monitor', '01.reclock'],
  ['sshd: root@pts/0', 'sshd'],
  ['[kworker/u16:2]', 'kworker'],
  ['python3', 'python3'],
])('%s is called %s', (command, name) => {
  expect(nameOf(command)).toBe(name)
})

test('brackets name a thread of the kernel', () => {
  expect(isKernelThread({ command: '[jbd2/sda2-8]' })).toBe(true)
  expect(isKernelThread({ command: '[ -f x ]; sleep 1' })).toBe(false)
})

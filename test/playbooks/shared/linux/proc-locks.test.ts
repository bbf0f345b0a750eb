import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  locksArgv,
  locksIn,
  locksOfArgv,
  parseLock,
  readLocks,
  readPidNamespace,
} from '../../../../playbooks/shared/linux/proc-locks.ts'
import { NotSeen } from '../../../../playbooks/shared/probe.ts'
import { notSeen } from '../ceph/fixture.ts'
import { output } from './output.ts'

// cat /proc/locks, Linux 6.18, captured
const SAMPLE = `1: LEASE  ACTIVE    READ 21719 fe:00:2189061 0 EOF
2: POSIX  ADVISORY  READ 21717 fe:00:2189059 100 EOF
5: OFDLCK ADVISORY  WRITE -1 fe:00:2189060 0 EOF
6: POSIX  ADVISORY  WRITE 21714 fe:00:2189059 2 6
6: -> POSIX  ADVISORY  WRITE 21716 fe:00:2189059 2 6
7: FLOCK  ADVISORY  WRITE 21709 fe:00:2189058 0 EOF
7: -> FLOCK  ADVISORY  READ 21712 fe:00:2189058 0 EOF
8: POSIX  ADVISORY  WRITE 20953 07:00:13 0 0
`

test('reads holders, waiters, ranges and owners that are no process', () => {
  const locks = [...locksIn(SAMPLE)]
  expect(locks).toHaveLength(8)
  expect(locks[3]).toEqual({
    kind: 'POSIX',
    nature: 'ADVISORY',
    mode: 'WRITE',
    waits: false,
    number: '6',
    pid: '21714',
    device: '254:0',
    ino: '2189059',
    from: '2',
    to: '6',
  })
  expect(locks[4]).toMatchObject({ waits: true, number: '6', pid: '21716' })
  expect(locks[2]).toMatchObject({ kind: 'OFDLCK', pid: '-1', to: 'EOF' })
  expect(locks[7]).toMatchObject({ device: '7:0', ino: '13', from: '0', to: '0' })
})

const one = () => 1

test('reads the lines of the incident, and those of other kernels', () => {
  expect(parseLock('4: POSIX  ADVISORY  WRITE 28331 00:14:2199054015793 0 EOF', one)).toMatchObject({
    device: '0:20',
    ino: '2199054015793',
  })
  const others = [
    '12:  -> FLOCK  ADVISORY  WRITE 77 fe:00:5 0 EOF', // nested waiter, Linux 5.5 and later
    '1: FLOCK  MSNFS     READ 9 08:01:4 0 EOF',
    '1: POSIX  MANDATORY WRITE 9 08:01:4 0 10',
    '1: DELEG  BREAKING  READ 9 08:01:4 0 EOF',
    '1: LEASE  BREAKER   WRITE 9 08:01:4 0 EOF',
    '1: ACCESS ADVISORY  READ 9 08:01:4 0 EOF',
    '1: POSIX *NOINODE* WRITE 9 <none>:0 0 EOF',
    '1: FLOCK  ADVISORY  WRITE 0 103:00002:4 0 EOF',
  ]
  for (const line of others) expect(() => parseLock(line, one), line).not.toThrow()
  expect(parseLock(others[0]!, one)).toMatchObject({ waits: true })
  expect(parseLock(others[6]!, one).device).toBeUndefined()
})

test('refuses a line that is no lock, and names it', () => {
  expect(() => readLocks(output('1: POSIX  ADVISORY  WRITE 1 fe:00:5 0 EOF\nnonsense\n'))).toThrow(
    /line 2.*nonsense/,
  )
  expect(() =>
    readLocks(output('', { exitCode: 2, stderr: 'grep: /proc/locks: No such file or directory\n' })),
  ).toThrow(NotSeen)
  expect(() => readLocks(output('', { truncated: true }))).toThrow(/longer/)
})

test('no matching line means that nobody holds or waits', () => {
  expect(readLocks(output('', { exitCode: 1 }))).toEqual([])
})

const inode = fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }).map(String)

describe('an inode is matched exactly', () => {
  const line = (ino: string) => `1: POSIX  ADVISORY  WRITE 1 fe:00:${ino} 0 EOF\n`

  test('at any of 64 bits, and never a neighbour or a part of another', () => {
    fc.assert(
      fc.property(inode, fc.array(inode, { maxLength: 20 }), (wanted, others) => {
        const near = [
          String(BigInt(wanted) + 1n),
          String(BigInt(wanted) - 1n),
          `1${wanted}`,
          `${wanted}0`,
          ...others,
        ].filter((each) => each !== wanted)
        const text = [...near, wanted].map(line).join('')
        expect([...locksIn(text, new Set([wanted]))].map(({ ino }) => ino)).toEqual([wanted])
      }),
    )
  })

  test('above 2^53, where JavaScript numbers would take both for one', () => {
    const [a, b] = ['9007199254740993', '9007199254740992']
    expect(Number(a)).toBe(Number(b))
    expect([...locksIn(line(a) + line(b), new Set([a]))].map(({ ino }) => ino)).toEqual([a])
  })

  test('also by the filter that runs on the far end', () => {
    fc.assert(
      fc.property(inode, inode, (wanted, other) => {
        fc.pre(wanted !== other)
        const [, , , pattern] = locksArgv([wanted])
        expect(line(wanted).includes(pattern!)).toBe(true)
        expect(line(other).includes(pattern!)).toBe(false)
      }),
    )
  })

  test('a pid is not found in the inode or in the range', () => {
    const pattern = new RegExp(locksOfArgv(['2189059'])[2]!)
    expect(SAMPLE.split('\n').some((each) => pattern.test(each))).toBe(false)
    expect(pattern.test('6: -> POSIX  ADVISORY  WRITE 2189059 fe:00:7 2 6')).toBe(true)
  })
})

test('finds one inode in a million lines within a second of CPU time', () => {
  const rows = Array.from(
    { length: 1_000_000 },
    (_, at) => `${at}: POSIX  ADVISORY  WRITE ${at} 00:14:${2199054000000 + at} 0 EOF\n`,
  )
  // as it comes from a command: one piece, no rope
  const text = Buffer.from(rows.join('')).toString()
  const before = process.cpuUsage()
  const found = [...locksIn(text, new Set(['2199054015793']))]
  const { user, system } = process.cpuUsage(before)
  expect((user + system) / 1000).toBeLessThan(1000)
  expect(found.map(({ pid }) => pid)).toEqual(['15793'])
})

test('tells the initial pid namespace from one of a container, and from a kernel that has no such link', () => {
  // readlink /proc/self/ns/pid, Linux 6.18, on a host and below `unshare --pid --fork --mount-proc`, captured
  expect(readPidNamespace(output('pid:[4026531836]\n'))).toBe('initial')
  expect(readPidNamespace(output('pid:[4026532178]\n'))).toBe('container')
  notSeen(() => readPidNamespace(output('', { exitCode: 1 })), 'absent')
  notSeen(() => readPidNamespace(output('', { exitCode: 1, stderr: 'x: Permission denied' })), 'failed')
  notSeen(() => readPidNamespace(output('garbage\n')), 'unparsable')
})

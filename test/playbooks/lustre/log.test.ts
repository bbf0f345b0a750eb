import { describe, expect, test } from 'vitest'
import { readLustreLog } from '../../../playbooks/lustre/log.ts'
import { readMessage } from '../../../playbooks/lustre/messages.ts'
import { fileSystemsIn, storyOf } from '../../../playbooks/lustre/story.ts'
import { fixture } from './world.ts'

const kinds = (text: string) => readLustreLog(text).events.map(({ kind }) => kind)

describe('the log of the report', () => {
  const text = fixture('report-2.8.0-client.txt')

  test('is understood line by line', () => {
    expect(kinds(text)).toEqual([
      'lost',
      'lock-timeout',
      'lock-left',
      'lock-listed',
      'restored',
      'config-failed',
      'unmounted',
      'mount-failed',
    ])
  })

  test('tells its own time: the lock was asked for at 02:43:36 UTC, and the mount gave up ten minutes later', () => {
    const { last } = storyOf(readLustreLog(text), 'shlfs')
    expect(last).toMatchObject({ outcome: 'failed', rc: -5, mgc: 'MGC10.1.0.202@o2ib' })
    expect(new Date(last!.lock!.askedMs!).toISOString()).toBe('2019-08-05T02:43:36.000Z')
    expect(last!.lock!.waitedS).toBe(300)
    expect(new Date(last!.at!).toISOString().slice(0, 19)).toBe('2019-08-05T02:53:36')
  })

  test('the loss of the connection is laid to the lock, not to the network', () => {
    expect(storyOf(readLustreLog(text), 'shlfs').losses).toMatchObject([
      { byLock: true, restored: { nid: '10.1.0.202@o2ib' } },
    ])
  })

  test('says nothing of another file system', () => {
    expect(fileSystemsIn(readLustreLog(text))).toEqual(['shlfs'])
    expect(storyOf(readLustreLog(text), 'shlf').last).toBeUndefined()
  })

  test.each([80, 100, 132])('is the same wrapped at %d columns, with CRLF and colours', (width) => {
    const wrapped = text
      .trimEnd()
      .split('\n')
      .flatMap((line) => line.match(new RegExp(`.{1,${width}}`, 'g'))!)
      .map((line) => `\u001b[0m${line}\r\n`)
      .join('')
    const plain = (log: ReturnType<typeof readLustreLog>) =>
      log.events.map(({ number: _, ...event }) => event)
    expect(plain(readLustreLog(wrapped))).toEqual(plain(readLustreLog(text)))
  })

  test('cut anywhere, it never tells of more than it does whole', () => {
    const whole = readLustreLog(text).events.map(({ kind }) => kind)
    for (let end = 0; end < text.length; end += 7) {
      const part = kinds(text.slice(0, end))
      expect(whole.slice(0, part.length).length).toBe(part.length)
      // a lock whose message is cut off is no answered request
      const { last } = storyOf(readLustreLog(text.slice(0, end)), 'shlfs')
      if (last?.lock?.lock) expect(last.lock.lock.remote).toMatch(/^0x[0-9a-f]+$/)
    }
  })
})

describe('messages of other releases mean the same', () => {
  test.each([
    ['hand-2.1-lock.txt', 'shlfs', { outcome: 'failed', rc: -5 }],
    ['hand-2.15-config-failed.txt', 'shlfs', { outcome: 'failed', rc: -5 }],
  ])('%s: the lock was not granted', (file, fsname, attempt) => {
    const { last } = storyOf(readLustreLog(fixture(file)), fsname)
    expect(last).toMatchObject({
      ...attempt,
      lock: { waitedS: 300, lock: { granted: '--', requested: 'CR' } },
    })
  })
  test('hand-2.5-unreachable.txt: no lock, a host that LNet cannot reach', () => {
    const { last, mgsTroubles } = storyOf(
      readLustreLog(fixture('hand-2.5-unreachable.txt'), { offsetMin: 480, now: 1564973616000 }),
      'shlfs',
    )
    expect(last).toMatchObject({ outcome: 'failed', rc: -5, lock: undefined })
    expect(mgsTroubles).toMatchObject([
      { kind: 'lnet', nid: '10.1.0.202@tcp', what: 'was unreachable' },
      {
        kind: 'request-failed',
        how: 'network error',
        target: 'MGC10.1.0.202@tcp',
        nid: '10.1.0.202@tcp',
        opcode: 250,
      },
    ])
    expect(new Date(last!.at!).toISOString()).toBe('2019-08-05T02:41:10.000Z')
  })
  test('hand-2.12-wrong-name.txt: no such file system', () => {
    expect(storyOf(readLustreLog(fixture('hand-2.12-wrong-name.txt')), 'shlf').last).toMatchObject({
      outcome: 'failed',
      rc: -2,
    })
  })
  test('hand-2.10-evicted.txt: evicted, connected again, two files named', () => {
    const { evictions, last } = storyOf(
      readLustreLog(fixture('hand-2.10-evicted.txt'), { bootMs: 0 }),
      'shlfs',
    )
    expect(last).toMatchObject({ outcome: 'mounted' })
    expect(evictions).toMatchObject([
      {
        target: 'shlfs-OST0003',
        at: 5_090_200,
        restoredAt: 5_090_300,
        discarded: [
          { fid: '[0x200000401:0x1b:0x0]', path: 'run 7/out.dat' },
          { fid: '[0x200000401:0x1c:0x0]', path: '' },
        ],
      },
    ])
  })
  test('hand-2.8-mgs-server.txt: who waits and who was thrown out', () => {
    expect(readLustreLog(fixture('hand-2.8-mgs-server.txt')).events).toMatchObject([
      { kind: 'lock-timeout', side: 'server', lock: { namespace: 'MGS', requested: 'EX' } },
      { kind: 'client-evicted', nid: '10.1.0.57@o2ib', lock: { granted: 'CR' } },
      { kind: 'client-evicted', device: 'MGS', nid: '10.1.0.57@o2ib', lock: undefined },
      { kind: 'client-evicted', device: 'MGS', nid: '10.1.0.58@o2ib', why: 'silent for 227 s' },
      { kind: 'no-target', target: 'shlfs-MDT0000', from: '10.1.0.31@o2ib' },
      { kind: 'client-evicted', nid: '10.1.0.59@o2ib', why: 'did not give a lock back within 101 s' },
    ])
  })
  test.each([
    [
      "LustreError: 156-2: The client profile 'shlf-client' could not be read from the MGS.  Does that filesystem exist?",
      { kind: 'no-profile', profile: 'shlf-client' },
    ],
    [
      'LustreError: 11-0: MGC10.1.0.202@o2ib: operation mgs_connect to node 10.1.0.202@o2ib failed: rc = -19',
      { kind: 'operation-failed', rc: -19 },
    ],
    [
      'LustreError: 11-0: MGC10.1.0.202@tcp: Communicating with 10.1.0.202@tcp, operation mgs_connect failed with -19.',
      { kind: 'operation-failed', operation: 'mgs_connect', rc: -19 },
    ],
    [
      "LustreError: 15b-f: MGC10.1.0.202@tcp: The configuration from log 'shlfs-client'failed from the MGS (-22).  Make sure this client and the MGS are running compatible versions of Lustre.",
      { kind: 'config-failed', log: 'shlfs-client', rc: -22 },
    ],
    [
      'LNetError: 2190:0:(o2iblnd_cb.c:2998:kiblnd_cm_callback()) 10.1.0.202@o2ib: UNREACHABLE -110',
      { kind: 'lnet', nid: '10.1.0.202@o2ib', what: 'unreachable' },
    ],
    [
      'LNetError: 2190:0:(o2iblnd_cb.c:2643:kiblnd_rejected()) 10.1.0.202@o2ib rejected: no listener at 987',
      { kind: 'lnet', nid: '10.1.0.202@o2ib', what: 'no listener' },
    ],
  ])('%s', (line, message) => {
    expect(readMessage(line)).toMatchObject(message)
  })
})

describe('what is no trouble of this mount', () => {
  const config =
    "[  2.0] LustreError: 15c-8: MGC10.1.0.202@o2ib: The configuration from log 'LOG' failed (-5). This may be the result\n"
  test('the log `params` is not a file system', () => {
    const log = readLustreLog(config.replace('LOG', 'params') + config.replace('LOG', 'a-client'))
    expect(fileSystemsIn(log)).toEqual(['a'])
  })
  test.each([
    ['recovery', '0x2'],
    ['params', '0x3'],
  ])('a lock of kind %s does not keep a mount waiting', (_, kind) => {
    const text = fixture('report-2.8.0-client.txt').replaceAll('[0x73666c6873:0x0:', `[0x73666c6873:${kind}:`)
    expect(storyOf(readLustreLog(text), 'shlfs').last?.lock).toBeUndefined()
  })
  test('a failure before a success is over, and so are the troubles with the MGS', () => {
    const story = storyOf(
      readLustreLog(
        `${fixture('hand-2.5-unreachable.txt')}Aug  5 10:50:00 host-31 kernel: Lustre: Mounted shlfs-client\n`,
      ),
      'shlfs',
    )
    expect(story).toMatchObject({ last: { outcome: 'mounted' }, mgsTroubles: [] })
  })
  test('a network that fails by itself is not laid to a lock', () => {
    const lost =
      '[  100.0] LustreError: 166-1: MGC10.1.0.202@o2ib: Connection to MGS (at 10.1.0.202@o2ib) was lost; in progress operations using this service will fail\n'
    expect(
      storyOf(readLustreLog(lost + fixture('report-2.8.0-client.txt')), 'shlfs').losses.map(
        ({ byLock }) => byLock,
      ),
    ).toEqual([false, true])
  })
})

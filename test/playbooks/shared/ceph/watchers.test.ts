import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatAddress } from '../../../../playbooks/shared/ceph/address.ts'
import {
  readDumpWatchers,
  readListwatchers,
  readRbdStatus,
} from '../../../../playbooks/shared/ceph/watchers.ts'
import { fixture, notSeen, output } from './fixture.ts'

const two = [
  { address: { ip: '127.0.0.1', port: 0, nonce: '3062468253' }, client: '4188', cookie: '93892029245616' },
  { address: { ip: '127.0.0.1', port: 0, nonce: '3687678454' }, client: '4201', cookie: '94694695695856' },
]

describe('readListwatchers', () => {
  test('reads every watcher', () => {
    expect(readListwatchers(fixture('listwatchers-two.txt'))).toEqual(two)
  })

  test('reads it with CRLF, colours, a leading newline, without the last newline, and with a log line', () => {
    const text = fixture('listwatchers-two.txt').trimEnd()
    const log = '2026-11-20T16:52:40.080+0000 7f69684cdd00 -1 auth: unable to find a keyring'
    expect(readListwatchers(`\r\n${log}\r\n\u001b[1m${text.replaceAll('\n', '\r\n')}\u001b[0m`)).toEqual(two)
  })

  test('takes empty output of a command that succeeded for nobody', () => {
    expect(readListwatchers(output({}))).toEqual([])
    notSeen(() => readListwatchers('\n'), 'unparsable')
  })

  test('refuses output that was cut, even at a line end', () => {
    notSeen(
      () => readListwatchers(output({ stdout: fixture('listwatchers-two.txt'), truncated: true })),
      'unparsable',
    )
    expect(notSeen(() => readListwatchers('watcher=127.0.0.1:0/30624'), 'unparsable')).toContain('line 1')
  })

  test('refuses a line it does not know instead of passing over it', () => {
    const text = `${fixture('listwatchers-two.txt')}watcher=10.0.0.1:0/5 mgr.4 cookie=1\n`
    expect(notSeen(() => readListwatchers(text), 'unparsable')).toContain('line 3')
  })

  test('makes no watcher of junk', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (text) => {
        fc.pre(text.trim() !== '')
        notSeen(() => readListwatchers(text), 'unparsable')
      }),
    )
  })
})

describe('readRbdStatus', () => {
  test.each(['rbd-status-two.txt', 'rbd-status-two.json'])('reads %s', (name) => {
    expect(readRbdStatus(fixture(name))).toEqual({ watchers: two })
  })

  test('keeps both watchers where Hammer repeats the key, and every digit of a cookie', () => {
    const { watchers } = readRbdStatus(fixture('rbd-status-hammer.json'))
    expect(watchers.map(({ client, cookie }) => [client, cookie])).toEqual([
      ['4188', '18446462598732840961'],
      ['4201', '94694695695856'],
    ])
  })

  test.each(['rbd-status-migration.txt', 'rbd-status-migration.json'])(
    'reads a live migration from %s',
    (name) => {
      expect(readRbdStatus(fixture(name))).toEqual({
        watchers: [],
        migration: { state: 'prepared', source: 'rbd/zzzzzzzzzzzz', destination: 'rbd/zz2' },
      })
    },
  )

  test('ignores keys and sections that it does not know', () => {
    const json = fixture('rbd-status-two.json').trimEnd().replace(/\}$/, ',"snapshot":{"a":[1]}}')
    expect(readRbdStatus(json).watchers).toEqual(two)
    expect(readRbdStatus(`${fixture('rbd-status-two.txt')}Something new:\n\tx: y\n`).watchers).toEqual(two)
  })

  test.each([
    '',
    '\n',
    '{}',
    '[]',
    '{"watchers":null}',
    'Watchers:\n',
    'Watchers: none\n\twatcher=10.0.0.1:0/5 client.4 cookie=1\n',
    '{"watchers":[{"address":"10.0.0.1:0/5","client":4}]}',
    '{"watchers":[{"address":"-","client":4,"cookie":1}]}',
    '{"watchers":[]',
    '{"watchers":{"other":{}}}',
    '{"watchers":[],"watchers":[]}',
  ])('refuses %j', (text) => {
    notSeen(() => readRbdStatus(output({ stdout: text })), 'unparsable')
  })
})

describe('readDumpWatchers', () => {
  test('joins address and nonce', () => {
    const [watch] = readDumpWatchers(fixture('dump-watchers.json'))
    expect(watch).toMatchObject({
      client: '4118',
      cookie: '94562833130672',
      object: 'rbd_header.1013bd88b2d3',
      namespace: '',
      timeoutS: 30,
    })
    expect(watch && formatAddress(watch.address)).toBe('127.0.0.1:0/2502823419')
  })

  test('reads the negative cookie of a kernel client as what listwatchers prints', () => {
    expect(readDumpWatchers(fixture('dump-watchers-krbd.json'))[0]?.cookie).toBe('18446462598732840961')
  })

  test('takes an empty list for none, and nothing at all for nothing seen', () => {
    expect(readDumpWatchers('[]')).toEqual([])
    notSeen(() => readDumpWatchers(output({})), 'unparsable')
  })
})

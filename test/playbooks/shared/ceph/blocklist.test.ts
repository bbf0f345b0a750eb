import { describe, expect, test } from 'vitest'
import { formatAddress, formatRange } from '../../../../playbooks/shared/ceph/address.ts'
import {
  type BlocklistEntry,
  readBlocklist,
  readBlocklistChange,
} from '../../../../playbooks/shared/ceph/blocklist.ts'
import { fixture, notSeen, output } from './fixture.ts'

const written = ({ entry }: BlocklistEntry) => ('bits' in entry ? formatRange(entry) : formatAddress(entry))

describe('readBlocklist', () => {
  test('reads clients, hosts, IPv6 and ranges, the same from text and from two JSON documents', () => {
    const text = readBlocklist(
      output({ stdout: fixture('blocklist-mixed.txt'), stderr: fixture('blocklist-mixed.err.txt') }),
    )
    expect(text.map(written)).toEqual([
      '127.0.0.9:0/0',
      '[::ffff:102:304]:0/6',
      '[2001:db8::1]:0/5',
      '127.0.0.1:0/77',
      'cidr:127.9.0.0:0/16',
      'cidr:[2001:db8::]:0/48',
    ])
    expect(readBlocklist(output({ stdout: fixture('blocklist-mixed.json') }))).toEqual(text)
    expect(text[0]?.untilMs).toBe(Date.parse('2026-11-20T19:13:40.379Z'))
  })

  test('reads Giant’s and Jewel’s list, whose time has no zone', () => {
    const [first, host] = readBlocklist(fixture('blacklist-giant.txt'))
    expect(first).toEqual({
      entry: { ip: '1.1.2.1', port: 0, nonce: '1193546917' },
      until: '2019-10-08 08:41:10.233191',
    })
    expect(host && written(host)).toBe('1.1.2.9:0/0')
    expect(readBlocklist(fixture('blacklist-jewel.json'))).toEqual([first])
  })

  test('knows an empty list only by what the tool says', () => {
    expect(
      readBlocklist(output({ stdout: fixture('blocklist-none.json'), stderr: 'listed 0 entries\n' })),
    ).toEqual([])
    expect(readBlocklist(output({ stderr: 'listed 0 entries\n' }))).toEqual([])
    expect(readBlocklist('listed 0 entries\n')).toEqual([])
    notSeen(() => readBlocklist(output({})), 'unparsable')
  })

  test('refuses a list that is shorter than the tool says', () => {
    const stdout = fixture('blocklist-two.txt').split('\n')[0] ?? ''
    expect(
      notSeen(() => readBlocklist(output({ stdout, stderr: 'listed 2 entries\n' })), 'unparsable'),
    ).toContain('listed 2')
    notSeen(() => readBlocklist(output({ stdout: '[]', stderr: 'listed 1 entries\n' })), 'unparsable')
  })

  test('takes an IPv6 entry on the first line for text, not for JSON', () => {
    expect(readBlocklist('[2001:db8::1]:0/5 2026-11-20T19:13:40.066257+0000\n').map(written)).toEqual([
      '[2001:db8::1]:0/5',
    ])
  })

  test.each([
    '{}',
    '[{"addr":"10.0.0.1:0/5"}]',
    '10.0.0.1:0/5 tomorrow',
    '10.0.0.1:0/5',
    'x 2026-11-20T19:05:36.634575+0000',
  ])('refuses %j', (text) => {
    notSeen(() => readBlocklist(text), 'unparsable')
  })
})

describe('readBlocklistChange', () => {
  const change = (stderr: string) => readBlocklistChange(output({ stderr }))

  test('says what was added, as the monitors understood it', () => {
    expect(change('blocklisting 127.9.9.5:0/0 until 2026-11-20T18:59:28.399410+0000 (600 sec)\n')).toEqual({
      did: 'added',
      entry: { ip: '127.9.9.5', port: 0, nonce: '0' },
      until: '2026-11-20T18:59:28.399410+0000',
      forS: 600,
    })
    expect(
      change('blacklisting 1.1.2.1:0/1193546917 until 2019-10-08 08:41:10.233191 (3600 sec)\n'),
    ).toMatchObject({ did: 'added', forS: 3600 })
  })

  test('tells removed from never there, though both exit with 0', () => {
    expect(change('un-blocklisting 127.0.0.1:0/548771790\n').did).toBe('removed')
    expect(change("127.0.0.1:0/548771790 isn't blocklisted\n").did).toBe('absent')
    expect(change("1.1.2.1:0/119354691 isn't blacklisted\n").did).toBe('absent')
    expect(change('un-blocklisting cidr:127.9.0.0:0/16\n')).toEqual({
      did: 'removed',
      entry: { ip: '127.9.0.0', bits: 16 },
    })
  })

  test('takes silence for nothing done', () => {
    notSeen(() => change(''), 'unparsable')
  })
})

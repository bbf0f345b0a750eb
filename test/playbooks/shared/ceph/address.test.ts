import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  addressFromParts,
  covers,
  formatAddress,
  formatRange,
  isHostWide,
  onHost,
  parseAddress,
  parseAddresses,
  parseRange,
  sameClient,
} from '../../../../playbooks/shared/ceph/address.ts'
import { notSeen } from './fixture.ts'

describe('parseAddress', () => {
  test.each([
    ['1.1.2.1:0/1193546917', { ip: '1.1.2.1', port: 0, nonce: '1193546917' }],
    ['[2001:DB8:0:0::1]:0/5', { ip: '2001:db8::1', port: 0, nonce: '5' }],
    ['v2:10.0.0.5:6800/4294967295', { ip: '10.0.0.5', port: 6800, nonce: '4294967295', type: 'v2' }],
    ['any:10.0.0.5:0/1', { ip: '10.0.0.5', port: 0, nonce: '1', type: 'any' }],
    ['[v2:10.0.0.5:0/7,v1:10.0.0.5:0/7]', { ip: '10.0.0.5', port: 0, nonce: '7' }],
    ['[v2:[2001:db8::1]:0/7,v1:[2001:db8::1]:0/7]', { ip: '2001:db8::1', port: 0, nonce: '7' }],
    ['10.0.0.5', { ip: '10.0.0.5', port: 0, nonce: '0' }],
    ['2001:db8::2', { ip: '2001:db8::2', port: 0, nonce: '0' }],
  ])('reads %s', (text, address) => expect(parseAddress(text)).toEqual(address))

  test.each([
    '',
    '-',
    ':/0',
    'not-an-address',
    '1.1.2.1:0/',
    '1.1.2.1:0/4294967296',
    '1.1.2.1:0/007',
    '1.1.2.1:0/12x',
    '1.1.2.1:0/-1',
    '1.1.2.1:70000/1',
    '1.1.2:0/1',
    '127.009.9.10',
    '1.1.2.256:0/1',
    '[1.1.2.1]:0/1',
    '2001:db8::1:0/5',
    '[2001:db8::1:0/5',
    '[fe80::1%eth0]:0/5',
    '1:2:3',
    '[v2:10.0.0.5:0/7,v1:10.0.0.5:0/8]',
    '1.1.2.1:0/5 1.1.2.2:0/5',
    '１.1.2.1:0/5',
    '1.1.2.1:0/5\n',
  ])('refuses %j', (text) => {
    notSeen(() => parseAddress(text), 'unparsable')
  })

  test('writes an address the way it was read, for any client', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.ipV4(), fc.ipV6()),
        fc.integer({ min: 0, max: 65535 }),
        fc.integer({ min: 0, max: 4294967295 }),
        (ip, port, nonce) => {
          const text = `${ip.includes(':') ? `[${ip}]` : ip}:${port}/${nonce}`
          const address = parseAddress(text)
          expect(address.nonce).toBe(String(nonce))
          expect(parseAddress(formatAddress(address))).toEqual(address)
          if (!ip.includes(':')) expect(formatAddress(address)).toBe(text)
        },
      ),
    )
  })

  test('makes no address of junk', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (text) => {
        fc.pre(!/\d+\.\d+|:/.test(text))
        notSeen(() => parseAddress(text), 'unparsable')
      }),
    )
  })

  test('writes IPv4 mapped into IPv6 in hex, because Ceph refuses the dotted form that it prints', () => {
    expect(formatAddress(parseAddress('[::ffff:1.2.3.4]:0/6'))).toBe('[::ffff:102:304]:0/6')
  })

  test('knows that no address is not an address', () => {
    expect(parseAddresses('-')).toEqual([])
    expect(parseAddresses('[v2:10.0.0.1:6800/3,v1:10.0.0.1:6801/3]')).toHaveLength(2)
  })

  test('joins an address with the nonce that is printed apart', () => {
    expect(formatAddress(addressFromParts('[2001:db8::7]:0', '2502823419', 'any'))).toBe(
      '[2001:db8::7]:0/2502823419',
    )
    notSeen(() => addressFromParts('10.0.0.1:0/5', '6'), 'unparsable')
  })
})

describe('covers', () => {
  const client = parseAddress('10.0.0.5:0/123')

  test('blocks exactly the client that is named', () => {
    expect(covers(parseAddress('10.0.0.5:0/123'), client)).toBe(true)
    expect(covers(parseAddress('v1:10.0.0.5:0/123'), client)).toBe(true)
    expect(covers(parseAddress('10.0.0.5:0/12'), client)).toBe(false)
    expect(covers(parseAddress('10.0.0.5:1/123'), client)).toBe(false)
    expect(sameClient(client, parseAddress('10.0.0.6:0/123'))).toBe(false)
  })

  test('blocks every client of a host with port and nonce 0', () => {
    expect(isHostWide(parseAddress('10.0.0.5'))).toBe(true)
    expect(covers(parseAddress('10.0.0.5'), client)).toBe(true)
    expect(isHostWide(parseAddress('10.0.0.5:6789/0'))).toBe(false)
    expect(covers(parseAddress('10.0.0.5:6789/0'), client)).toBe(false)
  })

  test('blocks a range, and not what lies beside it', () => {
    expect(covers(parseRange('cidr:10.0.0.0:0/24'), client)).toBe(true)
    expect(covers(parseRange('10.0.1.0:0/24'), client)).toBe(false)
    expect(covers(parseRange('cidr:0.0.0.0:0/0'), client)).toBe(true)
    expect(covers(parseRange('cidr:[2001:db8::]:0/48'), parseAddress('[2001:db8:0:1::9]:0/3'))).toBe(true)
    expect(covers(parseRange('cidr:[::]:0/0'), client)).toBe(false)
    expect(formatRange(parseRange('[2001:db8::]:0/48'))).toBe('cidr:[2001:db8::]:0/48')
  })

  test('keeps IPv4 and mapped IPv6 apart for the blocklist, but on one host', () => {
    const mapped = parseAddress('[::ffff:10.0.0.5]:0/123')
    expect(covers(client, mapped)).toBe(false)
    expect(onHost(mapped, '10.0.0.5')).toBe(true)
    expect(onHost(parseAddress('[2001:db8::1]:0/1'), '2001:0db8:0::1')).toBe(true)
  })

  test.each(['10.0.0.0/24', 'cidr:10.0.0.0:0/33', 'cidr:[10.0.0.0]:0/8', 'cidr:10.0.0.0:0/'])(
    'refuses the range %s',
    (text) => {
      notSeen(() => parseRange(text), 'unparsable')
    },
  )
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LustreArgs } from '../../../playbooks/lustre/args.ts'
import { nearestName } from '../../../playbooks/lustre/nearest.ts'
import {
  formatNodes,
  mergeNodes,
  netOf,
  parseMountSpec,
  parseNid,
  parseNodes,
} from '../../../playbooks/lustre/nid.ts'
import {
  formatResourceId,
  mgsLogOf,
  parseResourceId,
  resourceWord,
} from '../../../playbooks/lustre/resource-id.ts'

const decoded = (text: string) => {
  const id = parseResourceId(text)
  return id && mgsLogOf(id)
}

describe('a resource id', () => {
  test.each([
    ['[0x73666c6873:0x0:0x0].0x0', 'shlfs', 'config'],
    ['[0x73666c6873:0:0].0', 'shlfs', 'config'],
    ['495639619699/0', 'shlfs', 'config'],
    ['495639619699', 'shlfs', 'config'],
    ['0x73666c6873', 'shlfs', 'config'],
    ['[0x6572747375:0x2:0x0].0x0', 'ustre', 'recover'],
    ['[0x736d61726170:0x3:0x0].0x0', 'params', 'params'],
    ['[0x70616d65646f6e:0x4:0x0].0x0', 'nodemap', 'nodemap'],
  ])('%s is %s (%s)', (text, name, kind) => {
    expect(decoded(text)).toEqual({ name, kind })
  })
  test.each(['[0x200000401:0x1b:0x0].0x0', '[0x73666c6873:0x9:0x0].0x0', '[0x0:0x0:0x0].0x0'])(
    '%s is no log of the MGS',
    (text) => {
      expect(decoded(text)).toBeUndefined()
    },
  )
  test.each(['', '[]', '[0xzz:0x0:0x0].0x0', '1/2/3/4/5', '-5', '18446744073709551616', '[0x73666c6873:0x0'])(
    'refuses %j',
    (text) => {
      expect(parseResourceId(text)).toBeUndefined()
    },
  )
  test('of a name gives that name back, in hex and in decimal', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9_-]{1,8}$/), (name) => {
        const word = resourceWord(name)!
        expect(decoded(formatResourceId([word, 0n, 0n, 0n]))).toEqual({ name, kind: 'config' })
        expect(decoded(`${word}/0`)).toEqual({ name, kind: 'config' })
      }),
    )
  })
})

describe('the servers of a mount', () => {
  test('`:` stands between servers, `,` between the NIDs of one', () => {
    expect(parseNodes('10.1.0.202@o2ib,192.168.1.202@tcp:10.1.0.201@o2ib')).toEqual([
      ['10.1.0.202@o2ib', '192.168.1.202@tcp'],
      ['10.1.0.201@o2ib'],
    ])
  })
  test('names without a net are on tcp, `tcp0` is `tcp`, `tcp10` is not', () => {
    expect(parseNodes('mgs1:mgs2')).toEqual([['mgs1@tcp'], ['mgs2@tcp']])
    expect(parseNid('10.0.0.1@tcp0')).toBe('10.0.0.1@tcp')
    expect(parseNid('10.0.0.1@tcp10')).toBe('10.0.0.1@tcp10')
    expect(netOf('10.0.0.1@o2ib1')).toBe('o2ib1')
  })
  test('IPv6 addresses keep their colons', () => {
    expect(parseNodes('fd00::1@tcp:fd00::2@tcp,10.0.0.2@o2ib')).toEqual([
      ['fd00::1@tcp'],
      ['fd00::2@tcp', '10.0.0.2@o2ib'],
    ])
  })
  test('a mount source has a file system, and may have a folder of it', () => {
    expect(parseMountSpec('10.1.0.202@o2ib:10.1.0.201@o2ib:/shlfs')).toEqual({
      nodes: [['10.1.0.202@o2ib'], ['10.1.0.201@o2ib']],
      fsname: 'shlfs',
      subdirectory: undefined,
    })
    expect(parseMountSpec('mgs@tcp:/shlfs/home/a:/b')).toMatchObject({
      fsname: 'shlfs',
      subdirectory: '/home/a:/b',
    })
  })
  test.each([
    '/dev/sdb',
    'shlfs',
    '10.1.0.1@o2ib:/',
    '10.1.0.1@o2ib:/too-long-name',
    '-x@tcp:/a',
    'a b@tcp:/a',
    '10.1.0.1@:/a',
  ])('%j is none', (text) => {
    expect(parseMountSpec(text)).toBeUndefined()
  })
  test('two lists give each server once', () => {
    expect(formatNodes(mergeNodes([['a@tcp'], ['b@tcp', 'c@o2ib'], ['a@tcp', 'd@o2ib']]))).toBe(
      'a@tcp,d@o2ib:b@tcp,c@o2ib',
    )
  })
})

describe('what is typed', () => {
  test('a name, and where to look', () => {
    expect(LustreArgs.parse({ target: 'shlfs', on: 'host-31', mgs: '10.1.0.202@o2ib' })).toEqual({
      fsname: 'shlfs',
      on: 'host-31',
      mgs: [['10.1.0.202@o2ib']],
    })
    expect(LustreArgs.parse({ target: '/shlfs' })).toEqual({ fsname: 'shlfs', on: undefined, mgs: undefined })
  })
  test('a whole mount source names its servers, too', () => {
    expect(LustreArgs.parse({ target: '10.1.0.202@o2ib:10.1.0.201@o2ib:/shlfs' })).toMatchObject({
      fsname: 'shlfs',
      mgs: [['10.1.0.202@o2ib'], ['10.1.0.201@o2ib']],
    })
  })
  test.each([
    [{ target: 'params' }, 'not a file system'],
    [{ target: 'nodemap' }, 'not a file system'],
    [{ target: '-shlfs' }, '1 to 8'],
    [{ target: 'ninechars' }, '1 to 8'],
    [{ target: 'a;b' }, '1 to 8'],
    [{ target: '__proto__' }, '1 to 8'],
    [{ target: 'shlfs', mgs: '--help' }, '`mgs=` takes'],
    [{ target: 'shlfs', mgs: 'a b' }, '`mgs=` takes'],
    [{ target: 'shlfs', on: '-x' }, '`on=` takes'],
  ])('refuses %j', (raw, why) => {
    expect(LustreArgs.safeParse(raw).error?.issues[0]?.message).toContain(why)
  })
})

test('the nearest name is at most two letters off', () => {
  expect(nearestName('shlf', ['scratch', 'shlfs'])).toBe('shlfs')
  expect(nearestName('sxlfx', ['shlfs'])).toBe('shlfs')
  expect(nearestName('sxxfx', ['shlfs'])).toBeUndefined()
  expect(nearestName('a', ['b'])).toBeUndefined()
  expect(nearestName('shlfs', [])).toBeUndefined()
})

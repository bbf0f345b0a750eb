import { describe, expect, test } from 'vitest'
import {
  atLeast,
  parseRelease,
  readRelease,
  readReleases,
} from '../../../../playbooks/shared/ceph/release.ts'
import { fixture, notSeen } from './fixture.ts'

test.each([
  ['ceph version 0.67.12 (abc)', 'dumpling', 'blacklist'],
  ['ceph version 0.87 (c51c8f9d80fa4e0168aa52685b8de40e42758578)', 'giant', 'blacklist'],
  ['ceph version 0.94.9-9.el7cp (b83334e)', 'hammer', 'blacklist'],
  ['ceph version 10.2.11 (e4b061b)', 'jewel', 'blacklist'],
  ['ceph version 15.2.17 (8a82819) octopus (stable)', 'octopus', 'blacklist'],
  [
    'ceph version 16.2.15 (618f440892089921c3e944a991122ddc44e60516) pacific (stable)',
    'pacific',
    'blocklist',
  ],
  ['ceph version 20.2.0 (69f84cc) tentacle (stable - RelWithDebInfo)', 'tentacle', 'blocklist'],
  ['ceph version 22.0.0 (abc) something (dev)', 'newer', 'blocklist'],
])('%s is %s and says %s', (text, name, words) => {
  expect(readRelease(text)).toMatchObject({ name, words })
})

test('keeps the numbers as they are', () => {
  expect(parseRelease('ceph version 0.87 (c51c8f9)').version).toEqual([0, 87])
  expect(readRelease(fixture('version.json')).version).toEqual([16, 2, 15])
})

test('orders releases', () => {
  const giant = parseRelease('ceph version 0.87 (c51c8f9)')
  expect([atLeast(giant, 'giant'), atLeast(giant, 'firefly'), atLeast(giant, 'hammer')]).toEqual([
    true,
    true,
    false,
  ])
  expect(atLeast(parseRelease('ceph version 22.0.0 (a) x (dev)'), 'tentacle')).toBe(true)
})

describe('readReleases', () => {
  test('reads one version', () => {
    expect(readReleases(fixture('versions.json'))).toMatchObject([
      { release: { name: 'pacific' }, daemons: 3 - 1 },
    ])
  })

  test('reads several during an upgrade, oldest first', () => {
    const text =
      '{"mon":{},"overall":{"ceph version 16.2.15 (a) pacific (stable)":3,"ceph version 15.2.17 (b) octopus (stable)":9}}'
    expect(readReleases(text).map(({ release, daemons }) => [release.words, daemons])).toEqual([
      ['blacklist', 9],
      ['blocklist', 3],
    ])
  })
})

test.each([
  '',
  'ceph version Development (no_version)',
  '16.2.15',
  'ceph version 0.20 (x)',
  'a\nceph version 16.2.15 (a)',
])('refuses %j', (text) => {
  notSeen(() => readRelease(text), 'unparsable')
})

test('refuses a cluster without any version', () => {
  notSeen(() => readReleases('{"overall":{}}'), 'unparsable')
})

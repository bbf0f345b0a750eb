import { expect, test } from 'vitest'
import { formatAddress } from '../../../../playbooks/shared/ceph/address.ts'
import { readOsdDump } from '../../../../playbooks/shared/ceph/osd-dump.ts'
import { fixture, notSeen } from './fixture.ts'

test('reads pools, addresses and the blocklist with its ranges', () => {
  const dump = readOsdDump(fixture('osd-dump.json'))
  expect(dump.pools).toEqual([{ id: '1', name: 'rbd', applications: ['rbd'] }])
  expect(dump.up[0]?.public.map(formatAddress)).toEqual(['127.0.0.1:6800/7665', '127.0.0.1:6801/7665'])
  expect(dump.up[0]?.heartbeat).toHaveLength(4)
  expect(dump.blocklist).toHaveLength(6)
})

test('reads Giant’s: single addresses, no OSD that is down, no blocklist where the addresses are lost', () => {
  const dump = readOsdDump(fixture('osd-dump-giant.json'))
  expect(dump.pools).toEqual([{ id: '0', name: 'rbd' }])
  expect(dump.up.map(({ id, public: addresses }) => [id, addresses.map(formatAddress)])).toEqual([
    ['0', ['1.1.2.1:6800/3381']],
  ])
  expect(dump).not.toHaveProperty('blocklist')
})

test('refuses a map without its sections', () => {
  notSeen(() => readOsdDump('{"epoch":1,"fsid":"x","pools":[]}'), 'unparsable')
  notSeen(() => readOsdDump(''), 'unparsable')
})

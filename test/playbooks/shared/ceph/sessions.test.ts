import { expect, test } from 'vitest'
import { parseAddress } from '../../../../playbooks/shared/ceph/address.ts'
import { readSessions, sessionsOf } from '../../../../playbooks/shared/ceph/sessions.ts'
import { fixture, notSeen, output } from './fixture.ts'

test('reads who is connected, from where and as whom', () => {
  const sessions = readSessions(fixture('sessions.json'))
  expect(sessions.map(({ peer }) => peer)).toContain('osd')
  expect(sessions.find(({ client }) => client === '4125')).toEqual({
    peer: 'client',
    client: '4125',
    user: 'client.admin',
    open: true,
    host: 'wsg-70-3',
    caps: 'allow *',
    addresses: [{ ip: '127.0.0.1', port: 0, nonce: '1191661963', type: 'any' }],
  })
})

test('finds the session of a watcher by its address, and none by another nonce', () => {
  const sessions = readSessions(fixture('sessions.json'))
  expect(sessionsOf(sessions, parseAddress('127.0.0.1:0/1191661963'))).toHaveLength(1)
  expect(sessionsOf(sessions, parseAddress('127.0.0.1:0/119166196'))).toEqual([])
})

test('reads the answers of several monitors, each by name', () => {
  const sessions = readSessions(fixture('sessions-three-monitors.txt'))
  expect(new Set(sessions.map(({ monitor }) => monitor))).toEqual(new Set(['mon.a', 'mon.b', 'mon.c']))
  expect(sessions.find(({ monitor, client }) => monitor === 'mon.c' && client === '4109')).toBeDefined()
})

test('reads the lines of old releases', () => {
  expect(readSessions(fixture('sessions-luminous.json'))[0]).toEqual({
    peer: 'client',
    client: '4123',
    open: true,
    addresses: [{ ip: '10.0.0.7', port: 0, nonce: '1193546917' }],
  })
})

test('refuses an empty list, a monitor’s answer that was cut, and silence', () => {
  notSeen(() => readSessions('[]'), 'unparsable')
  notSeen(() => readSessions(output({})), 'unparsable')
  notSeen(() => readSessions(fixture('sessions-three-monitors.txt').slice(0, -20)), 'unparsable')
})

import { describe, expect, test } from 'vitest'
import { blocklist } from '../../../playbooks/watchers/remedies.ts'
import { rightsIn } from '../../../playbooks/watchers/rights.ts'
import {
  ALIVE,
  argsOf,
  DOUBTED,
  GIANT,
  gw1,
  gw2,
  HEADER,
  inventoryOf,
  look,
  type Situation,
  START,
  verdictOf,
} from './situation.ts'

const D = '10.0.0.12:0/3222000222'
const dead: Situation = { timeoutS: 600 }
const offer = (situation: Situation) => look(situation).diagnosis.offers[0]
const base = (situation: Situation) => offer(situation)?.basis.split('\n')

test('names exact commands in the words of the release that runs', () => {
  expect(offer(dead)?.commands).toEqual([
    `ceph --connect-timeout 5 osd blocklist add ${D} 3600`,
    `ceph --connect-timeout 5 osd blocklist rm ${D}`,
  ])
  expect(offer({ versions: [GIANT] })?.commands[0]).toContain(`osd blacklist add ${D} 3600`)
  const upgrading = {
    ...dead,
    versions: ['ceph version 16.2.15 (x) pacific (stable)', 'ceph version 15.2.17 (y) octopus (stable)'],
  }
  expect(offer(upgrading)?.commands[0]).toContain('osd blacklist add')
})

test('whoever may live is not blocked without being told that a migration or a mirror is at work', () => {
  expect(offer({ migration: true })?.because).toContain('a live migration has watchers of its own')
  expect(offer({ mirror: { state: 'up+replaying', client: '999' } })?.because).toContain('rbd-mirror')
  expect(offer({ mirror: { state: 'up+stopped', client: '999' } })?.because).not.toContain('rbd-mirror')
  expect(offer({ mirror: { state: 'down+unknown', client: '999' } })?.because).not.toContain('rbd-mirror')
  expect(offer({})?.because).toMatch(/^it may be alive: no monitor/)
})

describe('the blast radius', () => {
  test.each([
    ['another image', [`rbd_header.other ${D} 200`], /`rbd_header\.other`/],
    ['the same name in another pool', [`${HEADER} ${D} 200`], /in another pool/],
  ])('%s takes a second approval, and is named', (_, alsoHeld, touches) => {
    expect(offer({ ...dead, alsoHeld })).toMatchObject({
      approvals: 2,
      touches: expect.stringMatching(touches),
    })
  })
  test.each<[string, Situation]>([
    ['an OSD does not answer', { instead: { 'held-1': { outcome: 'timed-out' } } }],
    ['there are too many OSDs to ask', { osds: 49, versions: [GIANT] }],
  ])('is unknown when %s: two approvals', (_, part) => {
    expect(offer({ ...dead, ...part })).toMatchObject({
      approvals: 2,
      touches: expect.stringContaining('could not be seen'),
    })
  })
  test('what others watch is not counted', () => {
    expect(offer({ ...dead, alsoHeld: ['rbd_header.other 10.0.0.12:0/5 201'] })).toMatchObject({
      approvals: 1,
    })
  })
})

describe('what our own user may do', () => {
  test.each([
    ['allow *', 'yes', 'yes'],
    ['allow rw', 'yes', 'yes'],
    ['allow r', 'no', 'no'],
    ['profile rbd', 'yes', 'no'],
    ['allow profile rbd, allow r', 'yes', 'no'],
    ['allow r, allow command "osd blocklist"', 'not known', 'not known'],
    ['profile rbd-read-only', 'no', 'no'],
  ])('%s: add %s, remove %s', (caps, add, remove) => expect(rightsIn(caps)).toEqual({ add, remove }))

  test('who may not add gets no button, but is told why', () => {
    const { diagnosis } = look({ ...dead, caps: 'allow r' })
    expect(diagnosis.offers).toEqual([])
    expect(diagnosis.next[0]?.why).toContain(
      '`client.admin` may not block clients (its caps on the monitors: `allow r`)',
    )
  })
  test('who may not remove: the block stays until it ends, and the offer says so', () => {
    const made = offer({ ...dead, caps: 'profile rbd' })
    expect(made?.plan).toContain('the block stays until then, because this user may not remove it')
    expect(made?.commands).toHaveLength(1)
  })
})

describe('is not made', () => {
  test.each<[string, Situation]>([
    ['before the second look', { interval: '0', versions: [GIANT] }],
    ['for a whole host', { watchers: [ALIVE, '10.0.0.12:0/0 client.200 cookie=2'], versions: [GIANT] }],
    ['when the blocklist is not seen', { ...dead, instead: { blocklist: { outcome: 'timed-out' } } }],
    ['when the release is not seen', { ...dead, instead: { releases: { outcome: 'timed-out' } } }],
    ['for the only client, if it cannot be told', { watchers: [DOUBTED], hosts: [gw1] }],
  ])('%s', (_, situation) => expect(look(situation).diagnosis.offers).toEqual([]))
})

test('one who may live: typed address, two approvals, and why, with its lock', () => {
  const locks = [{ id: 'auto 1', locker: 'client.200', address: D }]
  expect(offer({ hosts: [gw1], locks })).toMatchObject({
    approvals: 2,
    typed: D,
    because: expect.stringMatching(/no host of the inventory.*it holds the lock/),
    commands: [expect.stringContaining(' add ')],
  })
})

describe('what it rests on', () => {
  test('is the same from a first look as from a second', () => {
    const again = look({ ...dead, interval: '1' })
    expect(again.diagnosis.offers[0]?.basis.split('\n')).toEqual(base(dead))
  })
  test('is not the same once an OSD would have dropped the watch of a dead client', () => {
    const offered = offer(dead)!
    const at = (ms: number) => {
      const { seen } = look(dead, { secondLook: false })
      for (const [id, each] of seen) seen.set(id, { ...each, startedAt: each.startedAt + ms })
      const context = { args: argsOf(dead), inventory: inventoryOf(dead), seen, now: START + ms }
      return blocklist.basis(offered.params, context)
    }
    expect(at(590_000)).toBe(offered.basis)
    expect(at(610_000)).toContain('something renews its watch')
    expect(offer({ versions: [GIANT] })!.params.until).toBe('never')
  })
  test('is the same in another order, with entries for others, and with new processes that are not it', () => {
    const busy = {
      ...gw2,
      processes: ['500 qemu'],
      sockets: ['10.0.0.21:6800 qemu 500', '10.0.0.31:6789 qemu 500'],
    }
    expect(
      base({ ...dead, watchers: [DOUBTED, ALIVE], blocklist: ['10.9.9.9:0/1'], hosts: [gw1, busy] }),
    ).toEqual(base(dead))
  })
  test.each<[string, Situation]>([
    ['a third watcher', { watchers: [ALIVE, DOUBTED, '10.0.0.13:0/9 client.300 cookie=5'] }],
    ['a new cookie', { watchers: [ALIVE, DOUBTED.replace(/cookie=.*/, 'cookie=6')] }],
    ['a lock', { locks: [{ id: 'auto 1', locker: 'client.200', address: D }] }],
    ['locks that cannot be seen any more', { instead: { locks: { outcome: 'timed-out' } } }],
    ['another image watched', { alsoHeld: [`rbd_header.o ${D} 200`] }],
    ['a right lost', { caps: 'profile rbd' }],
  ])('changes with %s', (_, part) => expect(base({ ...dead, ...part })).not.toEqual(base(dead)))
})

test('cookies beyond 2^53 and client numbers stay exact', () => {
  const { facts } = look(dead).diagnosis
  expect(facts.watchers).toContainEqual(
    expect.objectContaining({ cookie: '18446462598732840961', client: 'client.200' }),
  )
  expect(verdictOf(look(dead)).offers[0]?.address).toBe(D)
})

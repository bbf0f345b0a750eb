import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { covers, formatAddress, parseAddress } from '../../../playbooks/shared/ceph/address.ts'
import { readBlocklist, readBlocklistChange } from '../../../playbooks/shared/ceph/blocklist.ts'
import { finished } from '../../../playbooks/shared/ceph/errors.ts'
import { readLocks } from '../../../playbooks/shared/ceph/locks.ts'
import { readOsdDump } from '../../../playbooks/shared/ceph/osd-dump.ts'
import { readImageName } from '../../../playbooks/shared/ceph/rbd-directory.ts'
import { readImageInfo, readMirrorStatus } from '../../../playbooks/shared/ceph/rbd-info.ts'
import { readRelease, readReleases } from '../../../playbooks/shared/ceph/release.ts'
import { readSessions, sessionsOf } from '../../../playbooks/shared/ceph/sessions.ts'
import { readDumpWatchers, readListwatchers, readRbdStatus } from '../../../playbooks/shared/ceph/watchers.ts'
import { notSeen } from '../../playbooks/shared/ceph/fixture.ts'
import { createImage, type HeldWatch, holdWatch } from './clients.ts'
import { type Ceph, startCeph, until } from './cluster.ts'

let ceph: Ceph
let image: { id: string; header: string }
let watches: HeldWatch[]

beforeAll(async () => {
  ceph = await startCeph({ watchTimeoutS: 5 })
  image = await createImage(ceph, 'vol7')
  watches = [
    await holdWatch(ceph, { image: 'vol7', object: image.header }),
    await holdWatch(ceph, { object: image.header }),
  ]
}, 60_000)

afterAll(() => ceph?.stop())

const listwatchers = async (object = image.header) =>
  readListwatchers(await ceph.run('rados', '-p', 'rbd', 'listwatchers', object))
const sessions = async () => readSessions(await ceph.run('ceph', 'tell', 'mon.*', 'sessions'))
const blocklist = async () => readBlocklist(await ceph.run('ceph', 'osd', 'blocklist', 'ls', '-f', 'json'))

test('sees the same two watchers by rados, by rbd in text and JSON, and at the OSD', async () => {
  const byRados = await listwatchers()
  expect(byRados.map(({ address }) => formatAddress(address)).sort()).toEqual(
    watches.map(({ address }) => address).sort(),
  )
  expect(readRbdStatus(await ceph.run('rbd', 'status', 'vol7')).watchers).toEqual(byRados)
  expect(readRbdStatus(await ceph.run('rbd', 'status', 'vol7', '--format', 'json')).watchers).toEqual(byRados)
  for (const argv of [
    ['tell', 'osd.0'],
    ['daemon', ceph.socket('osd.0')],
  ]) {
    const held = readDumpWatchers(await ceph.run('ceph', ...argv, 'dump_watchers'))
    expect(held.map(({ client, cookie, object }) => [client, cookie, object]).sort()).toEqual(
      byRados.map(({ client, cookie }) => [client, cookie, image.header]).sort(),
    )
    expect(held.map(({ address }) => formatAddress(address)).sort()).toEqual(
      watches.map(({ address }) => address).sort(),
    )
  }
})

test('sees nobody on an image that nobody watches', async () => {
  const { header } = await createImage(ceph, 'idle')
  expect(await listwatchers(header)).toEqual([])
  expect(readRbdStatus(await ceph.run('rbd', 'status', 'idle'))).toEqual({ watchers: [] })
  expect(readRbdStatus(await ceph.run('rbd', 'status', 'idle', '--format', 'json'))).toEqual({ watchers: [] })
})

test('goes from the header’s id to the name of the image, and back', async () => {
  const name = `långes-Bild-${'0'.repeat(60)}`
  const { id, header } = await createImage(ceph, name)
  const found = await ceph.run('rados', '-p', 'rbd', 'getomapval', 'rbd_directory', `id_${id}`)
  expect(readImageName(found)).toBe(name)
  expect(readImageInfo(await ceph.run('rbd', 'info', name, '--format', 'json'))).toMatchObject({
    id,
    header,
    name,
  })
  const none = await ceph.run('rados', '-p', 'rbd', 'getomapval', 'rbd_directory', 'id_beef')
  expect(notSeen(() => readImageName(none), 'absent')).toContain('id_beef')
  const unmirrored = await ceph.run('rbd', 'mirror', 'image', 'status', 'vol7', '--format', 'json')
  notSeen(() => readMirrorStatus(unmirrored), 'absent')
})

test('reads locks, exclusive and shared, in text and JSON', async () => {
  await createImage(ceph, 'locked')
  const locks = async (...format: string[]) =>
    readLocks(await ceph.run('rbd', 'lock', 'ls', 'locked', ...format))
  expect(await locks()).toEqual([])
  expect(await locks('--format', 'json')).toEqual([])
  await ceph.run('rbd', 'lock', 'add', 'locked', 'two  words')
  const [one, ...others] = await locks('--format', 'json')
  expect(others).toEqual([])
  expect(one).toMatchObject({ id: 'two  words', client: expect.stringMatching(/^\d+$/) })
  expect(await locks()).toEqual([{ ...one, mode: 'exclusive' }])
  await createImage(ceph, 'shared')
  for (const id of ['s1', 's2']) await ceph.run('rbd', 'lock', 'add', 'shared', id, '--shared', 'tag 1')
  const shared = readLocks(await ceph.run('rbd', 'lock', 'ls', 'shared'))
  expect(shared.map(({ id, mode, tag }) => [id, mode, tag])).toEqual([
    ['s1', 'shared', 'tag 1'],
    ['s2', 'shared', 'tag 1'],
  ])
})

test('blocks and unblocks what it wrote, for every kind of address', async () => {
  for (const text of ['127.0.0.2:0/4294967295', '[2001:db8::1]:0/5', '[::ffff:1.2.3.4]:0/6', '127.0.0.3']) {
    const address = parseAddress(text)
    const written = formatAddress(address)
    const added = readBlocklistChange(await ceph.run('ceph', 'osd', 'blocklist', 'add', written, '600'))
    expect(added).toMatchObject({ did: 'added', entry: address, forS: 600 })
    const asJson = await blocklist()
    expect(asJson.filter(({ entry }) => covers(entry, address))).toMatchObject([{ entry: address }])
    expect(readBlocklist(await ceph.run('ceph', 'osd', 'blacklist', 'ls'))).toEqual(asJson)
    expect(readOsdDump(await ceph.run('ceph', 'osd', 'dump', '-f', 'json')).blocklist).toEqual(asJson)
    const remove = async () => readBlocklistChange(await ceph.run('ceph', 'osd', 'blocklist', 'rm', written))
    expect(await remove()).toEqual({ did: 'removed', entry: address })
    expect(await remove()).toEqual({ did: 'absent', entry: address })
    expect(await blocklist()).toEqual([])
  }
})

test('reads ranges, which need a release that knows them', async () => {
  await ceph.run('ceph', 'osd', 'blocklist', 'range', 'add', '127.9.0.0/16', '600')
  const [range] = await blocklist()
  expect(range).toMatchObject({ entry: { ip: '127.9.0.0', bits: 16 } })
  expect(readBlocklist(await ceph.run('ceph', 'osd', 'blocklist', 'ls'))).toEqual([range])
  await ceph.run('ceph', 'osd', 'blocklist', 'range', 'rm', '127.9.0.0/16')
  expect(await blocklist()).toEqual([])
})

test('reads release, pools and the OSDs that are up', async () => {
  const release = readRelease(await ceph.run('ceph', '--version'))
  expect(readReleases(await ceph.run('ceph', 'versions'))).toEqual([{ release, daemons: 2 }])
  expect(readRelease(await ceph.run('ceph', 'version', '-f', 'json'))).toEqual(release)
  const dump = readOsdDump(await ceph.run('ceph', 'osd', 'dump', '-f', 'json'))
  expect(dump).toMatchObject({
    fsid: ceph.fsid,
    pools: [{ name: 'rbd', applications: ['rbd'] }],
    up: [{ id: '0' }],
  })
  expect(dump.up[0]?.public.map(({ type }) => type)).toEqual(['v2', 'v1'])
})

test('says what is wrong: object, pool, image, keyring, key, capability, monitor', async () => {
  const rados = (pool: string, object: string) => ceph.run('rados', '-p', pool, 'listwatchers', object)
  const says = async (run: ReturnType<Ceph['run']>, code: Parameters<typeof notSeen>[1], text: string) => {
    const printed = await run
    expect(notSeen(() => finished(printed), code)).toContain(text)
  }
  await says(rados('rbd', 'rbd_header.beef'), 'absent', '`rbd/rbd_header.beef`')
  await says(rados('nopool', 'x'), 'absent', '`nopool`')
  await says(ceph.run('rbd', 'status', 'noimage'), 'absent', '`noimage`')
  await says(ceph.run('ceph', '--keyring', '/nonexistent', 'osd', 'ls'), 'denied', 'no keyring')
  await says(ceph.run('ceph', 'tell', 'mon.zz', 'sessions'), 'absent', '`mon.zz`')
  await says(ceph.run('ceph', 'osd', 'blocklist', 'nonsense'), 'failed', 'does not know')
  const other = join(ceph.dir, 'other.keyring')
  await ceph.run('ceph-authtool', '--create-keyring', other, '--gen-key', '-n', 'client.admin')
  for (const argv of [
    ['rados', '-p', 'rbd', 'listwatchers', image.header],
    ['rbd', 'status', 'vol7'],
    ['ceph', 'osd', 'ls'],
  ]) {
    await says(ceph.run(argv[0] ?? '', '--keyring', other, ...argv.slice(1)), 'denied', 'wrong key')
  }
  const reader = join(ceph.dir, 'reader.keyring')
  const made = await ceph.run(
    'ceph',
    'auth',
    'get-or-create',
    'client.reader',
    'mon',
    'allow r',
    'osd',
    'allow r',
  )
  await writeFile(reader, made.stdout)
  const asReader = ['--id', 'reader', '--keyring', reader]
  await says(
    ceph.run('ceph', ...asReader, 'osd', 'blocklist', 'add', '127.0.0.2:0/1'),
    'denied',
    'capabilities',
  )
  await says(ceph.run('rbd', ...asReader, 'status', 'vol7'), 'denied', 'capabilities')
  await says(ceph.run('ceph', ...asReader, 'tell', 'mon.a', 'sessions'), 'denied', '`allow *`')
  const unreachable = ['--connect-timeout', '1', '-m', 'v2:127.0.0.1:1']
  await says(ceph.run('ceph', ...unreachable, 'osd', 'ls'), 'timed-out', 'did not answer')
})

test('a watcher has a monitor session under its own address; killed, the session is gone long before the watch', async () => {
  const [, held] = watches
  if (!held) return expect.fail('no watch is held')
  const address = parseAddress(held.address)
  expect(sessionsOf(await sessions(), address)).toMatchObject([
    { peer: 'client', client: held.client, user: 'client.admin' },
  ])
  held.kill('SIGKILL')
  const killedAt = performance.now()
  await until(async () => sessionsOf(await sessions(), address).length === 0, 4000)
  expect((await listwatchers()).map(({ client }) => client)).toContain(held.client)
  await until(async () => !(await listwatchers()).some(({ client }) => client === held.client), 9000)
  expect(performance.now() - killedAt).toBeGreaterThan(3000)
}, 20_000)

test('a stopped watcher keeps its session when its watch is long gone: a session is no proof of life', async () => {
  const [held] = watches
  if (!held) return expect.fail('no watch is held')
  held.kill('SIGSTOP')
  await until(async () => (await listwatchers()).length === 0, 9000)
  expect(sessionsOf(await sessions(), parseAddress(held.address))).toHaveLength(1)
  await held.close()
}, 20_000)

test('a blocklisted client loses its watch at once and its session not at all', async () => {
  const held = await holdWatch(ceph, { image: 'vol7', object: image.header })
  await ceph.run('ceph', 'osd', 'blocklist', 'add', held.address, '60')
  await until(async () => (await listwatchers()).length === 0, 3000)
  expect(sessionsOf(await sessions(), parseAddress(held.address))).toHaveLength(1)
  await until(async () => held.said().includes('(107)'), 5000)
  await held.close()
  await ceph.run('ceph', 'osd', 'blocklist', 'rm', held.address)
}, 20_000)

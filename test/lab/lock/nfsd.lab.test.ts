import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCheck } from '../../../jobs/check.ts'
import type { Cluster } from '../../../jobs/hosts/cluster.ts'
import { LockFileArgs } from '../../../playbooks/lock/args.ts'
import { expireNfsdClient } from '../../../playbooks/lock/expire.ts'
import type { Offer } from '../../../playbooks/shared/finding.ts'
import { carryOut, check, playbooks } from '../../playbooks/lock/machines.ts'
import { clusterOfGuests } from '../guest/cluster.ts'
import { type Locker, startLocker, until } from '../guest/locking.ts'
import { CLIENT_ADDRESS, LEASE_S, type NfsPair, SERVER_ADDRESS, startNfsPair } from '../guest/nfs-pair.ts'

let pair: NfsPair
let holder: Locker
let alone: Cluster
let both: Cluster

const FILE = '/srv/share/registry lock'
const args = { target: FILE, on: 'server', interval: '1' }

beforeAll(async () => {
  pair = await startNfsPair()
  const server = {
    guest: pair.server,
    addresses: [SERVER_ADDRESS],
    roles: ['nfs-server' as const],
    lockRoots: ['/srv/share'],
  }
  alone = await clusterOfGuests([server])
  both = await clusterOfGuests([
    server,
    { guest: pair.client, addresses: [CLIENT_ADDRESS], roles: ['nfs-client'] },
  ])
  await pair.server.sh(`touch '${FILE}' /srv/share/second`)
  await pair.mount(4)
  holder = await startLocker(pair.client, '/mnt/v4/registry lock')
  await until(holder.hasIt, 'the client has the lock')
})
afterAll(async () => {
  await Promise.all([alone?.close(), both?.close()])
  await pair?.end()
})

const info = () => pair.server.sh('cat /proc/fs/nfsd/clients/*/info')
const locks = () => pair.server.sh('grep POSIX /proc/locks || true')

/** As it would be offered if somebody waited: what it rests on is what the same look shows. */
async function offerToExpire(): Promise<Offer> {
  const { seen } = await runCheck({ playbook: playbooks.lock, args, cluster: alone, secondLook: false })
  const text = await info()
  const params = {
    host: 'server',
    number: (await pair.server.sh('ls /proc/fs/nfsd/clients')).trim(),
    clientId: /^clientid: (\S+)$/m.exec(text)![1]!,
    address: CLIENT_ADDRESS,
  }
  const context = { args: LockFileArgs.parse(args), inventory: alone.inventory, seen, now: Date.now() }
  return {
    remedy: 'expire-nfsd-client',
    params,
    basis: expireNfsdClient.basis(params, context),
    approvals: 1,
    label: 'expire',
    plan: '',
    commands: [],
    touches: '',
  }
}

test('a lock of an NFSv4 client is found on the server by the client that has it, and on the client by its process', async () => {
  const onServer = await check(alone, 'lock', { ...args, interval: '0' })
  expect(onServer.diagnosis.findings).toMatchObject([{ code: 'held', verdict: 'ruled-out', severity: 'ok' }])
  expect(onServer.diagnosis.findings[0]!.summary).toContain(
    `NFSv4 client \`${CLIENT_ADDRESS}\`, whose lease is good`,
  )
  expect(onServer.diagnosis.findings[0]!.details.join('\n')).toMatch(
    /`Linux NFSv4\.2 client`\) has it locked, status confirmed, last renewed \d+ s ago \(lease 10 s\)/,
  )
  const { diagnosis } = await check(both, 'lock', {
    target: '/mnt/v4/registry lock',
    on: 'client',
    interval: '1',
  })
  expect(diagnosis.findings[0]!.summary).toContain(
    `held by \`perl\` (pid ${holder.pid} on \`client\`), which works`,
  )
  expect(diagnosis.findings[0]!.details.join('\n')).toContain('the NFS server itself (`nfsd`')
  expect([...onServer.diagnosis.offers, ...diagnosis.offers]).toEqual([])
})

test('a delegation, which a server gives to who opens a file, is not taken for a lock', async () => {
  const opened = await pair.client.start([
    'perl',
    '-e',
    "open(my $f, '<', $ARGV[0]) or die $!; read($f, my $x, 1); sleep 600",
    '/mnt/v4/second',
  ])
  await until(
    async () => /DELEG/.test(await pair.server.sh('cat /proc/locks')),
    'the server has given a delegation',
  )
  const { diagnosis } = await check(both, 'lock', {
    target: '/srv/share/second',
    on: 'server',
    interval: '1',
  })
  expect(diagnosis.findings).toMatchObject([{ code: 'not-locked', verdict: 'ruled-out' }])
  await pair.client.sh(`kill ${opened.pid}`)
})

test('a client that renews its lease is not expired, whatever was approved', async () => {
  const offer = await offerToExpire()
  expect(offer.basis).toContain('its lease is good')
  const approved = { ...offer, basis: offer.basis.replace('is good', 'has run out') }
  const result = await carryOut(alone, 'lock', args, approved)
  expect(result).toMatchObject({ state: 'refused' })
  expect(result.now).toContain('its lease is good')
  expect(await locks()).toContain(':2 0 EOF')
})

test('a client that stands still is a courtesy client; expired by approval, it and its lock are gone, and it may come back', async () => {
  pair.client.pause()
  await until(async () => (await info()).includes('courtesy'), 'the lease has run out', 3 * LEASE_S)
  const { diagnosis } = await check(alone, 'lock', args)
  expect(diagnosis.findings).toMatchObject([
    { code: 'courtesy-client', verdict: 'confirmed', severity: 'info' },
  ])
  expect(diagnosis.findings[0]!.summary).toContain('nobody waits for it')
  // nobody waits, so nothing is offered
  expect(diagnosis.offers).toEqual([])

  const offer = await offerToExpire()
  const result = await carryOut(alone, 'lock', args, offer)
  expect(result.lines.map(({ text }) => text)).toEqual([
    'looked again: unchanged',
    `expired \`${CLIENT_ADDRESS}\``,
    `\`${CLIENT_ADDRESS}\` is not listed any more`,
  ])
  expect(result.state).toBe('done')
  expect(await locks()).toBe('')
  expect((await pair.server.sh('ls /proc/fs/nfsd/clients')).trim()).toBe('')
  // the same once more: the number stands for nobody now
  expect(await carryOut(alone, 'lock', args, offer)).toMatchObject({ state: 'refused' })
  pair.client.resume()
  await until(async () => (await info()).includes('confirmed'), 'the client has come back')
})

test('where somebody waits, this kernel drops a lost client by itself', async () => {
  await holder.end()
  const next = await startLocker(pair.client, '/mnt/v4/second')
  await until(next.hasIt, 'the client has the lock')
  const waiter = await startLocker(pair.server, '/srv/share/second')
  pair.client.pause()
  await until(waiter.hasIt, 'the waiter has the lock', 3 * LEASE_S)
  pair.client.resume()
})

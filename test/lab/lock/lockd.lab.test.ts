import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Cluster } from '../../../jobs/hosts/cluster.ts'
import type { Offer } from '../../../playbooks/shared/finding.ts'
import { carryOut, check } from '../../playbooks/lock/machines.ts'
import { clusterOfGuests } from '../guest/cluster.ts'
import { startLocker, TRYING, until } from '../guest/locking.ts'
import { CLIENT_ADDRESS, type NfsPair, SERVER_ADDRESS, startNfsPair } from '../guest/nfs-pair.ts'

let pair: NfsPair
let cluster: Cluster

function open(): Promise<Cluster> {
  return clusterOfGuests([
    { guest: pair.server, addresses: [SERVER_ADDRESS], roles: ['nfs-server'], lockRoots: ['/srv/share'] },
    { guest: pair.client, addresses: [CLIENT_ADDRESS], roles: ['nfs-client'] },
  ])
}

beforeAll(async () => {
  pair = await startNfsPair()
  cluster = await open()
  await pair.server.sh('touch /srv/share/registry /srv/share/taken')
  await pair.mount(3)
})
afterAll(async () => {
  await cluster?.close()
  await pair?.end()
})

const locks = () => pair.server.sh('cat /proc/locks')
const args = { target: '/srv/share/registry', on: 'server', interval: '1' }

test('a process that waits over NFSv3 for a lock that the server has is led to its holder, although it is not in state D', async () => {
  const holder = await startLocker(pair.server, '/srv/share/taken')
  await until(holder.hasIt, 'the server has the lock')
  const waiter = await startLocker(pair.client, '/mnt/v3/taken')
  await until(async () => /-> POSIX/.test(await locks()), 'lockd waits for the client')
  const { diagnosis } = await check(cluster, 'stuck', { target: 'perl', on: 'client', interval: '1' })
  expect(diagnosis.findings).toMatchObject([{ code: 'contention', verdict: 'ruled-out' }])
  const { summary, details } = diagnosis.findings[0]!
  expect(summary).toContain(
    `held by \`perl\` (pid ${holder.pid} on \`server\`), which works; one process waits`,
  )
  expect(details.join('\n')).toMatch(
    new RegExp(`\`perl\` \\(pid ${waiter.pid}\\): waits for a lock in \`nlmclnt_\\w+\``),
  )
  expect(details.join('\n')).toMatch(
    /the NFS server itself \(`lockd`, pid \d+\), for a client, waits for a POSIX write lock/,
  )
  await holder.end()
  await until(waiter.hasIt, 'the client has the lock')
  await waiter.end()
})

test('a lock that lockd keeps for a client whose power failed: unknown while it is away, left over once it is back without it', async () => {
  const lost = await startLocker(pair.client, '/mnt/v3/registry')
  await until(lost.hasIt, 'the client has the lock')
  const service = await startLocker(pair.server, '/srv/share/registry', TRYING)
  await cluster.close()
  await pair.client.end()
  cluster = await open()
  const away = await check(cluster, 'lock', args)
  expect(away.diagnosis.findings[0]).toMatchObject({ code: 'holder-unseen', verdict: 'inconclusive' })
  expect(away.diagnosis.offers).toMatchObject([
    { remedy: 'quarantine-lock-file', approvals: 2, typed: 'registry' },
  ])
  await cluster.close()

  await pair.restartClient()
  cluster = await open()
  const { diagnosis } = await check(cluster, 'lock', args)
  expect(diagnosis.findings[0]).toMatchObject({
    code: 'left-over-lock',
    verdict: 'confirmed',
    severity: 'critical',
  })
  expect(diagnosis.findings[0]!.summary).toContain(
    '`server` keeps it for a client, and no client has it; one process waits',
  )
  expect(diagnosis.offers).toMatchObject([{ remedy: 'quarantine-lock-file', approvals: 1 }])
  expect(await service.hasIt()).toBe(false)

  const result = await carryOut(cluster, 'lock', args, diagnosis.offers[0] as Offer)
  expect(result.lines.map(({ text }) => text).join('\n')).toMatch(
    /looked again: unchanged\nrenamed to .*\nit is there, inode \d+ as before\nnobody waits any more on `server`/,
  )
  expect(result.state).toBe('done')
  await until(service.hasIt, 'the service has its lock')
  // what was left over stays with the old file, for whoever looks into it
  expect(await pair.server.sh('ls /srv/share')).toMatch(/^registry\nregistry\.unwedge-\w+\ntaken$/m)
})

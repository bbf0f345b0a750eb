import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Cluster } from '../../../jobs/hosts/cluster.ts'
import { check } from '../../playbooks/lock/machines.ts'
import { clusterOfGuests } from '../guest/cluster.ts'
import { type Ganesha, startGanesha } from '../guest/ganesha.ts'
import { type Guest, HOST_FROM_GUEST, startGuest } from '../guest/guest.ts'
import { LOCKING, until } from '../guest/locking.ts'

let guest: Guest
let server: Ganesha
let cluster: Cluster
let hanging: string[]

beforeAll(async () => {
  ;[guest, server] = await Promise.all([startGuest({ name: 'guest', modules: ['nfsv4'] }), startGanesha()])
  cluster = await clusterOfGuests([{ guest, addresses: ['10.0.2.15'], roles: ['nfs-client'] }])
  writeFileSync(join(server.share, 'registry.lock'), '')
  const options = `vers=4.1,port=${server.port},addr=${HOST_FROM_GUEST},clientaddr=10.0.2.15,timeo=10,retrans=1`
  await guest.sh(`mount -i -t nfs4 -o ${options} ${HOST_FROM_GUEST}:/share /mnt; stat /mnt/registry.lock`)
  server.stop()
  const started = [
    await guest.start(['stat', '/mnt/other']),
    await guest.start(['perl', '-e', LOCKING, '/mnt/registry.lock']),
  ]
  hanging = started.map(({ pid }) => pid).sort()
  await until(async () => (await guest.sh('dmesg')).includes('not responding'), 'the kernel complains', 60)
  await until(async () => (await inD()).length === 2, 'both hang', 60)
})
afterAll(async () => {
  await cluster?.close()
  await guest?.end()
  await server?.end()
})

const inD = async () => (await guest.sh('ps -eo stat= | grep ^D || true')).split('\n').filter(Boolean)

test('processes in state D on a mount whose server stopped answering: the server is named, and no lock is', async () => {
  const { diagnosis } = await check(cluster, 'stuck', { on: 'guest', interval: '3' })
  expect(diagnosis.findings.map(({ code }) => code)).toEqual(['server-not-responding'])
  expect(diagnosis.findings[0]).toMatchObject({ verdict: 'confirmed', severity: 'critical' })
  expect(diagnosis.findings[0]!.summary).toContain(
    `NFS server \`${HOST_FROM_GUEST}\` has not answered \`guest\` for`,
  )
  const hung = diagnosis.facts.hung as { pid: string; wchan: string; is: string }[]
  expect(hung.map(({ pid }) => pid).sort()).toEqual(hanging)
  // they wake up each second to ask again: that is not moving on
  for (const each of hung) expect(each).toMatchObject({ is: 'hangs', wchan: 'rpc_wait_bit_killable' })
  expect(diagnosis.offers).toEqual([])
  expect(diagnosis.unseen).toEqual([])
})

test('a file on that mount: looking at it hangs in a child of its own, and is said', async () => {
  const { diagnosis } = await check(cluster, 'lock', { target: '/mnt/elsewhere', on: 'guest', interval: '0' })
  expect(diagnosis.findings[0]).toMatchObject({ code: 'path-hangs', verdict: 'confirmed' })
})

test('once the server answers again, nothing hangs and nobody is blamed', async () => {
  server.go()
  await until(async () => (await inD()).length === 0, 'nothing is in state D', 60)
  const { diagnosis } = await check(cluster, 'stuck', { on: 'guest', interval: '1' })
  expect(diagnosis.findings).toMatchObject([{ code: 'nothing-stuck', verdict: 'ruled-out', severity: 'ok' }])
  expect(await guest.sh('dmesg')).toContain(`nfs: server ${HOST_FROM_GUEST} OK`)
})

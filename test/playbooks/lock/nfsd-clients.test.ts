import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readNfsdClients } from '../../../playbooks/shared/linux/nfsd-clients.ts'
import { readLocks } from '../../../playbooks/shared/linux/proc-locks.ts'

const output = (stdout: string) => ({ stdout, stderr: '', exitCode: 0, truncated: false, startedAt: 0 })
const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8')

test('a real client of a real NFS server: who it is, when it was heard of, what it has locked', () => {
  const { clients, leaseSeconds } = readNfsdClients(output(fixture('nfsd-clients.txt')))
  expect(leaseSeconds).toBe(10)
  expect(clients).toMatchObject([
    {
      number: '3',
      clientId: '0x615e8b366b00ccbe',
      address: '10.77.0.2',
      name: 'Linux NFSv4.2 client',
      status: 'confirmed',
      secondsSinceRenewal: 3,
    },
  ])
  const states = clients[0]!.states.map(({ kind, ino }) => `${kind} ${ino}`)
  expect(states).toEqual(['open 2', 'deleg 2', 'lock 2', 'open 4', 'deleg 4', 'lock 4', 'open 3'])
})

test('the same client 12 s after it stopped is a courtesy client, with the same locks', () => {
  const [before] = readNfsdClients(output(fixture('nfsd-clients.txt'))).clients
  const [after] = readNfsdClients(output(fixture('nfsd-clients-courtesy.txt'))).clients
  expect(after).toEqual({ ...before, status: 'courtesy', secondsSinceRenewal: 12 })
})

test('the device of a state is the one of /proc/locks, so that both name the same file', () => {
  const { clients } = readNfsdClients(output(fixture('nfsd-clients.txt')))
  const devices = readLocks(output(fixture('server-locks.txt'))).map(({ device }) => device)
  expect(new Set([...devices, ...clients[0]!.states.map(({ device }) => device)]).size).toBe(1)
})

test('the name of a file, which the kernel prints as it is, is never taken for a state of another file', () => {
  const state = (name: string) =>
    `/proc/fs/nfsd/clients/3/info:clientid: 0x1\n/proc/fs/nfsd/clients/3/info:address: "10.0.0.3:764"\n/proc/fs/nfsd/clients/3/states:- 0x01: { type: lock, superblock: "00:17:5", filename: "/${name}", owner: "lock id:x" }\n`
  for (const name of [
    'a", superblock: "00:17:2"',
    '{ type: lock, superblock: "00:17:2", x: "',
    'type: deleg,',
  ])
    expect(readNfsdClients(output(state(name))).clients[0]!.states, name).toMatchObject([
      { kind: 'lock', ino: '5' },
    ])
})

import { describe, expect, test } from 'vitest'
import { nfsdClientsArgv, readNfsdClients } from '../../../../playbooks/shared/linux/nfsd-clients.ts'
import { readMonitored } from '../../../../playbooks/shared/linux/statd.ts'
import { output } from './output.ts'

describe("the kernel server's NFSv4 clients", () => {
  // written by hand from fs/nfsd/nfs4state.c of Linux 6.1 (client_info_show, nfs4_show_lock)
  const text = `/proc/fs/nfsd/clients/3/info:clientid: 0x6a1b2c3d4e5f6071
/proc/fs/nfsd/clients/3/info:address: "10.0.2.15:764"
/proc/fs/nfsd/clients/3/info:status: courtesy
/proc/fs/nfsd/clients/3/info:seconds from last renew: 4021
/proc/fs/nfsd/clients/3/info:name: "Linux NFSv4.1 guest: a \\"b\\""
/proc/fs/nfsd/clients/3/info:minor version: 1
/proc/fs/nfsd/clients/3/info:Implementation domain: "kernel.org"
/proc/fs/nfsd/clients/3/info:callback state: DOWN
/proc/fs/nfsd/clients/3/states:- 0x00000001: { type: lock, superblock: "fd:10:-1", filename: "a: }", owner: "lock id:\\x01" }
/proc/fs/nfsd/clients/4/info:clientid: 0x6a1b2c3d4e5f6072
/proc/fs/nfsd/clients/4/info:address: "[fd00::15]:764"
/proc/fs/nfsd/clients/4/info:status: confirmed
/proc/fs/nfsd/clients/4/info:seconds from last renew: 12
/proc/fs/nfsd/nfsv4leasetime:90
`

  test('are read with lease, status and what they have locked', () => {
    const { clients, leaseSeconds } = readNfsdClients(output(text))
    expect(leaseSeconds).toBe(90)
    expect(clients[0]).toMatchObject({
      number: '3',
      clientId: '0x6a1b2c3d4e5f6071',
      address: '10.0.2.15',
      status: 'courtesy',
      secondsSinceRenewal: 4021,
      states: [{ kind: 'lock', device: '253:16', ino: String(2n ** 64n - 1n) }],
    })
    expect(clients[1]).toMatchObject({ address: 'fd00::15', status: 'confirmed', states: [] })
  })

  test('of states only those on the inode travel', () => {
    const pattern = new RegExp(nfsdClientsArgv(['12'])[6]!)
    expect(pattern.test('- 0x1: { type: lock, superblock: "fd:10:12", filename: "x" }')).toBe(true)
    expect(pattern.test('- 0x1: { type: lock, superblock: "fd:10:112", filename: "x" }')).toBe(false)
    expect(pattern.test('status: courtesy')).toBe(true)
  })

  test('an older kernel, no rights and no clients are three different things', () => {
    const missing = 'grep: /proc/fs/nfsd/clients: No such file or directory\n'
    expect(() => readNfsdClients(output('', { exitCode: 2, stderr: missing }))).toThrow(/5\.3/)
    expect(() =>
      readNfsdClients(
        output('', { exitCode: 2, stderr: 'grep: /proc/fs/nfsd/clients/3/info: Permission denied\n' }),
      ),
    ).toThrow(/root/)
    expect(readNfsdClients(output('/proc/fs/nfsd/nfsv4leasetime:90\n')).clients).toEqual([])
  })
})

describe("statd's clients", () => {
  test('are read with the time since when, oldest first', () => {
    const text = '1492045380.0000000000 10.55.4.9\n1491501000.5 10.55.4.199\n'
    const stderr = "find: '/var/lib/nfs/statd/sm': No such file or directory\n"
    expect(readMonitored(output(text, { exitCode: 1, stderr }))).toEqual([
      { name: '10.55.4.199', since: 1491501000000 },
      { name: '10.55.4.9', since: 1492045380000 },
    ])
  })

  test('none, and no statd, are two different things', () => {
    const one = "find: '/var/lib/nfs/statd/sm': No such file or directory\n"
    expect(readMonitored(output('', { exitCode: 1, stderr: one }))).toEqual([])
    expect(() =>
      readMonitored(
        output('', { exitCode: 1, stderr: `${one}find: '/var/lib/nfs/sm': No such file or directory\n` }),
      ),
    ).toThrow(/never run/)
  })
})

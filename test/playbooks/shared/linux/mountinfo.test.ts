import { expect, test } from 'vitest'
import {
  isBelow,
  mountAbove,
  pathOnServer,
  readMounts,
} from '../../../../playbooks/shared/linux/mountinfo.ts'
import { output } from './output.ts'

const ROOT = '27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard'
const NFS3 =
  '39 27 0:29 / /var/lib/nova/instances rw,relatime shared:7 - nfs block.example:/var/share/block-bj rw,vers=3,hard,proto=tcp,local_lock=none,addr=10.55.4.245'
const NFS4 =
  '40 27 0:30 /sub /mnt/with\\040blank\\134and\\011tab rw - nfs4 [fd00::2]:/ rw,vers=4.1,soft,addr=fd00::2'
const mounts = readMounts(output(`${[ROOT, NFS3, NFS4].join('\n')}\n`))

test('reads NFS mounts with server, export, version and patience', () => {
  expect(mounts.map(({ nfs }) => nfs)).toEqual([
    undefined,
    {
      server: 'block.example',
      export: '/var/share/block-bj',
      address: '10.55.4.245',
      version: '3',
      hard: true,
      localLocks: false,
    },
    { server: 'fd00::2', export: '/', address: 'fd00::2', version: '4.1', hard: false, localLocks: false },
  ])
  expect(mounts[2]).toMatchObject({ path: '/mnt/with blank\\and\ttab', device: '0:30', root: '/sub' })
})

test('finds the mount above a path by whole parts, of several the one on top', () => {
  expect(mountAbove(mounts, '/var/lib/nova/instances/locks/a')?.id).toBe('39')
  expect(mountAbove(mounts, '/var/lib/nova/instances')?.id).toBe('39')
  expect(mountAbove(mounts, '/var/lib/nova/instances2')?.id).toBe('27')
  const twice = [...mounts, { ...mounts[0]!, id: '50', path: '/var/lib/nova/instances' }]
  expect(mountAbove(twice, '/var/lib/nova/instances/a')?.id).toBe('50')
})

test('translates a path of the client into the path of its server', () => {
  expect(pathOnServer(mounts[1]!, '/var/lib/nova/instances/locks/a b')).toBe('/var/share/block-bj/locks/a b')
  expect(pathOnServer(mounts[1]!, '/var/lib/nova/instances')).toBe('/var/share/block-bj')
  expect(pathOnServer(mounts[2]!, '/mnt/with blank\\and\ttab/x')).toBe('/x')
  expect(pathOnServer(mounts[0]!, '/a')).toBeUndefined()
})

test('a folder of a similar name is not above', () => {
  expect(isBelow('/srv/nfs2/a', '/srv/nfs')).toBe(false)
  expect(isBelow('/srv/nfs/a', '/srv/nfs/')).toBe(true)
  expect(isBelow('/a', '/')).toBe(true)
})

test('refuses what is no list of mounts', () => {
  expect(() => readMounts(output(''))).toThrow(/empty/)
  expect(() => readMounts(output('27 1 254 / / rw - ext4 a rw\n'))).toThrow(/line 1/)
})

import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { searchPath } from '../../../jobs/hosts/environment.ts'
import { ownAddresses, thisHost } from '../../../jobs/hosts/tools.ts'
import { Host } from '../../../playbooks/shared/inventory.ts'
import { scratch } from './commands.ts'

/** A folder with programs that would betray being run: they fail, and leave a file. */
function toolbox(names: string[], mode = 0o755) {
  const folder = scratch()
  for (const name of names) {
    writeFileSync(join(folder, name), `#!/bin/sh\ntouch ${folder}/was-run\n`)
    chmodSync(join(folder, name), mode)
  }
  return folder
}
const rolesWith = async (folder: string) => (await thisHost({ PATH: folder })).roles

test('is this machine, with its loopback address', async () => {
  const host = Host.parse(await thisHost())
  expect(host.name).toBe(hostname())
  expect(host.addresses).toContain('127.0.0.1')
  expect(ownAddresses().some((address) => address.includes('%'))).toBe(false)
})

test('has the roles whose tools are on PATH', async () => {
  expect(await rolesWith(toolbox(['lctl', 'esxcli']))).toEqual(
    expect.arrayContaining(['lustre-client', 'esxi']),
  )
  const none = await rolesWith(scratch())
  expect(none).not.toContain('lustre-client')
  expect(none).not.toContain('esxi')
  expect(none).not.toContain('lustre-mgs')
})

test('does not take a folder or a file that may not be executed for a tool', async () => {
  const folder = toolbox(['lctl'], 0o644)
  mkdirSync(join(folder, 'esxcli'))
  const roles = await rolesWith(folder)
  expect(roles).not.toContain('lustre-client')
  expect(roles).not.toContain('esxi')
})

test('can look at locks where the kernel lists them', async () => {
  expect(await rolesWith(scratch())).toEqual(expect.arrayContaining(['nfs-server', 'nfs-client']))
})

test('runs nothing to find out', async () => {
  const folder = toolbox(['ceph', 'rados', 'rbd', 'ctdb', 'lctl'])
  expect(await rolesWith(folder)).toContain('ceph-admin')
  await expect(import('node:fs').then((fs) => fs.existsSync(join(folder, 'was-run')))).resolves.toBe(false)
})

test('looks where administrators keep tools, and never in relative folders', () => {
  expect(searchPath({ PATH: '/opt/ceph/bin:.:bin::/usr/bin' })).toEqual([
    '/opt/ceph/bin',
    '/usr/bin',
    '/usr/local/sbin',
    '/usr/local/bin',
    '/usr/sbin',
    '/sbin',
    '/bin',
  ])
  expect(searchPath({})).toContain('/usr/sbin')
})

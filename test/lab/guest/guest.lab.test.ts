import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { unwedge } from '../e2e/product.ts'
import { open, scratch } from '../ssh/commands.ts'
import { type Guest, startGuest } from './guest.ts'

let guest: Guest

beforeAll(async () => {
  const modules = ['scsi_debug', 'sd_mod', 'sg', 'iscsi_tcp']
  const setup = 'modprobe sd_mod\nmodprobe scsi_debug dev_size_mb=8\nmodprobe sg'
  guest = await startGuest({ name: 'disk-host', modules, setup, programs: ['sg_turs', 'sg_inq'] })
})
afterAll(() => guest?.end())

test('a guest is a machine of its own: its name, its kernel, its processes', async () => {
  const own = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')
  expect(await guest.sh('cat /proc/sys/kernel/random/boot_id')).not.toBe(own)
  expect(await guest.sh('cat /proc/sys/kernel/hostname')).toBe('disk-host\n')
  expect((await guest.run(['printf', '%s|', 'a b', "'", '$(id)', ''])).stdout).toBe("a b|'|$(id)||")
})

test('it has SCSI devices, and the modules to get more', async () => {
  expect(await guest.sh('sg_inq /dev/sda')).toContain('Vendor identification: Linux')
  expect((await guest.run(['sg_turs', '/dev/sda'])).exitCode).toBe(0)
  await guest.sh('modprobe iscsi_tcp')
})

test('it is trusted by its host key alone', async () => {
  const knownHosts = `${scratch()}/known_hosts`
  writeFileSync(knownHosts, '')
  const { ask } = open({ guest: { ...guest.ssh, knownHosts } })
  const ran = await ask({ argv: ['true'], limitMs: 20_000, maxBytes: 1000, touches: 'nothing' })
  expect(ran).toMatchObject({ outcome: 'unreachable', reason: expect.stringContaining('host key') })
})

test('it is a configured host like any other', async () => {
  const folder = scratch()
  const config = join(folder, 'unwedge.yaml')
  const hosts = { 'disk-host': guest.entry(['nfs-client']) }
  writeFileSync(config, stringify({ state_dir: folder, clusters: { lab: { hosts } } }))
  const { stdout, exitCode } = await unwedge(['hosts', 'check', '--config', config, '--json'], {
    HOME: folder,
  })
  expect(JSON.parse(stdout)).toMatchObject([{ host: 'disk-host', latencyMs: expect.any(Number) }])
  expect(exitCode).toBe(0)
})

test('it ends with its power, and leaves no process behind', async () => {
  await guest.end()
  expect(() => process.kill(guest.pid, 0)).toThrow('ESRCH')
})

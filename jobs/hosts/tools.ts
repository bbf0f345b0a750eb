import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { hostname, networkInterfaces } from 'node:os'
import { join } from 'node:path'
import type { Host, Role } from '../../playbooks/shared/inventory.ts'
import { searchPath } from './environment.ts'

/**
 * What a role takes: every one of `programs` on PATH, every one of `files` readable. A role says that this machine
 * can be asked in it, not that it serves anything: that is what a check finds out.
 */
const needs: Record<Role, { programs?: string[]; files?: string[] }> = {
  'ceph-admin': { programs: ['ceph', 'rados', 'rbd'] },
  'osd-host': { programs: ['ceph-osd'] },
  'nfs-server': { files: ['/proc/locks'] },
  'nfs-client': { files: ['/proc/locks', '/proc/self/mountinfo'] },
  'ctdb-node': { programs: ['ctdb'] },
  'lustre-client': { programs: ['lctl'] },
  'lustre-mgs': { programs: ['lctl'], files: ['/proc/fs/lustre/mgs'] },
  'iscsi-target': { files: ['/sys/kernel/scst_tgt/devices'] },
  'iscsi-initiator': { programs: ['sg_turs', 'sg_inq', 'sg_persist', 'sg_raw'] },
  esxi: { programs: ['esxcli'] },
}

/** The programs that a host has to have for a role; empty when files are enough. */
export function toolsOf(role: Role): string[] {
  return needs[role].programs ?? []
}

/**
 * This machine as the only host of a cluster without configuration: its name, all its addresses (loopback included,
 * without zone) and the roles that its tools allow. Only looks at PATH, /sbin, /usr/sbin and /proc; runs nothing.
 */
export async function thisHost(
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Host> {
  const folders = searchPath(env)
  const roles: Role[] = []
  for (const [role, { programs = [], files = [] }] of Object.entries(needs)) {
    const found = await Promise.all([
      ...programs.map((name) => isOnPath(name, folders)),
      ...files.map(isReadable),
    ])
    if (found.every(Boolean)) roles.push(role as Role)
  }
  return { name: hostname(), addresses: ownAddresses(), roles }
}

/** Every address of this machine, IPv4 and IPv6, without duplicates; empty when it has no interface at all. */
export function ownAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  return [...new Set(all.map(({ address }) => address.replace(/%.*$/, '')))]
}

async function isOnPath(program: string, folders: string[]): Promise<boolean> {
  for (const folder of folders) if (await isProgram(join(folder, program))) return true
  return false
}

const isProgram = (path: string) =>
  Promise.all([access(path, constants.X_OK), stat(path)]).then(
    ([, about]) => about.isFile(),
    () => false,
  )

const isReadable = (path: string) =>
  access(path, constants.R_OK).then(
    () => true,
    () => false,
  )

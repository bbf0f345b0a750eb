import type { Inventory } from '../shared/inventory.ts'
import { isSharedType, type Mount } from '../shared/linux/mountinfo.ts'
import { code } from '../shared/text.ts'
import type { Evidence, FileView } from './evidence.ts'
import { knownServersOf } from './files.ts'

/** Where a lock on this file could be although no host that was looked at lists one: /proc/locks is of one kernel only. */
export function notListedHere(
  { file }: Pick<FileView, 'file'>,
  hosts: Evidence['hosts'],
  inventory: Inventory,
): string[] {
  const mount = file.mount ?? mountOf(file, hosts)
  if (mount?.nfs) return mount.nfs.localLocks ? [] : behind(mount, hosts, inventory)
  const type = file.type ?? mount?.type
  return isSharedType(type) ? [`locks of hosts that were not looked at, on the same ${code(type)}`] : []
}

function behind(mount: Mount, hosts: Evidence['hosts'], inventory: Inventory): string[] {
  const servers = knownServersOf(inventory, mount)
  if (servers.length === 0)
    return [
      `the locks on NFS server ${code(mount.nfs!.server)}: no host of the configuration has that name or address`,
    ]
  return servers
    .filter(({ name }) => !hosts.some(({ host }) => host.name === name))
    .map(({ name }) => `the locks on NFS server ${code(name)}`)
}

/** The mount of a file that was named by its device, on the host where that is its device. */
function mountOf({ at, devices }: FileView['file'], hosts: Evidence['hosts']): Mount | undefined {
  const mounts = hosts.find(({ host }) => host.name === at?.name)?.mounts
  return mounts?.seen ? mounts.value.find(({ device }) => devices?.includes(device)) : undefined
}

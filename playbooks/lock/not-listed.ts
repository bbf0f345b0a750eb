import type { Inventory } from '../shared/inventory.ts'
import { isLocalType, type Mount } from '../shared/linux/mountinfo.ts'
import { code } from '../shared/text.ts'
import type { Evidence, FileView } from './evidence.ts'
import { knownServersOf } from './files.ts'
import { delegationsIn } from './host-locks.ts'
import type { HostView } from './records.ts'

/** Where a lock on this file could be although no host that was looked at lists one: /proc/locks is of one kernel only. */
export function notListedHere(
  { file }: Pick<FileView, 'file'>,
  hosts: Evidence['hosts'],
  inventory: Inventory,
): string[] {
  const own = hosts.find(({ host }) => host.name === file.at?.name)
  if (own && !own.mounts.seen)
    return [`on which file system it is on ${code(own.host.name)} (${own.mounts.why})`]
  const mount = file.mount ?? mountOf(file, hosts)
  const delegated = hosts.flatMap((host) => keptByDelegates(host, file.ino, hosts, inventory))
  const onServer = mount?.nfs !== undefined && !mount.nfs.localLocks
  const listing = onServer
    ? knownServersOf(inventory, mount)
    : own
      ? [own.host]
      : hosts.map(({ host }) => host)
  const hidden = hosts
    .filter(({ host }) => listing.some(({ name }) => name === host.name))
    .flatMap((view) => hiddenOn(view) ?? [])
  if (mount?.nfs) return onServer ? [...behind(mount, hosts, inventory), ...hidden, ...delegated] : hidden
  const type = file.type ?? mount?.type
  const shared =
    type === undefined || isLocalType(type)
      ? []
      : [`locks of hosts that were not looked at, on the same ${code(type)}`]
  return [...shared, ...hidden, ...delegated]
}

/** The locks that a host may have and its /proc/locks, as we read it, leaves out; undefined: it lists all. */
export function hiddenOn({ host, locks, namespace }: HostView): string | undefined {
  // before Linux 3.8 there is no such link, and no lock is left out
  const absent = !namespace.seen && (namespace.code === 'absent' || namespace.code === 'pending')
  if (!locks.seen || absent || (namespace.seen && namespace.value === 'initial')) return undefined
  const why = namespace.seen ? IN_A_CONTAINER : namespace.why
  return `locks of processes on ${code(host.name)} that are in another container (${why})`
}

export const IN_A_CONTAINER = 'we look from inside a container, which shows its own only'

/** Who has a delegation takes locks by itself (`_nfs4_proc_setlk` in fs/nfs/nfs4proc.c), and only its own kernel lists them. */
function keptByDelegates(
  view: HostView,
  ino: string,
  hosts: Evidence['hosts'],
  inventory: Inventory,
): string[] {
  if (delegationsIn(view, [ino]).length === 0) return []
  const on = `on ${code(view.host.name)}`
  if (!view.nfsd?.seen)
    return [`locks of an NFSv4 client with a delegation ${on} (${view.nfsd?.why ?? 'not asked'})`]
  const delegates = view.nfsd.value.clients.filter(({ states }) =>
    states.some((state) => state.kind === 'deleg' && state.ino === ino),
  )
  return delegates
    .filter(({ address }) => {
      const host = inventory.hosts.find(({ addresses }) => addresses.includes(address))
      return !hosts.some((each) => each.host.name === host?.name && each.locks.seen)
    })
    .map(({ address }) => `locks of NFSv4 client ${code(address)}, which has a delegation ${on}`)
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

import { type Address, covers, onHost, type Range } from '../shared/ceph/address.ts'
import { readIp } from '../shared/ceph/ip.ts'
import type { KrbdMapping } from '../shared/ceph/krbd.ts'
import type { Monitor } from '../shared/ceph/mon-dump.ts'
import type { OsdDump } from '../shared/ceph/osd-dump.ts'
import { atLeast, type Release } from '../shared/ceph/release.ts'
import type { Watcher } from '../shared/ceph/watchers.ts'
import type { Host, Inventory } from '../shared/inventory.ts'
import type { Process } from '../shared/linux/processes.ts'
import type { Connection } from '../shared/linux/sockets.ts'
import type { Look } from '../shared/look.ts'
import { NotSeen, type Reading } from '../shared/probe.ts'
import { hostProbes } from './probes.ts'
import { type Talker, talkersOf } from './talkers.ts'

/** What one host behind a client's address shows. */
export type HostView = {
  host: Host
  krbd: Reading<KrbdMapping[]>
  sockets: Reading<Connection[]>
  processes: Reading<Process[]>
  /** connections, and processes after them, once more; undefined: the first list leaves no doubt that another could end */
  again: { sockets: Reading<Connection[]>; processes: Reading<Process[]> } | undefined
  /** network namespaces with processes */
  namespaces: Reading<number>
  pidNamespaces: Reading<number>
  forwarding: Reading<boolean>
  /** the addresses that it has right now, canonical */
  addresses: Reading<string[]>
  clientRelease: Reading<Release>
}

/** Looks at every host of the inventory that has one of these addresses; several may share a virtual one. */
export function lookAtHosts(
  look: Look,
  inventory: Inventory,
  watchers: Watcher[],
  cluster: { release: Reading<Release>; dump: Reading<OsdDump>; monitors: Reading<Monitor[]> },
): Map<string, HostView[]> {
  const old = cluster.release.seen && !atLeast(cluster.release.value, 'infernalis')
  const notAsked = { seen: false, code: 'pending', why: 'not needed' } as const
  const views = new Map<string, HostView[]>()
  for (const { address } of watchers) {
    if (views.has(address.ip)) continue
    const hosts = inventory.hosts.filter((host) => host.addresses.some((ip) => mayBeAt(address, ip)))
    const shown = hosts.map((host): HostView => {
      const probes = hostProbes(host)
      const first = {
        krbd: look.ask(probes.krbd()),
        sockets: look.ask(probes.sockets()),
        processes: look.ask(probes.processes()),
        namespaces: look.ask(probes.namespaces()),
        again: undefined,
      }
      const sockets = isInDoubt(cluster, first) ? look.ask(probes.socketsAgain()) : undefined
      const processes = look.ask(sockets?.seen ? probes.processesAgain() : undefined)
      return {
        host,
        ...first,
        again: sockets && { sockets, processes },
        pidNamespaces: old ? look.ask(probes.pidNamespaces()) : notAsked,
        forwarding: look.ask(probes.forwarding()),
        addresses: look.ask(probes.addresses()),
        clientRelease: old ? look.ask(probes.clientRelease()) : notAsked,
      }
    })
    if (shown.length > 0) views.set(address.ip, shown)
  }
  return views
}

type Talk = Pick<HostView, 'sockets' | 'processes' | 'again'>
type Cluster = { dump: Reading<OsdDump>; monitors: Reading<Monitor[]> }

/** Who on the host talks to OSDs, once its connections, its processes and the OSDs were seen. */
export function talkersAt(
  { dump, monitors }: Cluster,
  { sockets, processes, again }: Talk,
): { processes: Talker[]; kernel: boolean } {
  if (!dump.seen || !sockets.seen || !processes.seen) throw new Error('judged before it was seen')
  const cluster = {
    osds: dump.value.up.flatMap((osd) => osd.public),
    monitors: monitors.seen ? monitors.value.flatMap(({ addresses }) => addresses) : [],
  }
  return talkersOf(cluster, {
    lists: [sockets.value, ...(again?.sockets.seen ? [again.sockets.value] : [])],
    processes: processes.value,
    left: again?.processes.seen ? again.processes.value : undefined,
  })
}

/** Whether another list could show that nobody is left who may be a client. */
function isInDoubt(cluster: Cluster, view: Talk & Pick<HostView, 'krbd' | 'namespaces'>): boolean {
  if (!cluster.dump.seen || !view.sockets.seen || !view.processes.seen) return false
  const { processes, kernel } = talkersAt(cluster, view)
  // mappings explain connections without an owner; who may not read other users' /proc is told of no owner at all
  const unexplained = kernel && view.krbd.seen && view.krbd.value.length === 0 && view.namespaces.seen
  return unexplained || (cluster.monitors.seen && processes.some(({ talksToMonitor }) => !talksToMonitor))
}

/** Whether clients on this host made their nonce from their process number: up to Hammer. */
export function noncesTellProcesses({ clientRelease, pidNamespaces }: HostView): boolean {
  const old = clientRelease.seen && !atLeast(clientRelease.value, 'infernalis')
  // in a namespace of its own a process knows itself by another number
  return old && pidNamespaces.seen && pidNamespaces.value === 1
}

/** Whether they may have: nobody knows better. */
export function mayTellProcesses({ clientRelease }: HostView): boolean {
  return clientRelease.seen ? !atLeast(clientRelease.value, 'infernalis') : clientRelease.code !== 'pending'
}

/**
 * Whether a client, or one of a blocklist's range, may be at this address of the inventory. One that is no IP matches
 * nothing: what was not looked at is not called seen.
 */
export function mayBeAt(entry: Address | Range, ip: string): boolean {
  try {
    readIp(ip)
  } catch (error) {
    if (error instanceof NotSeen) return false
    throw error
  }
  return 'bits' in entry ? covers(entry, { ip, port: 0, nonce: '0' }) : onHost(entry, ip)
}

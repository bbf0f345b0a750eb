import { type Address, onHost } from '../shared/ceph/address.ts'
import { readIp } from '../shared/ceph/ip.ts'
import type { KrbdMapping } from '../shared/ceph/krbd.ts'
import { atLeast, type Release } from '../shared/ceph/release.ts'
import type { Host, Inventory } from '../shared/inventory.ts'
import type { Process } from '../shared/linux/processes.ts'
import type { Connection } from '../shared/linux/sockets.ts'
import type { Look } from '../shared/look.ts'
import { NotSeen, type Reading } from '../shared/probe.ts'
import { hostProbes } from './probes.ts'

/** What one host behind a client's address shows. */
export type HostView = {
  host: Host
  krbd: Reading<KrbdMapping[]>
  sockets: Reading<Connection[]>
  processes: Reading<Process[]>
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
  addresses: Address[],
  release: Reading<Release>,
): Map<string, HostView[]> {
  const old = release.seen && !atLeast(release.value, 'infernalis')
  const notAsked = { seen: false, code: 'pending', why: 'not needed' } as const
  const views = new Map<string, HostView[]>()
  for (const address of addresses) {
    if (views.has(address.ip)) continue
    const hosts = inventory.hosts.filter((host) => host.addresses.some((ip) => isAt(address, ip)))
    const shown = hosts.map((host): HostView => {
      const probes = hostProbes(host)
      return {
        host,
        krbd: look.ask(probes.krbd()),
        sockets: look.ask(probes.sockets()),
        processes: look.ask(probes.processes()),
        namespaces: look.ask(probes.namespaces()),
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

/** Whether clients on this host made their nonce from their process number: up to Hammer. */
export function noncesTellProcesses({ clientRelease, pidNamespaces }: HostView): boolean {
  const old = clientRelease.seen && !atLeast(clientRelease.value, 'infernalis')
  // in a namespace of its own a process knows itself by another number
  return old && pidNamespaces.seen && pidNamespaces.value === 1
}

/** An inventory's address that is no IP matches nothing: what was not looked at is not called seen. */
function isAt(address: Address, ip: string): boolean {
  try {
    readIp(ip)
  } catch (error) {
    if (error instanceof NotSeen) return false
    throw error
  }
  return onHost(address, ip)
}

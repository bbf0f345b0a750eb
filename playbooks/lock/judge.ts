import type { Inventory } from '../shared/inventory.ts'
import type { NfsdClient } from '../shared/linux/nfsd-clients.ts'
import { code } from '../shared/text.ts'
import { behindTheServer, keptFor } from './behind-server.ts'
import type { Evidence, FileView } from './evidence.ts'
import type { Holder, HoldingClient } from './holder.ts'
import { notListedHere } from './not-listed.ts'

export const LEASE_S = 90

/** The records that are locks, and those that wait for one. */
export const held = ({ records }: Pick<FileView, 'records'>) => records.filter(({ lock }) => !lock.waits)
export const waiting = ({ records }: Pick<FileView, 'records'>) => records.filter(({ lock }) => lock.waits)

/** From lines of /proc/locks to who really holds the file. A gap never becomes "nobody". */
export function holderOf(view: FileView, { hosts }: Pick<Evidence, 'hosts'>, inventory: Inventory): Holder {
  const locks = held(view)
  const server = locks.find(({ owners }) => owners.some(({ kind }) => kind === 'daemon' || kind === 'nobody'))
  if (locks.length === 0) {
    const blind = hosts.filter(
      ({ locks: reading, mounts }) => !reading.seen || (!mounts.seen && reading.value.length > 0),
    )
    const missing = [
      ...blind.map(({ host }) => `the locks on ${code(host.name)}`),
      ...notListedHere(view, hosts, inventory),
    ]
    return missing.length === 0 ? { is: 'none' } : { is: 'unseen', missing }
  }
  const by = locks.flatMap((record) =>
    record.owners.flatMap((owner) =>
      owner.kind === 'process' ? [{ host: record.host, owner, record }] : [],
    ),
  )
  if (by.length > 0) return { is: by.some(({ owner }) => owner.state === 'works') ? 'works' : 'hangs', by }
  const unknown = locks.flatMap(({ host, owners }) =>
    owners.flatMap((owner) =>
      owner.kind === 'unseen' || owner.kind === 'perhaps'
        ? [`process ${owner.pid} on ${code(host.name)} (${owner.why})`]
        : [],
    ),
  )
  if (unknown.length > 0 || !server)
    return { is: 'unseen', missing: unknown.length > 0 ? unknown : ['who holds the lock'] }
  const kept = locks.map(keptFor)
  const clients = kept.some((by) => by === 'nfsd' || by === 'unknown') ? clientsWith(view, hosts) : []
  if (clients.some(({ lease }) => lease !== 'ran-out')) return { is: 'leased', clients }
  // a lock state without a lock may stay behind: it does not tell whose a lock of lockd is
  if (clients.length > 0 && !kept.includes('lockd')) return { is: 'ran-out', clients }
  return behindTheServer(view, hosts, inventory)
}

/** NFSv4 clients that have a lock state on this inode, on the device where the file is. */
function clientsWith(view: FileView, hosts: Evidence['hosts']): HoldingClient[] {
  return hosts.flatMap(({ host, nfsd }): HoldingClient[] => {
    if (!nfsd?.seen) return []
    const place = view.places.find((each) => each.host.name === host.name)?.place
    const leaseSeconds = nfsd.value.leaseSeconds
    return nfsd.value.clients
      .filter(({ states }) =>
        states.some(
          ({ kind, ino, device }) =>
            kind === 'lock' &&
            ino === view.file.ino &&
            place !== undefined &&
            (place.devices === 'any' || place.devices.includes(device)),
        ),
      )
      .map((client) => ({
        server: host,
        client,
        leaseSeconds,
        lease: leaseOf(client, leaseSeconds),
      }))
  })
}

/** Before Linux 5.19 a server drops who does not renew by itself, so that being listed is nearly as good as a time. */
export function leaseOf(
  { status, secondsSinceRenewal }: NfsdClient,
  leaseSeconds: number | undefined,
): HoldingClient['lease'] {
  const length = leaseSeconds ?? LEASE_S
  if (status === 'courtesy' || (secondsSinceRenewal ?? 0) > 2 * length) return 'ran-out'
  return (secondsSinceRenewal ?? 0) > length ? 'overdue' : 'good'
}

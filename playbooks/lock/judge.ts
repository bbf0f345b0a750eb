import type { Inventory } from '../shared/inventory.ts'
import type { NfsdClient } from '../shared/linux/nfsd-clients.ts'
import { code } from '../shared/text.ts'
import { behindTheServer, keptFor } from './behind-server.ts'
import { othersThan } from './copies.ts'
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
  if (by.some(({ owner }) => owner.state === 'works')) return { is: 'works', by }
  // of several readers one may hang and the other live, on a client that only its server knows
  const others = othersThan(
    by.map(({ record }) => record),
    locks,
  )
  if (by.length > 0 && others.length === 0) return { is: 'hangs', by }
  const unknown = others.flatMap(({ host, owners }) =>
    owners.flatMap((owner) =>
      owner.kind === 'unseen' || owner.kind === 'perhaps'
        ? [`process ${owner.pid} on ${code(host.name)} (${owner.why})`]
        : [],
    ),
  )
  const server = others.some(({ owners }) =>
    owners.some(({ kind }) => kind === 'daemon' || kind === 'nobody'),
  )
  if (unknown.length > 0 || !server)
    return { is: 'unseen', missing: unknown.length > 0 ? unknown : ['who holds the lock'] }
  const kept = others.map(keptFor)
  const clients = kept.some((by) => by === 'nfsd' || by === 'unknown') ? clientsWith(view, hosts) : []
  if (clients.some(({ lease }) => lease !== 'ran-out')) return { is: 'leased', clients }
  if (by.length > 0)
    return { is: 'unseen', missing: others.map(({ host }) => `who has the other lock on ${code(host.name)}`) }
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

/**
 * Only the server's own word, `courtesy`, is that a client is lost. The time alone is not: it is set when the last request
 * of the client has ended (`put_client_renew_locked`), and while one is in work, on a disk that hangs perhaps, the client is
 * neither called `courtesy` nor dropped, by no kernel (`nfs4_get_client_reaplist`, before 5.19 `nfs4_laundromat`), whatever
 * else it sends. Source: the kernel's fs/nfsd/nfs4state.c.
 */
export function leaseOf(
  { status, secondsSinceRenewal }: NfsdClient,
  leaseSeconds: number | undefined,
): HoldingClient['lease'] {
  if (status === 'courtesy') return 'ran-out'
  return (secondsSinceRenewal ?? 0) > (leaseSeconds ?? LEASE_S) ? 'overdue' : 'good'
}

import type { Host, Inventory } from '../shared/inventory.ts'
import type { NfsdClient } from '../shared/linux/nfsd-clients.ts'
import { code } from '../shared/text.ts'
import type { Evidence, FileView } from './evidence.ts'
import type { Owner } from './owners.ts'
import type { LockRecord } from './records.ts'

type ProcessOwner = Extract<Owner, { kind: 'process' }>

/** An NFSv4 client that has the file locked, as one server lists it. */
export type HoldingClient = {
  server: Host
  client: NfsdClient
  leaseSeconds: number | undefined
  ranOut: boolean
}

/** Who holds a file, told from all hosts together. */
export type Holder =
  /** nobody has a lock on it */
  | { is: 'none' }
  /** processes, on whichever host, that live: `works` when any of them does something, `hangs` when all are stuck or stopped */
  | { is: 'works' | 'hangs'; by: { host: Host; owner: ProcessOwner; record: LockRecord }[] }
  /** an NFSv4 client whose lease is good, or has run out */
  | { is: 'leased' | 'ran-out'; clients: HoldingClient[] }
  /** the server keeps a lock for a client, every client that could have it was asked, and none has it */
  | { is: 'left-over'; server: Host; asked: Host[] }
  /** it cannot be told; `missing` says what would have to be seen */
  | { is: 'unseen'; missing: string[] }

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
    return blind.length === 0
      ? { is: 'none' }
      : { is: 'unseen', missing: blind.map(({ host }) => `the locks on ${code(host.name)}`) }
  }
  const by = locks.flatMap((record) =>
    record.owners.flatMap((owner) =>
      owner.kind === 'process' ? [{ host: record.host, owner, record }] : [],
    ),
  )
  if (by.length > 0) return { is: by.some(({ owner }) => owner.state === 'works') ? 'works' : 'hangs', by }
  const unknown = locks.flatMap(({ host, owners }) =>
    owners.flatMap((owner) =>
      owner.kind === 'unseen' ? [`process ${owner.pid} on ${code(host.name)} (${owner.why})`] : [],
    ),
  )
  if (unknown.length > 0 || !server)
    return { is: 'unseen', missing: unknown.length > 0 ? unknown : ['who holds the lock'] }
  const clients = clientsWith(view, hosts)
  if (clients.length > 0) return { is: clients.every(({ ranOut }) => ranOut) ? 'ran-out' : 'leased', clients }
  return behindTheServer(view, server, hosts, inventory)
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
        ranOut:
          client.status === 'courtesy' || (client.secondsSinceRenewal ?? 0) > 2 * (leaseSeconds ?? LEASE_S),
      }))
  })
}

/** NFSv2/v3: statd names the clients that may hold locks; each of them is asked whether it has this one. */
function behindTheServer(
  view: FileView,
  { host: server, owners }: LockRecord,
  hosts: Evidence['hosts'],
  inventory: Inventory,
): Holder {
  const shown = hosts.find(({ host }) => host.name === server.name)
  // a process of this machine that died leaves no lock: only a server keeps one for somebody else
  if (!server.roles.includes('nfs-server'))
    return {
      is: 'unseen',
      missing: [
        `process ${owners[0]?.pid ?? ''} on ${code(server.name)}, which is gone or in another container`,
      ],
    }
  const monitored = shown?.monitored
  if (!monitored?.seen)
    return {
      is: 'unseen',
      missing: [`the clients that ${code(server.name)} keeps locks for (${monitored?.why ?? 'not asked'})`],
    }
  const names = monitored.value.map(({ name }) => name)
  if (names.length === 0)
    return { is: 'unseen', missing: [`a client: statd on ${code(server.name)} knows none`] }
  const missing: string[] = []
  const asked: Host[] = []
  for (const name of names) {
    const client = inventory.hosts.find(
      (each) => each.name.toLowerCase() === name.toLowerCase() || each.addresses.includes(name),
    )
    const seen = client && hosts.find(({ host }) => host.name === client.name)
    if (!client) missing.push(`client ${code(name)}, which is not in the configuration`)
    else if (!seen?.locks.seen)
      missing.push(
        `client ${code(client.name)} (${seen && !seen.locks.seen ? seen.locks.why : 'not asked: it has no role `nfs-client`'})`,
      )
    else asked.push(client)
  }
  if (view.records.some(({ sure }) => !sure)) missing.push('the file system behind the inode number')
  return missing.length > 0 ? { is: 'unseen', missing } : { is: 'left-over', server, asked }
}

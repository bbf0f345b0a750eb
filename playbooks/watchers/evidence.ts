import { type Address, covers, formatAddress, onHost } from '../shared/ceph/address.ts'
import type { BlocklistEntry } from '../shared/ceph/blocklist.ts'
import type { Lock } from '../shared/ceph/locks.ts'
import type { OsdDump } from '../shared/ceph/osd-dump.ts'
import type { ImageInfo, MirrorStatus } from '../shared/ceph/rbd-info.ts'
import { atLeast, type Release } from '../shared/ceph/release.ts'
import type { Session } from '../shared/ceph/sessions.ts'
import type { HeldWatch, RbdStatus, Watcher } from '../shared/ceph/watchers.ts'
import { type Host, hostsWith, type Inventory } from '../shared/inventory.ts'
import type { Process } from '../shared/linux/processes.ts'
import type { Connection } from '../shared/linux/sockets.ts'
import { type Look, lookAt } from '../shared/look.ts'
import type { Observations, Probe, Reading } from '../shared/probe.ts'
import type { WatchersArgs } from './args.ts'
import type { KrbdMapping } from './host.ts'
import { cephProbes, type Header, hostProbes, type Image } from './probes.ts'

/** What one host behind a client's address shows. */
export type HostView = {
  host: Host
  krbd: Reading<KrbdMapping[]>
  sockets: Reading<Connection[]>
  processes: Reading<Process[]>
  namespaces: Reading<number>
  forwarding: Reading<boolean>
  clientRelease: Reading<Release>
}

/** Everything the check knows about one header, each part with its reason where it isn't known. */
export type Evidence = {
  admin: Host
  /** where the header is; undefined while it is being searched */
  header: Header | undefined
  /** pools in which the header was looked for */
  searched: { pool: string; watchers: Reading<Watcher[]> }[]
  image: Image | undefined
  info: Reading<ImageInfo>
  release: Reading<Release>
  /** the oldest release that runs in the cluster */
  clusterRelease: Reading<Release>
  dump: Reading<OsdDump>
  monitors: Reading<Address[]>
  blocklist: Reading<BlocklistEntry[]>
  first: Reading<Watcher[]>
  /** undefined: a second look is not needed */
  second: Reading<Watcher[]> | undefined
  status: Reading<RbdStatus>
  locks: Reading<Lock[]>
  mirror: Reading<MirrorStatus> | undefined
  /** undefined: this release can't be asked */
  sessions: Reading<Session[]> | undefined
  /** by OSD; undefined: not asked, because nothing depends on it or there are too many */
  held: { osd: string; watches: Reading<HeldWatch[]> }[] | undefined
  /** by IP address of a client */
  hosts: Map<string, HostView>
}

const POOLS_SEARCHED = 12
/** More OSDs than this are not asked one by one who watches their objects. */
export const OSDS_ASKED = 48

/** The watchers as last seen. */
export function current({ first, second }: Pick<Evidence, 'first' | 'second'>): Reading<Watcher[]> {
  return second?.seen ? second : first
}

/** One pass: what is known, and through `look` what is wanted next. Undefined when there is no host to ask. */
export function gather(
  args: WatchersArgs,
  inventory: Inventory,
  seen: Observations,
): { evidence: Evidence | undefined; wanted: Probe<unknown>[] } {
  const admin = hostsWith(inventory, 'ceph-admin')[0]
  if (!admin) return { evidence: undefined, wanted: [] }
  const look = lookAt(seen)
  const ceph = cephProbes(inventory, admin)
  const release = look.ask(ceph.release())
  const releases = look.ask(ceph.releases())
  const dump = look.ask(ceph.osdDump())
  const found = findHeader(args, look, ceph, dump)
  const blocklist = release.seen
    ? look.ask(ceph.blocklist(release.value))
    : pending<BlocklistEntry[]>('the release is not known yet')
  const clusterRelease: Reading<Release> = releases.seen
    ? { ...releases, value: releases.value[0]!.release }
    : release
  const { header, image, first } = found
  const watchers = first.seen ? first.value : []

  const status = look.ask(image && ceph.status(image))
  const locks = look.ask(image && ceph.locks(image))
  const info = look.ask(image && ceph.info(image))
  const mirror = image && info.seen && info.value.mirroring ? look.ask(ceph.mirror(image)) : undefined

  // one client that watches twice is one client
  const several = new Set(watchers.map(({ client }) => client)).size > 1
  const blocked = watchers.filter(
    ({ address }) => blocklist.seen && blocklist.value.some(({ entry }) => covers(entry, address)),
  )
  const canAskMonitors = clusterRelease.seen && atLeast(clusterRelease.value, 'octopus')
  const firstSessions = canAskMonitors && watchers.length > 0 ? look.ask(ceph.sessions(1)) : undefined
  const hosts = lookAtHosts(
    look,
    inventory,
    [...addressesOf(watchers), ...(watchers.length === 0 ? blockedAddresses(blocklist) : [])],
    clusterRelease,
  )
  const alone = watchers.length === 1 && first.seen ? hosts.get(watchers[0]!.address.ip) : undefined
  const absentThere =
    alone?.krbd.seen === true &&
    alone.sockets.seen &&
    !alone.krbd.value.some(({ client }) => client === watchers[0]!.client)
  const monitors =
    canAskMonitors && (several || absentThere) ? look.ask(ceph.monitors()) : pending<Address[]>('not needed')

  const held =
    several || blocked.length > 0 || absentThere
      ? lookAtOsds(look, inventory, ceph, dump, clusterRelease)
      : undefined
  const secondLook =
    header !== undefined &&
    first.seen &&
    args.intervalMs > 0 &&
    (several || blocked.length > 0 || absentThere)
  const after = { after: { probe: found.firstProbe, ms: args.intervalMs } }
  const second = secondLook ? look.ask({ ...ceph.watchers(2, header), ...after }) : undefined
  const secondSessions = secondLook && firstSessions ? look.ask({ ...ceph.sessions(2), ...after }) : undefined

  return {
    wanted: look.wanted(),
    evidence: {
      admin,
      header,
      image,
      first,
      searched: found.searched,
      second,
      info,
      release,
      clusterRelease,
      dump,
      monitors,
      blocklist,
      status,
      locks,
      mirror,
      held,
      hosts,
      sessions: secondSessions?.seen ? secondSessions : firstSessions,
    },
  }
}

type CephProbes = ReturnType<typeof cephProbes>
type Found = Pick<Evidence, 'header' | 'image' | 'searched' | 'first'> & { firstProbe: string }

/** From the target to the header object, its watchers and its image; in every pool when none is named. */
function findHeader(args: WatchersArgs, look: Look, ceph: CephProbes, dump: Reading<OsdDump>): Found {
  const { target } = args
  if (target.kind === 'image') {
    const image: Image = { pool: target.pool, namespace: target.namespace, name: target.image }
    const info = look.ask(ceph.info(image))
    if (!info.seen) return { header: undefined, image, searched: [], first: info, firstProbe: '' }
    const header: Header = { pool: image.pool, namespace: image.namespace, object: info.value.header }
    const probe = ceph.watchers(1, header)
    return { header, image, searched: [], first: look.ask(probe), firstProbe: probe.id }
  }
  const inPool = (pool: string): Header => ({ pool, namespace: undefined, object: target.object })
  const others = (dump.seen ? dump.value.pools : [])
    .filter(
      ({ name, applications }) =>
        name !== 'rbd' && (applications === undefined || applications.includes('rbd')),
    )
    .map(({ name }) => name)
  const named = args.pool !== undefined
  const tries: { pool: string; probe: Probe<Watcher[]>; watchers: Reading<Watcher[]> }[] = []
  for (const pool of named ? [args.pool!] : ['rbd', ...others.slice(0, POOLS_SEARCHED)]) {
    const probe = ceph.watchers(1, inPool(pool), !named && pool !== 'rbd')
    const watchers = look.ask(probe)
    tries.push({ pool, probe, watchers })
    // most clusters keep their images in `rbd`; the others are asked when it isn't there
    if (pool === 'rbd' && !named && (watchers.seen || watchers.code !== 'absent')) break
  }
  const hit =
    tries.find(({ watchers }) => watchers.seen) ??
    tries.find(({ watchers }) => !watchers.seen && watchers.code !== 'absent') ??
    tries[0]!
  const searched = tries.map(({ pool, watchers }) => ({ pool, watchers }))
  if (!hit.watchers.seen)
    return { header: undefined, image: undefined, searched, first: hit.watchers, firstProbe: hit.probe.id }
  const header = inPool(hit.pool)
  const name = target.kind === 'format-1' ? undefined : look.ask(ceph.imageName(header, target.id))
  const image =
    target.kind === 'format-1'
      ? { pool: hit.pool, namespace: undefined, name: target.image }
      : name?.seen
        ? { pool: hit.pool, namespace: undefined, name: name.value }
        : undefined
  return { header, image, searched, first: hit.watchers, firstProbe: hit.probe.id }
}

function lookAtHosts(
  look: Look,
  inventory: Inventory,
  addresses: Address[],
  release: Reading<Release>,
): Map<string, HostView> {
  const views = new Map<string, HostView>()
  for (const address of addresses) {
    const host = inventory.hosts.find((candidate) => candidate.addresses.some((ip) => onHost(address, ip)))
    if (!host || views.has(address.ip)) continue
    const probes = hostProbes(host)
    // only there a nonce tells the process
    const old = release.seen && !atLeast(release.value, 'jewel')
    views.set(address.ip, {
      host,
      krbd: look.ask(probes.krbd()),
      sockets: look.ask(probes.sockets()),
      processes: look.ask(probes.processes()),
      namespaces: look.ask(probes.namespaces()),
      forwarding: look.ask(probes.forwarding()),
      clientRelease: old ? look.ask(probes.clientRelease()) : pending('not needed'),
    })
  }
  return views
}

function lookAtOsds(
  look: Look,
  inventory: Inventory,
  ceph: CephProbes,
  dump: Reading<OsdDump>,
  release: Reading<Release>,
): Evidence['held'] {
  if (!dump.seen || !release.seen || dump.value.up.length > OSDS_ASKED) return undefined
  const byTell = atLeast(release.value, 'nautilus')
  return dump.value.up.map(({ id, public: addresses }) => {
    const host = inventory.hosts.find((candidate) =>
      candidate.addresses.some((ip) => addresses.some((address) => onHost(address, ip))),
    )
    const probe = byTell ? ceph.heldBy(id) : host && hostProbes(host).heldBy(id)
    return { osd: id, watches: look.ask(probe) }
  })
}

function addressesOf(watchers: Watcher[]): Address[] {
  return watchers.map(({ address }) => address)
}

function blockedAddresses(blocklist: Reading<BlocklistEntry[]>): Address[] {
  if (!blocklist.seen) return []
  return blocklist.value.flatMap(({ entry }) => ('bits' in entry ? [] : [entry])).slice(0, 8)
}

function pending<T>(why: string): Reading<T> {
  return { seen: false, code: 'pending', why }
}

/** `1.1.2.1:0/1193546917` → the watcher's name in sentences. */
export function nameOf({ address }: Pick<Watcher, 'address'>): string {
  return formatAddress(address)
}

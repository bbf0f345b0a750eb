import type { BlocklistEntry } from '../shared/ceph/blocklist.ts'
import type { KrbdMapping } from '../shared/ceph/krbd.ts'
import type { Lock } from '../shared/ceph/locks.ts'
import type { Monitor } from '../shared/ceph/mon-dump.ts'
import type { OsdDump } from '../shared/ceph/osd-dump.ts'
import type { ImageInfo, MirrorStatus } from '../shared/ceph/rbd-info.ts'
import type { Release } from '../shared/ceph/release.ts'
import type { Session } from '../shared/ceph/sessions.ts'
import type { HeldWatch, RbdStatus, Watcher } from '../shared/ceph/watchers.ts'
import type { Host } from '../shared/inventory.ts'
import type { Reading } from '../shared/probe.ts'
import type { Found } from './find-header.ts'
import type { HostView } from './host-view.ts'

/** Everything the check knows about one header, each part with its reason where it isn't known. */
export type Evidence = Omit<Found, 'firstProbe'> & {
  admin: Host
  info: Reading<ImageInfo>
  /** the oldest release that runs in the cluster, whose words the monitors take; before Luminous that of the tools */
  release: Reading<Release>
  /** what the OSDs run */
  osds: Reading<Release[]>
  dump: Reading<OsdDump>
  monitors: Reading<Monitor[]>
  blocklist: Reading<BlocklistEntry[]>
  /** undefined: a second look is not needed */
  second: Reading<Watcher[]> | undefined
  /** how long the second look waits after the first, as asked for */
  intervalMs: number
  status: Reading<RbdStatus>
  locks: Reading<Lock[]>
  mirror: Reading<MirrorStatus> | undefined
  /** one per look; undefined: this release can't be asked */
  sessions: Reading<Session[]>[] | undefined
  /** by OSD; undefined: not asked, because nothing depends on it or there are too many */
  held: { osd: string; watches: Reading<HeldWatch[]> }[] | undefined
  /** by IP address of a client: every host of the inventory that has it */
  hosts: Map<string, HostView[]>
  /** where the image may be mapped although nobody watches; undefined: somebody does, or its name is not known */
  mappers: Mappers | undefined
}

export type Mappers = {
  asked: { host: Host; krbd: Reading<KrbdMapping[]> }[]
  /** hosts that were not asked, because there are too many */
  others: number
  /** entries of the blocklist behind which no host of the inventory is */
  strangers: number
}

/** More OSDs than this are not asked one by one who watches their objects. */
export const OSDS_ASKED = 48

/** More hosts than this are not asked one by one whether they have an image mapped that nobody watches. */
export const HOSTS_ASKED = 48

/** The watchers as last seen. */
export function current({ first, second }: Pick<Evidence, 'first' | 'second'>): Reading<Watcher[]> {
  return second?.seen ? second : first
}

/** The same evidence as if there had been one look only: what a fresh look before a remedy can be compared with. */
export function asOfFirstLook(evidence: Evidence): Evidence {
  return { ...evidence, second: undefined, sessions: evidence.sessions?.slice(0, 1) }
}

/** One watch per client: a client that watches twice is one client. */
export function oneOfEach(watchers: Watcher[]): Watcher[] {
  return watchers.filter(
    (watcher, at) => watchers.findIndex(({ client }) => client === watcher.client) === at,
  )
}

import { type Address, covers, onHost, type Range } from '../shared/ceph/address.ts'
import type { BlocklistEntry } from '../shared/ceph/blocklist.ts'
import type { Lock } from '../shared/ceph/locks.ts'
import type { Monitor } from '../shared/ceph/mon-dump.ts'
import type { OsdDump } from '../shared/ceph/osd-dump.ts'
import { atLeast, type Release } from '../shared/ceph/release.ts'
import type { Watcher } from '../shared/ceph/watchers.ts'
import { type Host, hostsWith, type Inventory } from '../shared/inventory.ts'
import { type Look, lookAt } from '../shared/look.ts'
import type { NotSeenCode, Observations, Probe, Reading } from '../shared/probe.ts'
import type { WatchersArgs } from './args.ts'
import { type Evidence, HOSTS_ASKED, type Mappers, OSDS_ASKED, oneOfEach } from './evidence.ts'
import { findHeader } from './find-header.ts'
import { lookAtHosts, mayBeAt } from './host-view.ts'
import { traceOf } from './life.ts'
import { cephProbes, hostProbes } from './probes.ts'

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
  const { release, osds } = lookAtReleases(look, ceph)
  const dump = look.ask(ceph.osdDump())
  const { firstProbe, ...found } = findHeader(args, look, ceph, dump)
  const blocklist = release.seen
    ? look.ask(ceph.blocklist(release.value))
    : unseen<BlocklistEntry[]>(release.code, `the release is not known: ${release.why}`)
  const { header, image, first } = found
  const watchers = first.seen ? oneOfEach(first.value) : []

  const status = look.ask(image && ceph.status(image))
  const locks = look.ask(image && ceph.locks(image))
  const info = look.ask(image && ceph.info(image))
  const mirror = image && info.seen && info.value.mirroring ? look.ask(ceph.mirror(image)) : undefined

  const canAskMonitors = release.seen && atLeast(release.value, 'octopus') && watchers.length > 0
  const firstSessions = canAskMonitors ? look.ask(ceph.sessions(1)) : undefined
  const monitors = canAskMonitors ? look.ask(ceph.monitors()) : unseen<Monitor[]>('pending', 'not needed')
  const hosts = lookAtHosts(look, inventory, watchers, { release, dump, monitors })
  const nobody = first.seen && watchers.length === 0
  const mappers = nobody && image ? lookForMappers(look, inventory, { blocklist, locks }) : undefined

  const firstLook: Evidence = {
    ...found,
    ...{ admin, info, release, osds, dump, monitors, blocklist, status, locks, mirror, hosts, mappers },
    second: undefined,
    intervalMs: args.intervalMs,
    sessions: firstSessions && [firstSessions],
    held: undefined,
  }
  const isBlocked = ({ address }: Watcher) =>
    blocklist.seen && blocklist.value.some(({ entry }) => covers(entry, address))
  // one client is normal; that there is no trace of it isn't
  const questionable =
    watchers.length > 1 ||
    watchers.some((each) => isBlocked(each) || traceOf(each, firstLook).found === 'nothing')
  const held = questionable ? lookAtOsds(look, inventory, ceph, dump, release) : undefined
  const again = header !== undefined && questionable && args.intervalMs > 0
  const after = { after: { probe: firstProbe, ms: args.intervalMs } }
  const second = again ? look.ask({ ...ceph.watchers(2, header), ...after }) : undefined
  const secondSessions = again && firstSessions ? look.ask({ ...ceph.sessions(2), ...after }) : undefined
  const sessions = firstSessions && [firstSessions, ...(secondSessions ? [secondSessions] : [])]
  return { wanted: look.wanted(), evidence: { ...firstLook, held, second, sessions } }
}

type CephProbes = ReturnType<typeof cephProbes>

/**
 * Which release the cluster runs. The tools' own version says so only where the cluster is too old to be asked; only there
 * it is asked for, because `ceph` takes as long for that as for a question to the cluster.
 */
function lookAtReleases(look: Look, ceph: CephProbes): Pick<Evidence, 'release' | 'osds'> {
  const running = look.ask(ceph.releases())
  if (running.seen) {
    const all = running.value.map(({ release }) => release)
    return { release: { ...running, value: all[0]! }, osds: { ...running, value: all } }
  }
  if (running.code !== 'failed') return { release: running, osds: running }
  return { release: look.ask(ceph.release()), osds: look.ask(ceph.osdVersions()) }
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

/**
 * Every host may have it mapped without a watch: as a client that was cut off, also by an entry that has ended since. Of
 * many only those are asked that a blocklist entry or a lock points to.
 */
function lookForMappers(
  look: Look,
  inventory: Inventory,
  { blocklist, locks }: { blocklist: Reading<BlocklistEntry[]>; locks: Reading<Lock[]> },
): Mappers {
  const entries = blocklist.seen ? blocklist.value.map(({ entry }) => entry) : []
  const holders = locks.seen ? locks.value.flatMap(({ address }) => address ?? []) : []
  const able = inventory.hosts.filter(({ roles }) => !(roles.length === 1 && roles[0] === 'esxi'))
  const pointedTo = able.filter((host) => [...entries, ...holders].some((each) => isBehind(each, host)))
  const asked = (able.length > HOSTS_ASKED ? pointedTo : able).slice(0, HOSTS_ASKED)
  return {
    asked: asked.map((host) => ({ host, krbd: look.ask(hostProbes(host).krbd()) })),
    others: able.length - asked.length,
    strangers: entries.filter((entry) => !inventory.hosts.some((host) => isBehind(entry, host))).length,
  }
}

function isBehind(entry: Address | Range, { addresses }: Host): boolean {
  return addresses.some((ip) => mayBeAt(entry, ip))
}

function unseen<T>(code: NotSeenCode, why: string): Reading<T> {
  return { seen: false, code, why }
}

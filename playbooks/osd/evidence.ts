import type { Crash } from '../shared/ceph/crashes.ts'
import { type Health, slowOsds } from '../shared/ceph/health.ts'
import type { Manager } from '../shared/ceph/manager.ts'
import type { OkToStop } from '../shared/ceph/ok-to-stop.ts'
import type { OsdPlace } from '../shared/ceph/osd-find.ts'
import type { MappedOsd, OsdMap } from '../shared/ceph/osd-map.ts'
import type { Pg } from '../shared/ceph/pgs.ts'
import { atLeast } from '../shared/ceph/release.ts'
import { type Host, hostsWith, type Inventory } from '../shared/inventory.ts'
import { type Look, lookAt } from '../shared/look.ts'
import type { Observations, Probe, Reading } from '../shared/probe.ts'
import type { OsdArgs } from './args.ts'
import { hearingOf } from './hearing.ts'
import { hostOf, type OsdView, viewFromOutside, viewHost } from './host-view.ts'
import { type Init, lookAtInit } from './init.ts'
import type { OsdLog } from './log.ts'
import type { BlockedOps } from './ops.ts'
import { clusterProbes, hostProbes } from './probes.ts'

/** What the check of one OSD knows, each part with its reason where it isn't known. */
export type Evidence = {
  admin: Host
  map: Reading<OsdMap>
  /** the map once more; undefined: it was not deaf at the first */
  again: Reading<OsdMap> | undefined
  /** undefined: the map is not seen, or has no such OSD */
  view: OsdView | undefined
  manager: Reading<Manager>
  health: Reading<Health>
  place: Reading<OsdPlace>
  stuck: Reading<Pg[]>
  /** undefined: nothing that a restart could help */
  okToStop: Reading<OkToStop> | undefined
  /** undefined: this release has no crash reports, or nothing depends on them */
  crashes: Reading<Crash[]> | undefined
  threads: Reading<number>
  log: Reading<OsdLog>
  init: Reading<Init>
  blockedOps: Reading<BlockedOps> | undefined
}

/** A process younger than this may be in a loop of restarts. */
export const YOUNG_S = 900

/**
 * Where Ceph is asked: rather a host that runs no OSD itself, because it connects to them as a client does.
 */
export function adminOf(inventory: Inventory): Host | undefined {
  const all = hostsWith(inventory, 'ceph-admin')
  return all.find(({ roles }) => !roles.includes('osd-host')) ?? all[0]
}

/** One pass: what is known about one OSD, and through `look` what is wanted next. Undefined when there is no host to ask. */
export function gather(
  args: OsdArgs,
  inventory: Inventory,
  seen: Observations,
): { evidence: Evidence | undefined; wanted: Probe<unknown>[] } {
  const admin = adminOf(inventory)
  if (!admin) return { evidence: undefined, wanted: [] }
  const look = lookAt(seen)
  const ceph = clusterProbes(inventory, admin)
  const map = look.ask(ceph.map())
  const manager = look.ask(ceph.manager())
  const health = look.ask(ceph.health())
  const osd = map.seen ? map.value.osds.find(({ id }) => id === args.id) : undefined
  const place = look.ask(osd && ceph.find(args.id))
  // without a manager these hang; before Luminous there is none
  const mayAskPgs = osd && manager.seen && manager.value !== 'missing'
  const stuck = mayAskPgs ? look.ask(ceph.stuck()) : withoutManager<Pg[]>(manager)
  const asMapped = osd && map.seen ? viewOne(look, args, inventory, admin, osd, map.value, place) : undefined
  const mapped = asMappedNow(asMapped ? [asMapped] : [], look, ceph)
  const view = mapped.views[0]

  const host = view?.host
  const own = host && hostProbes(inventory, host)
  const running = view?.process.seen ? view.process.value : undefined
  const threads = own && running ? look.ask(own.threads(running.pid)) : absent<number>('no process')
  const hearing = view && hearingOf(view)
  // what is still being looked at is no trouble yet
  const troubled = hearing !== undefined && (!osd!.up || (isSettled(view!) && hearing.state !== 'answers'))
  const young = running !== undefined && running.ageS < YOUNG_S
  const init =
    view && host && map.seen
      ? lookAtInit(look, inventory, host, { id: args.id, fsid: map.value.fsid }, running)
      : absent<Init>('its host is not known')
  const log = own ? lookAtLog(look, own, running, init) : absent<OsdLog>('its host is not known')
  const releases =
    (troubled || young) && manager.seen && manager.value === 'available'
      ? look.ask(ceph.releases())
      : undefined
  const crashes =
    releases?.seen && atLeast(releases.value[0]!.release, 'nautilus') ? look.ask(ceph.crashes()) : undefined
  const okToStop = troubled && mayAskPgs ? look.ask(ceph.okToStop(args.id)) : undefined
  const slow = health.seen && slowOsds(health.value).includes(args.id)
  const blockedOps = slow && own && !view?.spared ? look.ask(own.blockedOps(args.id)) : undefined

  return {
    wanted: look.wanted(),
    evidence: {
      admin,
      map,
      again: mapped.again,
      view,
      manager,
      health,
      place,
      stuck,
      okToStop,
      crashes,
      threads,
      log,
      init,
      blockedOps,
    },
  }
}

/**
 * The views as they are, or, where one is deaf, as the OSD map says now: who was stopped or restarted in good order since the
 * map was read is not deaf.
 */
export function asMappedNow(
  views: OsdView[],
  look: Look,
  ceph: ReturnType<typeof clusterProbes>,
): { views: OsdView[]; again: Reading<OsdMap> | undefined } {
  const doubtful =
    views.every(isSettled) && views.some((each) => each.osd.up && hearingOf(each).state === 'deaf')
  const again = doubtful ? look.ask({ ...ceph.map(), id: 'osd-map-again' }) : undefined
  if (!again?.seen) return { views, again }
  const now = new Map(again.value.osds.map((osd) => [osd.id, osd]))
  return { views: views.map((view) => ({ ...view, osd: now.get(view.osd.id) ?? view.osd })), again }
}

function viewOne(
  look: Look,
  args: OsdArgs,
  inventory: Inventory,
  admin: Host,
  osd: MappedOsd,
  map: OsdMap,
  place: Reading<OsdPlace>,
): OsdView | undefined {
  // a host that is named may lack addresses in the inventory; one that is contradicted by them is refused later
  const named = inventory.hosts.find(({ name }) => name === args.on)
  const theirs = named && hostOf({ ...inventory, hosts: [named] }, osd)
  const host = theirs ?? hostOf(inventory, osd) ?? named ?? hostByName(inventory, place)
  // the other end of replication and heartbeats, which a client's network may not see
  const other = map.osds
    .filter(({ id, up }) => up && id !== osd.id)
    .map((each) => hostOf(inventory, each))
    .find((each) => each && each.name !== host?.name && each.name !== admin.name)
  const outside = [admin, ...(other ? [other] : [])].filter(({ name }) => name !== host?.name)
  if (!host) return viewFromOutside(look, inventory, [osd], outside)[0]
  return viewHost(look, inventory, host, [osd], outside)[0]
}

/** The inventory may know a host by its name alone, with its domain or without; of two that fit it is neither. */
function hostByName(inventory: Inventory, place: Reading<OsdPlace>): Host | undefined {
  if (!place.seen) return undefined
  const names = [place.value.host, place.value.crushHost].flatMap((name) => name ?? [])
  const short = (name: string) => name.split('.')[0]!
  const exact = inventory.hosts.filter(({ name }) => names.includes(name))
  const alike = inventory.hosts.filter(({ name }) => names.map(short).includes(short(name)))
  const [only, ...others] = exact.length > 0 ? exact : alike
  return others.length === 0 ? only : undefined
}

function lookAtLog(
  look: Look,
  own: ReturnType<typeof hostProbes>,
  running: { log: string | undefined } | undefined,
  init: Reading<Init>,
): Reading<OsdLog> {
  if (!running) return absent('no process whose log could be read')
  if (running.log === undefined) return absent('it writes no log file')
  const file = look.ask(own.log(running.log))
  const unit = init.seen && init.value.kind === 'systemd' ? init.value.unit : undefined
  return !file.seen && file.code === 'absent' && unit !== undefined ? look.ask(own.journal(unit)) : file
}

function isSettled({ process, listeners, open, limits, heard }: OsdView): boolean {
  const readings = [process, listeners, open, limits, ...heard.map(({ answers }) => answers)]
  return readings.every((reading) => reading.seen || reading.code !== 'pending')
}

function withoutManager<T>(manager: Reading<Manager>): Reading<T> {
  return manager.seen
    ? { seen: false, code: 'absent', why: 'the cluster has no active manager, and only a manager knows' }
    : { seen: false, code: manager.code, why: manager.why }
}

function absent<T>(why: string): Reading<T> {
  return { seen: false, code: 'absent', why }
}

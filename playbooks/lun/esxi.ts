import type { LogEvent } from '../shared/esxi/events.ts'
import type { Device, DeviceStats, Extent, FileSystem, Path, SnapshotVolume } from '../shared/esxi/storage.ts'
import type { Host } from '../shared/inventory.ts'
import type { Look } from '../shared/look.ts'
import type { Reading } from '../shared/probe.ts'
import type { LunArgs } from './args.ts'
import { esxiProbes, type Vmkernel } from './probes.ts'

/** One device as one ESXi host sees it. */
export type DeviceView = {
  name: string
  device: Reading<Device>
  paths: Reading<Path[]>
  first: Reading<DeviceStats>
  /** undefined: looked once */
  second: Reading<DeviceStats> | undefined
}

/** What one ESXi host shows. */
export type EsxiView = {
  host: Host
  fileSystems: Reading<FileSystem[]>
  extents: Reading<Extent[]>
  /** undefined: not asked, because the datastore is mounted */
  snapshots: Reading<SnapshotVolume[]> | undefined
  log: Reading<Vmkernel>
  /** its clock, ms since the epoch, when it was asked */
  clock: Reading<{ ms: number }>
  devices: DeviceView[]
}

/** The datastores of one name (or UUID) on one host; two volumes of a name are a question, not an answer. */
export function datastoresOf(
  name: string,
  { fileSystems, extents }: Pick<EsxiView, 'fileSystems' | 'extents'>,
) {
  const is = (each: { name: string; uuid: string }) =>
    each.name.normalize('NFC') === name || each.uuid.toLowerCase() === name.toLowerCase()
  const listed = fileSystems.seen ? fileSystems.value.filter(is) : []
  const parts = extents.seen ? extents.value.filter(is) : []
  return { listed, parts, uuids: [...new Set([...listed, ...parts].map(({ uuid }) => uuid))] }
}

/** Lists, and what they lead to: the devices of the datastore, or the device that was named. */
export function lookAtEsxi(look: Look, host: Host, args: LunArgs, known: readonly string[]): EsxiView {
  const probes = esxiProbes(host.name)
  const fileSystems = look.ask(probes.fileSystems())
  const extents = look.ask(probes.extents())
  const log = look.ask(probes.log())
  const clock = look.ask(probes.clock())
  const { subject } = args
  const found =
    subject.kind === 'datastore' ? datastoresOf(subject.name, { fileSystems, extents }) : undefined
  const unmounted = found && fileSystems.seen && extents.seen && !found.listed.some(({ mounted }) => mounted)
  const snapshots = unmounted ? look.ask(probes.snapshots()) : undefined
  // a name that several volumes have is not followed
  const parts = found && found.uuids.length <= 1 ? found.parts.map(({ device }) => device) : []
  const names = [...new Set([...parts, ...known])]
  const devices = names.slice(0, DEVICES_ASKED).map((name): DeviceView => {
    const first = probes.stats(name, 1)
    const after = { after: { probe: first.id, ms: args.intervalMs } }
    return {
      name,
      device: look.ask(probes.device(name)),
      paths: look.ask(probes.paths(name)),
      first: look.ask(first),
      second: args.intervalMs > 0 ? look.ask({ ...probes.stats(name, 2), ...after }) : undefined,
    }
  })
  return { host, fileSystems, extents, snapshots, log, clock, devices }
}

/** A datastore may have 32 extents; more than these are not looked at one by one. */
export const DEVICES_ASKED = 8

/** What vmkernel.log says about one device: by its name, by a path to it, or by the volume on it. */
export function eventsAbout(
  view: EsxiView,
  device: DeviceView,
  volumes: readonly { uuid: string; name: string }[],
): LogEvent[] {
  if (!view.log.seen) return []
  const ways = device.paths.seen ? device.paths.value.map(({ runtimeName }) => runtimeName) : []
  return view.log.value.events.filter((event) => {
    if (event.device !== undefined) return event.device.toLowerCase() === device.name.toLowerCase()
    if (event.path !== undefined) return ways.includes(event.path)
    const { uuid, name } = event.volume ?? {}
    return volumes.some((each) => each.uuid === uuid || (name !== undefined && each.name === name))
  })
}

/** By how much a counter grew between the looks; `reset`: it fell, so the difference says nothing. */
export function growthOf(
  { first, second }: DeviceView,
  name: keyof DeviceStats['counters'],
): bigint | 'reset' | undefined {
  if (!first.seen || !second?.seen) return undefined
  // one counter that fell means that all were reset in between
  const fell = Object.entries(first.value.counters).some(
    ([each, value]) => second.value.counters[each as keyof DeviceStats['counters']] < value,
  )
  if (fell) return 'reset'
  return second.value.counters[name] - first.value.counters[name]
}

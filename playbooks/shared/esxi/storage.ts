import { NotSeen } from '../probe.ts'
import { field, type Row } from './esxcli.ts'

/** One file system as ESXi lists it; a volume that it cannot open has type `VMFS-unknown version` and no name. */
export type FileSystem = {
  /** '' when it is not mounted */
  mountPoint: string
  /** '' for what has no name, such as boot banks */
  name: string
  uuid: string
  mounted: boolean
  type: string
  /** bytes, as printed */
  size: string
  free: string
}

/** A datastore's part on a device. */
export type Extent = { name: string; uuid: string; number: string; device: string; partition: string }

/** One path to a device, with what ties it to a target: its session's initiator and target names. */
export type Path = {
  runtimeName: string
  device: string
  /** `active`, `standby`, `dead`, `disabled`, `unavailable` … */
  state: string
  adapter: string
  lun: string
  transport: string
  /** IQN (or port WWN) of this end; undefined: not printed, or not iSCSI */
  initiator: string | undefined
  target: string | undefined
}

export type Device = {
  name: string
  displayName: string
  /** `on`, `off`, `dead`, `dead timeout`, `degraded`, `off, PDL` … in small letters */
  status: string
  vendor: string
  model: string
  size: string
  thin: string
  perenniallyReserved: string
  offline: string
}

/** Totals since the host started, or since they were reset; bigint, because they pass 2^53. */
export type DeviceStats = { device: string; counters: Readonly<Record<StatName, bigint>> }

const STATS = [
  'Successful Commands',
  'Read Operations',
  'Write Operations',
  'Reserve Operations',
  'Reservation Conflicts',
  'Failed Commands',
  'Failed Read Operations',
  'Failed Write Operations',
  'Failed Reserve Operations',
] as const
export type StatName = (typeof STATS)[number]

/** `esxcli storage filesystem list`. Rows without UUID are no file systems (the heading of a cut table). */
export function fileSystems(rows: readonly Row[]): FileSystem[] {
  return rows.map((row) => ({
    mountPoint: need(row, 'Mount Point'),
    name: need(row, 'Volume Name'),
    uuid: need(row, 'UUID'),
    mounted: need(row, 'Mounted').toLowerCase() === 'true',
    type: need(row, 'Type'),
    size: field(row, 'Size') ?? '',
    free: field(row, 'Free') ?? '',
  }))
}

/** `esxcli storage vmfs extent list`; a datastore on several devices has a row for each. */
export function extents(rows: readonly Row[]): Extent[] {
  return rows.map((row) => ({
    name: need(row, 'Volume Name'),
    uuid: need(row, 'VMFS UUID'),
    number: need(row, 'Extent Number'),
    device: need(row, 'Device Name'),
    partition: need(row, 'Partition'),
  }))
}

/** `esxcli storage core path list [-d DEVICE]`. */
export function paths(rows: readonly Row[]): Path[] {
  return rows.map((row) => {
    const target = field(row, 'Target Transport Details') ?? ''
    const identifier = field(row, 'Target Identifier') ?? ''
    const own = [field(row, 'Adapter Transport Details'), field(row, 'Adapter Identifier'), row.heading]
    return {
      runtimeName: need(row, 'Runtime Name'),
      device: need(row, 'Device'),
      state: need(row, 'State').toLowerCase(),
      adapter: field(row, 'Adapter') ?? '',
      lun: field(row, 'LUN') ?? '',
      transport: field(row, 'Transport') ?? '',
      // adapters of hardware print more around the name
      initiator: own
        .map((text) => /^(?:iscsi\.)?(iqn\.[^\s,]+?)(?:-[0-9a-f]{12},.*)?$/.exec(text ?? '')?.[1])
        .find(Boolean),
      target:
        /\bIQN=(\S+)/.exec(target)?.[1] ?? /^[0-9a-f]+,(iqn\.[^,]+),t,/.exec(identifier)?.[1] ?? undefined,
    }
  })
}

/** `esxcli storage core device list [-d DEVICE]`. */
export function devices(rows: readonly Row[]): Device[] {
  return rows.map((row) => ({
    name: field(row, 'Device') ?? row.heading,
    displayName: field(row, 'Display Name') ?? '',
    status: need(row, 'Status').toLowerCase(),
    vendor: (field(row, 'Vendor') ?? '').trim(),
    model: (field(row, 'Model') ?? '').trim(),
    size: field(row, 'Size') ?? '',
    thin: field(row, 'Thin Provisioning Status') ?? '',
    perenniallyReserved: field(row, 'Is Perennially Reserved') ?? '',
    offline: field(row, 'Is Offline') ?? '',
  }))
}

/** `esxcli storage core device stats get [-d DEVICE]`; a counter that is not a number is refused, not zero. */
export function deviceStats(rows: readonly Row[]): DeviceStats[] {
  return rows.map((row) => ({
    device: field(row, 'Device') ?? row.heading,
    counters: Object.fromEntries(
      STATS.map((name) => {
        const value = need(row, name)
        if (!/^\d+$/.test(value))
          throw new NotSeen('unparsable', `${name} is no number: ${value.slice(0, 40)}`)
        return [name, BigInt(value)]
      }),
    ) as Record<StatName, bigint>,
  }))
}

function need(row: Row, name: string): string {
  const value = field(row, name)
  if (value === undefined) throw new NotSeen('unparsable', `esxcli shows no ${name}`)
  return value
}

/** An unmounted copy of a volume: `esxcli storage vmfs snapshot list`. */
export type SnapshotVolume = { name: string; uuid: string; canMount: string; reason: string }

/** Records whose heading is the UUID; none: there are none. */
export function snapshotVolumes(rows: readonly Row[]): SnapshotVolume[] {
  return rows.map((row) => ({
    name: field(row, 'Volume Name') ?? '',
    uuid: field(row, 'VMFS UUID') ?? row.heading,
    canMount: field(row, 'Can mount') ?? '',
    reason: field(row, 'Reason for un-mountability') ?? '',
  }))
}

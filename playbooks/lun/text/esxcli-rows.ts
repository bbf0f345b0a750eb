import { field, type Row } from '../../shared/esxi/esxcli.ts'
import { devices, extents, fileSystems, paths, snapshotVolumes } from '../../shared/esxi/storage.ts'
import { NotSeen } from '../../shared/probe.ts'
import { lunName } from '../../shared/scsi/lun-name.ts'
import { code } from '../../shared/text.ts'
import type { Line } from '../../shared/triage.ts'
import type { Scene } from './scene.ts'

export function readRow(row: Row, lines: Line[], host: string | undefined, scene: Scene): void {
  const has = (name: string) => field(row, name) !== undefined
  const at = { host, lines }
  const attempt = (kind: string, read: () => void) => {
    try {
      read()
      scene.tell.saw(kind, lines)
    } catch (error) {
      if (!(error instanceof NotSeen)) throw error
      scene.tell.saw(kind, lines)
      scene.tell.refuse(lines[0]!, error.message)
    }
  }
  if (COUNTERS.some(has)) readStats(row, lines, host, scene)
  else if (has('Mount Point') && has('Mounted'))
    attempt('esxcli storage filesystem list', () => {
      for (const one of fileSystems([row])) {
        scene.fileSystems.push({ ...one, ...at })
        scene.tell.fact('datastores', { ...one })
      }
    })
  else if (has('Device Name') && has('Extent Number'))
    attempt('esxcli storage vmfs extent list', () => {
      for (const { number, ...one } of extents([row])) {
        scene.extents.push(one)
        scene.tell.fact('datastores', { ...one, extent: number })
      }
    })
  else if (has('Runtime Name') && has('State'))
    attempt('esxcli storage core path list', () => {
      for (const path of paths([row])) {
        scene.paths.push({ ...path, ...at })
        scene.tell.fact('paths', {
          name: path.runtimeName,
          device: path.device,
          state: path.state,
          adapter: path.adapter,
          initiator: path.initiator,
          target: path.target,
        })
      }
    })
  else if (has('Status') && (has('Devfs Path') || has('Display Name')))
    attempt('esxcli storage core device list', () => {
      for (const device of devices([row])) {
        scene.devices.push({ ...device, ...at })
        scene.tell.fact('devices', {
          name: device.name,
          displayName: device.displayName,
          status: device.status,
          vendor: device.vendor,
          model: device.model,
          size: device.size,
          perenniallyReserved: device.perenniallyReserved,
        })
      }
    })
  else if (has('Can mount') || has('Reason for un-mountability'))
    attempt('esxcli storage vmfs snapshot list', () => {
      for (const copy of snapshotVolumes([row])) {
        scene.tell.fact('datastores', {
          name: copy.name,
          uuid: copy.uuid,
          canMount: copy.canMount,
          reason: copy.reason,
        })
        scene.trouble.push({
          ...at,
          code: 'snapshot-volume',
          severity: 'warning',
          device: undefined,
          summary: `ESXi takes the LUN of ${code(copy.name || copy.uuid)} for a copy, and has not mounted it.`,
        })
      }
    })
  else if (has('Working Paths') || has('Path Selection Policy')) {
    scene.tell.saw('esxcli storage nmp device list', lines)
    scene.tell.fact('devices', {
      name: row.heading || field(row, 'Device'),
      satp: field(row, 'Storage Array Type'),
      psp: field(row, 'Path Selection Policy'),
      workingPaths: field(row, 'Working Paths'),
    })
    if (field(row, 'Working Paths') === '')
      scene.trouble.push({
        ...at,
        code: 'all-paths-down',
        severity: 'critical',
        device: row.heading,
        summary: `No path to ${code(row.heading)} works.`,
      })
  } else if (has('ISID') && has('Target')) {
    scene.tell.saw('esxcli iscsi session list', lines)
    scene.tell.fact('sessions', {
      adapter: field(row, 'Adapter'),
      target: field(row, 'Target'),
      isid: field(row, 'ISID'),
      portalGroup: field(row, 'TargetPortalGroupTag'),
    })
    scene.sessions.push({ ...at, target: field(row, 'Target')!, state: 'listed', good: true })
  }
}

/** What is there of a device's counters: a paste may be cut, or what grep left. */
function readStats(row: Row, lines: Line[], host: string | undefined, scene: Scene): void {
  const device = field(row, 'Device') ?? row.heading
  const counters: Record<string, bigint> = {}
  for (const name of COUNTERS) {
    const value = field(row, name)
    if (value === undefined) continue
    if (/^\d+$/.test(value)) counters[name] = BigInt(value)
    else
      scene.tell.refuse(
        lines.find(({ text }) => text.includes(`${name}:`)) ?? lines[0]!,
        `${name} is no number`,
        value || name,
      )
  }
  scene.tell.saw('esxcli storage core device stats get', lines)
  scene.stats.push({ device, counters, host, lines })
  const shown = Object.entries(counters).map(([name, value]) => [camel(name), String(value)] as const)
  scene.tell.fact('devices', { name: lunName(device) ?? device, ...Object.fromEntries(shown) })
}

/** In the order in which ESXi prints them. */
const COUNTERS = [
  'Successful Commands',
  'Blocks Read',
  'Blocks Written',
  'Read Operations',
  'Write Operations',
  'Reserve Operations',
  'Reservation Conflicts',
  'Failed Commands',
  'Failed Blocks Read',
  'Failed Blocks Written',
  'Failed Read Operations',
  'Failed Write Operations',
  'Failed Reserve Operations',
]

const camel = (name: string) =>
  name
    .replace(/ (\w)/g, (_, letter: string) => letter.toUpperCase())
    .replace(/^./, (letter) => letter.toLowerCase())

import { KRBD_ARGV, type MappedImage, readMappedImages } from '../shared/ceph/krbd.ts'
import type { Host } from '../shared/inventory.ts'
import { KERNEL_LOG_ARGV, readUptime, UPTIME_ARGV } from '../shared/linux/kernel-log.ts'
import { readRealPath, realPathArgv } from '../shared/linux/stat.ts'
import type { Look } from '../shared/look.ts'
import type { Reading } from '../shared/probe.ts'
import type { LunName } from '../shared/scsi/lun-name.ts'
import { LIO_DEVICES_ARGV, type LioDevice, readLioDevices } from './lio.ts'
import { probesOn } from './probes.ts'
import {
  DEBUG_SITES_ARGV,
  type DebugSite,
  readDebugSites,
  readScstDevices,
  readScstLuns,
  readScstSessions,
  readTraceLevel,
  SCST_DEVICES_ARGV,
  SCST_LUNS_ARGV,
  SCST_SESSIONS_ARGV,
  type ScstDevice,
  type ScstLun,
  type ScstSession,
  TRACE_LEVEL_ARGV,
} from './scst.ts'
import { readScstLog, type ScstEvent } from './scst-log.ts'

/** The RBD image behind a device of a target. */
export type Image = { pool: string; namespace: string | undefined; name: string }

/** A device of a target that is the logical unit in question, and how far it could be followed. */
export type Exported = {
  host: Host
  software: 'SCST' | 'LIO'
  name: string
  /** why this is the same as what the initiators see */
  because: string
  /** the device file behind it, as the target names it; undefined: it names none */
  file: string | undefined
  image: Image | undefined
  /** how the image was found, or why it was not */
  imageBecause: string
  names: LunName[]
  reservation: LioDevice['reservation']
}

/** What one iSCSI target shows. */
export type TargetView = {
  host: Host
  scst: Reading<ScstDevice[]>
  lio: Reading<LioDevice[]>
  luns: Reading<ScstLun[]>
  sessions: Reading<ScstSession[]>
  images: Reading<MappedImage[]>
  /** the rest is asked only of the target that has the device */
  log: Reading<ScstEvent[]> | undefined
  uptimeS: Reading<number> | undefined
  traceLevel: Reading<string[]> | undefined
  debugSites: Reading<DebugSite[]> | undefined
  exported: Exported[]
}

const LIMIT_MS = 8_000

export function targetProbes(host: string) {
  const make = probesOn(host, `target ${host}`, LIMIT_MS)
  return {
    scst: () => make('scst', SCST_DEVICES_ARGV, readScstDevices),
    luns: () => make('scst-luns', SCST_LUNS_ARGV, readScstLuns),
    sessions: () => make('scst-sessions', SCST_SESSIONS_ARGV, readScstSessions, { maxBytes: 8 * 2 ** 20 }),
    lio: () => make('lio', LIO_DEVICES_ARGV, readLioDevices),
    images: () => make('krbd', KRBD_ARGV, readMappedImages),
    log: () => make('dmesg', KERNEL_LOG_ARGV, readScstLog, { maxBytes: 8 * 2 ** 20 }),
    uptime: () => make('uptime', UPTIME_ARGV, readUptime),
    traceLevel: () => make('trace-level', TRACE_LEVEL_ARGV, readTraceLevel),
    debugSites: () => make('debug-sites', DEBUG_SITES_ARGV, readDebugSites),
    realPath: (file: string) =>
      make(`real:${file}`, realPathArgv(file), readRealPath, { touches: `device:${file}` }),
  }
}

type Wanted = { names: readonly LunName[]; targetDevice: string | undefined }

/** One pass over a target: which of its devices this is, and which image stands behind it. */
export function lookAtTarget(look: Look, host: Host, wanted: Wanted): TargetView {
  const probes = targetProbes(host.name)
  const scst = look.ask(probes.scst())
  const lio = look.ask(probes.lio())
  const images = look.ask(probes.images())
  const exported = [
    ...(scst.seen ? scst.value : []).flatMap((device) =>
      exportedOf(look, host, 'SCST', device, images, wanted),
    ),
    ...(lio.seen ? lio.value : []).flatMap((device) => exportedOf(look, host, 'LIO', device, images, wanted)),
  ]
  const hasScst = exported.some(({ software }) => software === 'SCST')
  const notAsked = { seen: false, code: 'pending', why: 'not needed' } as const
  return {
    host,
    scst,
    lio,
    images,
    exported,
    luns: hasScst ? look.ask(probes.luns()) : notAsked,
    sessions: hasScst ? look.ask(probes.sessions()) : notAsked,
    log: hasScst ? look.ask(probes.log()) : undefined,
    uptimeS: hasScst ? look.ask(probes.uptime()) : undefined,
    traceLevel: hasScst ? look.ask(probes.traceLevel()) : undefined,
    debugSites: hasScst ? look.ask(probes.debugSites()) : undefined,
  }
}

function exportedOf(
  look: Look,
  host: Host,
  software: Exported['software'],
  device: ScstDevice | LioDevice,
  images: Reading<MappedImage[]>,
  { names, targetDevice }: Wanted,
): Exported[] {
  const same = device.names.find(({ name }) => names.includes(name))
  // LIO's devices stand in folders of their kind, `iblock_0/disk1`, which people leave out
  const named =
    names.length === 0 && targetDevice !== undefined && device.name.split('/').at(-1) === targetDevice
  if (!same && !named) return []
  const file = 'filename' in device ? device.filename : 'path' in device ? device.path : undefined
  const own = 'image' in device ? device.image : undefined
  const behind = own
    ? { image: own, imageBecause: 'its own configuration names the image' }
    : imageBehind(look, host, file, images)
  return [
    {
      host,
      software,
      name: device.name,
      because: same?.because ?? 'it has the name that was asked for',
      file,
      names: device.names.map(({ name }) => name),
      reservation: 'reservation' in device ? device.reservation : undefined,
      ...behind,
    },
  ]
}

type Behind = Pick<Exported, 'image' | 'imageBecause'>

/** From the device file of a target to the image: by its number in /sys/bus/rbd, through symlinks where it is one. */
function imageBehind(
  look: Look,
  host: Host,
  file: string | undefined,
  images: Reading<MappedImage[]>,
): Behind {
  const nothing = (imageBecause: string): Behind => ({ image: undefined, imageBecause })
  if (file === undefined) return nothing('the target names no file behind it')
  if (!file.startsWith('/dev/')) return nothing(`it is the file \`${file}\`, not an RBD image`)
  const direct = numberOf(file)
  const real = direct === undefined ? look.ask(targetProbes(host.name).realPath(file)) : undefined
  if (real && !real.seen) return nothing(`where \`${file}\` leads could not be seen: ${real.why}`)
  const number = direct ?? (real?.seen ? numberOf(real.value) : undefined)
  if (number === undefined)
    return nothing(
      `\`${real?.seen ? real.value : file}\` is not an RBD device; what is below it: \`lsblk -s ${file}\``,
    )
  if (!images.seen) return nothing(`/sys/bus/rbd could not be seen: ${images.why}`)
  const mapped = images.value.find(({ device }) => device === number)
  if (!mapped) return nothing(`no image is mapped as /dev/rbd${number} any more`)
  // read-only, and it does not depend on who watches the image
  if (mapped.snapshot !== undefined)
    return nothing(`\`${file}\` is the snapshot \`${mapped.snapshot}\` of \`${mapped.pool}/${mapped.image}\``)
  return {
    image: { pool: mapped.pool, namespace: mapped.namespace, name: mapped.image },
    imageBecause: `\`${file}\`${real?.seen ? ` leads to \`${real.value}\`, which` : ''} is this mapping in /sys/bus/rbd/devices/${number}`,
  }
}

const numberOf = (file: string) => /^\/dev\/rbd(\d+)(?:p\d+)?$/.exec(file)?.[1]

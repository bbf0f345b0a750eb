import type { Host, Inventory } from '../shared/inventory.ts'
import type { Device } from '../shared/linux/device.ts'
import { isBelow, isLocalType, type Mount, mountAbove } from '../shared/linux/mountinfo.ts'
import type { FileStat } from '../shared/linux/stat.ts'
import type { Look } from '../shared/look.ts'
import type { Reading } from '../shared/probe.ts'
import { type LockFile, serversOf } from './files.ts'
import { probesOf } from './probes.ts'

/** Where a file is on one host: its devices there; `sure` is false when only the inode number speaks for it. */
export type Place = {
  devices: readonly Device[] | 'any'
  sure: boolean
  serverPath?: { path: string; mount: Mount; stat: Reading<FileStat> }
}

/** Undefined: not on this host, as far as can be known. */
export function placeOn(
  look: Look,
  inventory: Inventory,
  file: LockFile,
  host: Host,
  mounts: Reading<Mount[]>,
): Place | undefined {
  if (file.at === undefined) return { devices: file.devices ?? 'any', sure: file.devices !== undefined }
  if (file.at.name === host.name && !file.mount) return local(look, file, host, mounts)
  const here = file.at.name === host.name ? (file.devices ?? []) : []
  const { serverPath } = file
  if (serverPath === undefined)
    return here.length > 0 ? { devices: here, sure: true } : { devices: 'any', sure: false }
  if (!mounts.seen) return { devices: 'any', sure: false }
  const mounted = mounts.value
    .filter(({ nfs }) => nfs && isBelow(serverPath, nfs.export))
    .map(({ device }) => device)
  const own = mountAbove(mounts.value, serverPath)
  if (!own || own.nfs || !host.roles.includes('nfs-server')) return placed([...here, ...mounted])
  const stat = look.ask(probesOf(host.name).file(serverPath, own.path))
  const there = { path: serverPath, mount: own, stat }
  const serves = file.mount ? serversOf(inventory, file.mount).some(({ name }) => name === host.name) : false
  if (
    (serves || !isLocalType(own.type)) &&
    stat.seen &&
    stat.value.kind !== 'stale' &&
    stat.value.ino === file.ino
  ) {
    return {
      devices: [...new Set([...here, ...mounted, own.device, stat.value.device])],
      sure: true,
      serverPath: there,
    }
  }
  if (!serves) return placed([...here, ...mounted])
  // it hangs on the server, too: the folder that is exported tells the device; where the path is unknown, nothing does
  const hangs = !stat.seen && stat.code !== 'absent' && own.path !== '/'
  return hangs
    ? { devices: [...here, own.device], sure: true, serverPath: there }
    : { devices: 'any', sure: false, serverPath: there }
}

function local(look: Look, file: LockFile, host: Host, mounts: Reading<Mount[]>): Place {
  const mount = mounts.seen && file.path !== undefined ? mountAbove(mounts.value, file.path) : undefined
  const place: Place = { devices: file.devices ?? 'any', sure: file.devices !== undefined }
  if (!mount || file.path === undefined) return place
  return {
    ...place,
    serverPath: { path: file.path, mount, stat: look.ask(probesOf(host.name).file(file.path, mount.path)) },
  }
}

const placed = (devices: Device[]): Place | undefined =>
  devices.length > 0 ? { devices: [...new Set(devices)], sure: true } : undefined

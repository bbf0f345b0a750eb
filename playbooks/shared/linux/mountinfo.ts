import { NotSeen, type Output } from '../probe.ts'
import { type Device, deviceFromDecimal } from './device.ts'

/** One mount of a host (or of a process). */
export type Mount = {
  id: string
  device: Device
  /** what of the file system is mounted: `/`, or a folder of it (bind mounts, NFS) */
  root: string
  path: string
  type: string
  source: string
  /** of the mount and of its file system, `hard` and `vers=4.1` among them */
  options: string[]
  nfs: Nfs | undefined
}

/** What an NFS mount says about its server. */
export type Nfs = {
  /** as it was typed at the mount: a name, an address, IPv6 without brackets */
  server: string
  export: string
  /** `addr=`, the address that is really used */
  address: string | undefined
  /** `3`, `4.1`; undefined on kernels that do not tell */
  version: string | undefined
  /** a hard mount waits for ever, a soft one gives up with an error */
  hard: boolean
  /** locks are not sent to the server (`nolock`, `local_lock=all`) */
  localLocks: boolean
}

export const MOUNTS_ARGV = ['cat', '/proc/self/mountinfo'] as const

/** The mounts as one process sees them (containers have their own). */
export function mountsOfArgv(pid: string): readonly [string, ...string[]] {
  return ['cat', `/proc/${pid}/mountinfo`]
}

/** `36 35 98:0 / /mnt rw,noatime master:1 - ext3 /dev/root rw`, in the order of mounting. Source: proc_pid_mountinfo(5). */
export function readMounts(output: Output): Mount[] {
  if (output.exitCode !== 0)
    throw new NotSeen(
      /No such file/.test(output.stderr) ? 'absent' : 'failed',
      `the list of mounts could not be read: ${output.stderr.trim().slice(0, 200)}`,
    )
  if (output.truncated) throw new NotSeen('unparsable', 'the list of mounts is longer than what is kept')
  const rows = output.stdout.split('\n').filter((row) => row !== '')
  if (rows.length === 0) throw new NotSeen('unparsable', 'the list of mounts is empty')
  return rows.map((row, index) => {
    const fields = row.split(' ')
    const dash = fields.indexOf('-', 6)
    const device = deviceFromDecimal(fields[2] ?? '')
    if (dash === -1 || !device || fields.length < dash + 4)
      throw new NotSeen('unparsable', `mountinfo, line ${index + 1}: not a mount: ${row.slice(0, 120)}`)
    const type = fields[dash + 1]!
    const source = withoutEscapes(fields[dash + 2]!)
    const options = [
      ...new Set([
        ...fields[5]!.split(','),
        ...fields
          .slice(dash + 3)
          .join(' ')
          .split(','),
      ]),
    ]
    return {
      id: fields[0]!,
      device,
      root: withoutEscapes(fields[3]!),
      path: withoutEscapes(fields[4]!),
      type,
      source,
      options,
      nfs: /^nfs4?$/.test(type) ? nfsOf(source, options) : undefined,
    }
  })
}

function nfsOf(source: string, options: string[]): Nfs | undefined {
  const match = /^(?:\[([^\]]+)\]|([^/]+?)):(\/.*)$/.exec(source)
  if (!match) return undefined
  const value = (name: string) =>
    options.find((option) => option.startsWith(`${name}=`))?.slice(name.length + 1)
  return {
    server: match[1] ?? match[2]!,
    export: match[3]!,
    address: value('addr'),
    version: value('vers') ?? value('nfsvers'),
    hard: !options.includes('soft') && !options.includes('softerr'),
    localLocks:
      options.includes('nolock') || ['all', 'posix', 'flock'].includes(value('local_lock') ?? 'none'),
  }
}

/** Blank, tab, newline and backslash stand as `\040`, `\011`, `\012`, `\134`. */
function withoutEscapes(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
}

/** The mount that holds this path, by its text: the longest mount point above it, of several the last mounted. */
export function mountAbove(mounts: readonly Mount[], path: string): Mount | undefined {
  let best: Mount | undefined
  for (const mount of mounts) {
    if (isBelow(path, mount.path) && mount.path.length >= (best?.path.length ?? 0)) best = mount
  }
  return best
}

/** Whether `path` is `folder` or below it; `/srv/nfs2` is not below `/srv/nfs`. */
export function isBelow(path: string, folder: string): boolean {
  const stem = folder.replace(/\/+$/, '')
  return path === stem || path.startsWith(`${stem}/`) || stem === ''
}

/** Where a path on an NFS mount is on its server: `/var/share/x/locks/a` for `locks/a` below a mount of `/var/share/x`. */
export function pathOnServer(mount: Mount, path: string): string | undefined {
  if (!mount.nfs || !isBelow(path, mount.path)) return undefined
  const rest = path.slice(mount.path.replace(/\/+$/, '').length)
  return `${mount.nfs.export.replace(/\/+$/, '')}${rest}` || '/'
}

/**
 * File systems of one machine: the same inode number at the same path of two machines is chance, or a clone. Any other may be
 * shared (CephFS, JuiceFS, Weka …), with locks that only the kernels of other hosts list.
 */
export const isLocalType = (type: string | undefined) =>
  type === undefined ||
  /^(ext[234]|xfs|btrfs|zfs|jfs|reiserfs|f2fs|vfat|exfat|tmpfs|ramfs|overlay|aufs|squashfs|iso9660|bcachefs|devtmpfs|nilfs2|udf|ntfs3|fuseblk)$/.test(
    type,
  )

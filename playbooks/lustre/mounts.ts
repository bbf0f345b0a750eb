import type { Mount } from '../shared/linux/mountinfo.ts'
import { NotSeen, type Output } from '../shared/probe.ts'
import { lines } from '../shared/text.ts'
import { type MountSpec, parseMountSpec } from './nid.ts'

/** A Lustre file system mounted by this client, or one that fstab says should be. */
export type LustreMount = { spec: MountSpec; source: string; path: string; options: string[] }

/** The client mounts among all mounts; a target (`/dev/sdb` of type lustre, on a server) is none. */
export function lustreMounts(mounts: readonly Mount[]): LustreMount[] {
  return mounts.flatMap(({ type, source, path, options }) => {
    const spec = type === 'lustre' ? parseMountSpec(source) : undefined
    return spec ? [{ spec, source, path, options }] : []
  })
}

export const FSTAB_ARGV = ['cat', '/etc/fstab'] as const

/** The lines of type lustre: `10.1.0.202@o2ib:10.1.0.201@o2ib:/shlfs /mnt/lustre lustre localflock,_netdev 0 0`. None: none is written there. */
export function readFstab(output: Output): LustreMount[] {
  if (output.exitCode !== 0)
    throw new NotSeen(
      /denied/i.test(output.stderr) ? 'denied' : 'failed',
      `fstab could not be read: ${output.stderr.trim().slice(0, 160)}`,
    )
  if (output.truncated) throw new NotSeen('unparsable', 'fstab is longer than what is kept')
  return lines(output.stdout).flatMap((row) => {
    const [source = '', path = '', type, options = 'defaults'] = row.trim().split(/\s+/)
    const spec = type === 'lustre' && !source.startsWith('#') ? parseMountSpec(unescaped(source)) : undefined
    return spec
      ? [{ spec, source: unescaped(source), path: unescaped(path), options: options.split(',') }]
      : []
  })
}

/** Source: fstab(5), blanks stand as `\040`. */
function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
}

/** What the mount program printed: `mount.lustre: mount SOURCE at PATH failed: Input/output error` and the hints after it. */
export type MountComplaint = {
  source: string
  spec: MountSpec | undefined
  path: string
  error: string
  saysMgs: boolean
}

/** Undefined when the text holds no such complaint. Source: mount_lustre.c; `Is the MGS running?` is printed for every EIO. */
export function readMountComplaint(text: string): MountComplaint | undefined {
  const match = /mount\.lustre: mount (\S+) at (\S+) failed: ([^\r\n]+)/.exec(text)
  if (!match) return undefined
  return {
    source: match[1]!,
    spec: parseMountSpec(match[1]!),
    path: match[2]!,
    error: match[3]!.trim(),
    saysMgs: text.includes('Is the MGS running?'),
  }
}

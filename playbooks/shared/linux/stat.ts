import { NotSeen, type Output } from '../probe.ts'
import { type Device, deviceFromStat } from './device.ts'

/** What a path leads to. */
export type FileStat =
  | { kind: FileKind; device: Device; ino: string; links: number; bytes: string; modifiedAt: number }
  /** ESTALE: the server does not know the file handle any more */
  | { kind: 'stale' }

export type FileKind =
  | 'regular'
  | 'directory'
  | 'symlink'
  | 'fifo'
  | 'socket'
  | 'character device'
  | 'block device'

/** The file itself, a symlink as a symlink. Touches the path: it may hang, so it gets its own limit. */
export function statArgv(path: string): readonly [string, ...string[]] {
  return ['stat', '-c', FORMAT, '--', path]
}

/** What the path leads to, through symlinks. Touches the path. */
export function statThroughArgv(path: string): readonly [string, ...string[]] {
  return ['stat', '-L', '-c', FORMAT, '--', path]
}

const FORMAT = '%D %i %f %h %s %Y'

// the file type in st_mode: inode(7)
const KINDS: Record<string, FileKind> = {
  '8': 'regular',
  '4': 'directory',
  a: 'symlink',
  '1': 'fifo',
  c: 'socket',
  '2': 'character device',
  '6': 'block device',
}

/** Output of statArgv: `fe00 2189058 81a4 1 11 1795196321` (coreutils, any release; device and mode hex). */
export function readStat(output: Output): FileStat {
  if (output.exitCode !== 0) {
    const said = output.stderr.trim().split('\n')[0]?.slice(0, 300) ?? ''
    const why = said.replace(/^.*: (?=[^:]*$)/, '')
    if (/Stale( NFS)? file handle$/.test(said)) return { kind: 'stale' }
    if (/No such file or directory$|Not a directory$/.test(said)) throw new NotSeen('absent', why)
    if (/Permission denied$|Operation not permitted$/.test(said)) throw new NotSeen('denied', why)
    throw new NotSeen('failed', why || `stat ended with ${output.exitCode}`)
  }
  const match = /^([0-9a-f]+) (\d+) ([0-9a-f]+) (\d+) (\d+) (\d+)\n?$/.exec(output.stdout)
  const device = match && deviceFromStat(match[1]!)
  const kind = match && KINDS[match[3]!.padStart(4, '0').slice(0, 1)]
  if (!device || !kind)
    throw new NotSeen('unparsable', `stat: not what was asked for: ${output.stdout.slice(0, 120)}`)
  return {
    kind,
    device,
    ino: match![2]!,
    links: Number(match![4]),
    bytes: match![5]!,
    modifiedAt: Number(match![6]) * 1000,
  }
}

/** The path without any symlink in it. Touches the path. */
export function realPathArgv(path: string): readonly [string, ...string[]] {
  return ['readlink', '-e', '-n', '--', path]
}

/** Output of realPathArgv. Throws NotSeen('absent') when it leads nowhere. */
export function readRealPath(output: Output): string {
  if (output.exitCode !== 0 || output.stdout === '') throw new NotSeen('absent', 'the path leads nowhere')
  return output.stdout
}

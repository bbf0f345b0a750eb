import { NotSeen, type Output } from '../probe.ts'
import { type Lock, parseLock } from './proc-locks.ts'

/** An open file of a process, from /proc/PID/fdinfo. What an old kernel does not tell is undefined. */
export type FdInfo = {
  pid: string
  fd: string
  /** id of its mount in /proc/PID/mountinfo (Linux 3.15 and later) */
  mount: string | undefined
  /** Linux 5.14 and later */
  ino: string | undefined
  /** locks of its open file description, OFD locks included (Linux 4.1 and later) */
  locks: Lock[]
}

/** The open files of one process. Only /proc is read: nothing asks the file system behind them. */
export function fdinfoArgv(pid: string): readonly [string, ...string[]] {
  return ['grep', '-rsHE', '^(mnt_id|ino|lock):', `/proc/${pid}/fdinfo`]
}

/**
 * Every process's open files that are, or have a lock on, one of these inodes: the only way to the owner of an OFD lock.
 * The prunes keep find out of everything in /proc but PID/fdinfo.
 */
export function lockOwnersArgv(inodes: readonly string[]): readonly [string, ...string[]] {
  const pattern = `^lock:.*:(${inodes.join('|')}) |^ino:[[:space:]]+(${inodes.join('|')})$`
  const elsewhere = ['-not', '-path', '/proc/[0-9]*', '-prune', '-o']
  const otherFolders = [
    ...['-path', '/proc/[0-9]*/*'],
    ...['-not', '-path', '/proc/[0-9]*/fdinfo'],
    ...['-not', '-path', '/proc/[0-9]*/fdinfo/*'],
    '-prune',
    '-o',
  ]
  const grep = ['-path', '/proc/[0-9]*/fdinfo/*', '-exec', 'grep', '-sHE', '-e', pattern, '{}', '+']
  return ['find', '/proc', '-mindepth', '1', '-maxdepth', '3', ...elsewhere, ...otherFolders, ...grep]
}

const LINE = /^\/proc\/(\d+)\/fdinfo\/(\d+):(mnt_id|ino|lock):\s*(.*)$/

/**
 * Output of fdinfoArgv or lockOwnersArgv: `/proc/21718/fdinfo/3:lock:	1: OFDLCK ADVISORY  WRITE -1 fe:00:2189060 0 EOF`.
 * Empty: no open file, or none that we may see (processes end meanwhile, others' are hidden: the caller knows who it is).
 */
export function readFdinfo(output: Output): FdInfo[] {
  if (output.truncated) throw new NotSeen('unparsable', 'the list of open files is longer than what is kept')
  const files = new Map<string, FdInfo>()
  for (const [index, line] of output.stdout.split('\n').entries()) {
    if (line === '') continue
    const match = LINE.exec(line)
    if (!match)
      throw new NotSeen('unparsable', `fdinfo, line ${index + 1}: not an open file: ${line.slice(0, 120)}`)
    const [, pid, fd, key, value] = match as unknown as [string, string, string, string, string]
    const file = files.get(`${pid}/${fd}`) ?? { pid, fd, mount: undefined, ino: undefined, locks: [] }
    files.set(`${pid}/${fd}`, file)
    if (key === 'mnt_id') file.mount = value
    else if (key === 'ino') file.ino = value
    else file.locks.push(parseLock(value, () => index + 1))
  }
  return [...files.values()]
}

/** Output of lockOwnersArgv. Folders of other users that may not be read could have held the owner: then nobody is known. */
export function readLockOwners(output: Output): FdInfo[] {
  const files = readFdinfo(output)
  if (/fdinfo['’]?: Permission denied/.test(output.stderr) && !files.some(({ locks }) => locks.length > 0))
    throw new NotSeen('denied', 'open files of other users are not readable; this needs root')
  return files
}

/** Names of the files that a process has open. find asks /proc for each link, never the file behind it. */
export function openFilesArgv(pid: string): readonly [string, ...string[]] {
  return ['find', `/proc/${pid}/fd`, '-mindepth', '1', '-maxdepth', '1', '-printf', '%f\\t%l\\0']
}

/** An open file's name as the kernel remembers it; `deleted` when the name is gone or an NFS silly rename. */
export type OpenFile = { fd: string; path: string; deleted: boolean }

/** Output of openFilesArgv; names may hold anything but NUL. Pipes, sockets and the like are left out. */
export function readOpenFiles(output: Output): OpenFile[] {
  if (/Permission denied/.test(output.stderr))
    throw new NotSeen('denied', 'the open files of this process are not readable; this needs root')
  if (output.exitCode !== 0 && /No such file/.test(output.stderr) && output.stdout === '')
    throw new NotSeen('absent', 'the process has ended')
  if (output.truncated) throw new NotSeen('unparsable', 'the list of open files is longer than what is kept')
  return output.stdout
    .split('\0')
    .filter((entry) => entry !== '')
    .flatMap((entry): OpenFile[] => {
      const match = /^(\d+)\t([\s\S]*)$/.exec(entry)
      if (!match) throw new NotSeen('unparsable', `/proc/PID/fd: not an open file: ${entry.slice(0, 120)}`)
      const [, fd, link] = match as unknown as [string, string, string]
      if (!link.startsWith('/')) return []
      const deleted = link.endsWith(' (deleted)')
      return [
        {
          fd,
          path: deleted ? link.slice(0, -10) : link,
          deleted: deleted || /\/\.nfs[0-9a-f]{16,}$/.test(link),
        },
      ]
    })
}

import { createHash, randomBytes } from 'node:crypto'
import { lstatSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { SshUnusable } from './ssh-settings.ts'

export type SocketFolder = {
  /** a path that no socket had yet */
  next(): string
  remove(): void
}

/** sun_path holds 104 bytes on BSD and macOS (108 on Linux), and ssh binds `PATH.` and 16 random characters first. */
const longest = 104 - 1 - 17
const ourPart = '/4194304-abcdef/99999'.length

/**
 * A folder of this worker alone for the sockets of its connections: in `stateDir`/ssh, or below the system's folder
 * for temporary files where that path is too long for a socket. Removes what dead workers left there.
 * Throws SshUnusable when somebody else owns it.
 */
export function openSocketFolder(stateDir: string): SocketFolder {
  const wanted = join(resolve(stateDir), 'ssh')
  const fits = Buffer.byteLength(wanted) + ourPart <= longest && /^[\w/.+-]*$/.test(wanted)
  const owner = process.getuid?.() ?? 0
  const hash = createHash('sha256').update(wanted).digest('hex').slice(0, 8)
  const folder = fits ? wanted : join(tmpdir(), `unwedge-${owner}-${hash}`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const about = lstatSync(folder)
  if (!about.isDirectory() || about.uid !== owner || (about.mode & 0o022) !== 0) {
    throw new SshUnusable(
      `${folder} has to be a folder that only user ${owner} can write to. Remove it, or choose another state_dir.`,
    )
  }
  for (const name of readdirSync(folder)) {
    const [, pid] = /^(\d+)-[0-9a-f]{6}$/.exec(name) ?? []
    if (pid && !isAlive(Number(pid))) rmSync(join(folder, name), { recursive: true, force: true })
  }
  const own = join(folder, `${process.pid}-${randomBytes(3).toString('hex')}`)
  mkdirSync(own, { mode: 0o700 })
  let used = 0
  return {
    next: () => join(own, String(used++)),
    remove: () => rmSync(own, { recursive: true, force: true }),
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

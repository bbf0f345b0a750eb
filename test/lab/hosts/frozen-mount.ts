import { execFileSync, spawn } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A small ext4 image, mounted through a loop device; while it is frozen every writer hangs in state D. */
export type FrozenMount = {
  path: string
  /** our own copy of touch, so that the processes of this test can be told from all others */
  touch: string
  freeze(): void
  thaw(): void
  /** pids of copies of our touch that hang in state D now */
  stuck(): number[]
}

/** Needs root. Whatever happens, the mount is thawed, unmounted and removed: here, or by a guard that outlives us. */
export async function withFrozenMount(use: (mount: FrozenMount) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'unwedge-frozen-'))
  const [path, image] = [join(folder, 'mnt'), join(folder, 'img')]
  // comm holds 15 characters
  const name = `ut${process.pid}x${Date.now() % 100_000}`
  const touch = join(folder, name)
  copyFileSync('/usr/bin/touch', touch)
  mkdirSync(path)
  const tidyUp = `fsfreeze -u ${path}; umount ${path} || umount -l ${path}; rm -rf --one-file-system ${folder}`
  const guard = spawn(
    'setsid',
    ['sh', '-c', `while [ -e /proc/${process.pid}/exe ]; do sleep 1; done; ${tidyUp}`],
    {
      stdio: 'ignore',
    },
  )
  let frozen = false
  const fsfreeze = (how: '-f' | '-u') => {
    execFileSync('fsfreeze', [how, path], { timeout: 10_000 })
    frozen = how === '-f'
  }
  try {
    execFileSync('truncate', ['-s', '16M', image])
    execFileSync('mkfs.ext4', ['-q', '-F', image])
    execFileSync('mount', ['-o', 'loop', image, path])
    await use({
      path,
      touch,
      freeze: () => fsfreeze('-f'),
      thaw: () => fsfreeze('-u'),
      stuck: () => hangingCalled(name),
    })
  } finally {
    if (frozen) fsfreeze('-u')
    await allGone(name)
    execFileSync('umount', [path], { timeout: 10_000 })
    guard.kill('SIGKILL')
    rmSync(folder, { recursive: true })
  }
}

function hangingCalled(name: string): number[] {
  const hangs = (pid: string) => {
    try {
      return readFileSync(`/proc/${pid}/stat`, 'utf8').includes(`(${name}) D `)
    } catch {
      return false
    }
  }
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && hangs(pid))
    .map(Number)
}

/** What was killed while it hung ends as soon as it wakes up. */
async function allGone(name: string): Promise<void> {
  for (let tries = 0; hangingCalled(name).length > 0 && tries < 50; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

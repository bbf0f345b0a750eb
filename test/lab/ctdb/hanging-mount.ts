import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A file system that stops answering and answers again; who was killed while it hung stays in state D. */
export type HangingMount = { path: string; stop(): void; go(): void }

/**
 * bindfs on bindfs, the lower one stopped. Needs root. Unmounted lazily, because CTDB's leftovers may still sit in it:
 * here, or by a guard that outlives us.
 */
export async function withHangingMount(use: (mount: HangingMount) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'unwedge-ctdb-fs-'))
  const [source, lower, upper] = ['source', 'lower', 'upper'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  for (const path of [source, lower, upper]) mkdirSync(path)
  const servers: ChildProcess[] = []
  let guard: ChildProcess | undefined
  try {
    servers.push(await mounted(source, lower), await mounted(lower, upper))
    const tidyUp = `kill -KILL ${servers.map(({ pid }) => pid).join(' ')}; umount -l ${upper} ${lower}; rm -rf --one-file-system ${folder}`
    guard = spawn(
      'setsid',
      ['sh', '-c', `while [ -e /proc/${process.pid}/exe ]; do sleep 1; done; ${tidyUp}`],
      {
        stdio: 'ignore',
      },
    )
    await use({
      path: upper,
      stop: () => void servers[0]!.kill('SIGSTOP'),
      go: () => void servers[0]!.kill('SIGCONT'),
    })
  } finally {
    servers[0]?.kill('SIGCONT')
    for (const path of [upper, lower].filter(isMounted))
      execFileSync('umount', ['-l', path], { timeout: 10_000 })
    for (const server of servers) server.kill('SIGKILL')
    guard?.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}

const isMounted = (path: string) => readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${path} `)

async function mounted(from: string, to: string): Promise<ChildProcess> {
  const server = spawn('bindfs', ['-f', from, to], { stdio: 'ignore' })
  for (let tries = 0; !isMounted(to); tries++) {
    if (tries > 100) throw new Error(`bindfs did not mount ${to} within 5 s; is /dev/fuse there?`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return server
}

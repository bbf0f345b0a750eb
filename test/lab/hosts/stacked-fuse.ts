import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** bindfs on bindfs; while the lower one is stopped, a killed reader of the upper one stays in state D. */
export type StackedFuse = { path: string; stop(): void; go(): void }

/** Needs root and bindfs. Whatever happens, the servers go on, both mounts are removed: here, or by a guard. */
export async function withStackedFuse(use: (fuse: StackedFuse) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'unwedge-fuse-'))
  const [source, lower, upper] = ['source', 'lower', 'upper'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  for (const path of [source, lower, upper]) mkdirSync(path)
  writeFileSync(join(source, 'file'), 'hi\n')
  let guard: ChildProcess | undefined
  const servers: ChildProcess[] = []
  try {
    servers.push(await mounted(source, lower), await mounted(lower, upper))
    const servedBy = servers.map(({ pid }) => pid).join(' ')
    const tidyUp = `kill -KILL ${servedBy}; umount -l ${upper} ${lower}; rm -rf --one-file-system ${folder}`
    const orphaned = `while [ -e /proc/${process.pid}/exe ]; do sleep 1; done; ${tidyUp}`
    guard = spawn('setsid', ['sh', '-c', orphaned], { stdio: 'ignore' })
    await use({
      path: upper,
      stop: () => void servers[0]!.kill('SIGSTOP'),
      go: () => void servers[0]!.kill('SIGCONT'),
    })
  } finally {
    servers[0]?.kill('SIGCONT')
    await new Promise((resolve) => setTimeout(resolve, 200))
    for (const path of [upper, lower].filter(isMounted)) execFileSync('umount', [path], { timeout: 10_000 })
    for (const server of servers) server.kill('SIGKILL')
    guard?.kill('SIGKILL')
    rmSync(folder, { recursive: true })
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

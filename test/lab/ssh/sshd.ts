import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { serve } from '../../../jobs/hosts/serve.ts'
import type { SshHost } from '../../../jobs/hosts/ssh-settings.ts'

/** A real sshd on loopback with keys of its own; it lets in the user who runs the tests, and whom `users` names. */
export type Sshd = {
  port: number
  folder: string
  /** the home that its sessions get: empty, so that nothing of the tester's own start files runs */
  home: string
  /** settings that reach it */
  settings: SshHost & { address: string }
  pid: number
  /** pids of its processes, one or two per connection */
  sessions(): number[]
  end(): Promise<void>
}

export type SshdOptions = {
  addresses?: string[]
  /** further lines of sshd_config; they come first, so they win */
  config?: string[]
  port?: number
  /** files in the home of its sessions */
  files?: Record<string, string>
  /** folder of another sshd, whose keys this one has as well */
  keysOf?: Sshd
}

const sshd = '/usr/sbin/sshd'

/** Starts one; it is gone after the test. `end` it earlier, or start it outside of a test, where you end it yourself. */
export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  const { addresses = ['127.0.0.1'], config = [], files = {}, keysOf } = options
  const folder = mkdtempSync(join(tmpdir(), 'unwedge-sshd-'))
  const home = join(folder, 'home')
  const at = (name: string) => join(folder, name)
  mkdirSync(home)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(home, name), text)
  if (keysOf)
    for (const name of ['host', 'host.pub', 'id', 'id.pub']) copyFileSync(join(keysOf.folder, name), at(name))
  else for (const name of ['host', 'id']) generateKey(at(name))
  const port = options.port ?? (await freePort())
  const hostKey = readFileSync(at('host.pub'), 'utf8')
  writeFileSync(at('known_hosts'), addresses.map((address) => `[${address}]:${port} ${hostKey}`).join(''))
  // readable for every user that may log in
  copyFileSync(at('id.pub'), at('authorized_keys'))
  execFileSync('chmod', ['755', folder, home])
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true })
  const lines = [
    ...config,
    `Port ${port}`,
    ...addresses.map((address) => `ListenAddress ${address}`),
    `HostKey ${at('host')}`,
    `AuthorizedKeysFile ${at('authorized_keys')}`,
    'PidFile none',
    'UsePAM no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'StrictModes no',
    'UseDNS no',
    'PermitRootLogin prohibit-password',
    `SetEnv HOME=${home}`,
  ]
  writeFileSync(at('sshd_config'), `${lines.join('\n')}\n`)
  const served = await serve({
    name: 'sshd',
    argv: [sshd, '-D', '-e', '-f', at('sshd_config')],
    env: { PATH: process.env.PATH },
    ready: (line) => (line.includes('Server listening on') ? true : undefined),
    readyWithinMs: 5000,
  })
  return {
    port,
    folder,
    home,
    settings: {
      address: addresses[0]!,
      port,
      user: userInfo().username,
      keyFile: at('id'),
      knownHosts: at('known_hosts'),
    },
    pid: served.pid,
    sessions: () => descendants(served.pid),
    async end() {
      for (const pid of descendants(served.pid)) signal(pid, 'SIGCONT')
      signal(served.pid, 'SIGCONT')
      await served.stop(500)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** One for a single test. */
export async function sshdForTest(options: SshdOptions = {}): Promise<Sshd> {
  const started = await startSshd(options)
  onTestFinished(() => started.end())
  return started
}

export function generateKey(file: string): void {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'unwedge-lab', '-f', file])
}

export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {} // gone already
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}

/** All that descends from a process now: for sshd, its connections and what runs in them. */
function descendants(pid: number): number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => [Number(name), parentOf(name)] as const)
  const found = [pid]
  for (const parent of found) found.push(...parents.filter(([, of]) => of === parent).map(([child]) => child))
  return found.slice(1)
}

function parentOf(pid: string): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return 0
  }
}

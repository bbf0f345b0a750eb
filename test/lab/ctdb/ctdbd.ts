import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A real ctdbd of one node, on a loopback address of its own. */
export type Ctdbd = {
  base: string
  /** what its tools need to find it */
  env: Record<string, string>
  counter: string
  log(): string
  alive(): boolean
  /** waits, polling, until `holds`; throws with the end of the log */
  until(what: string, holds: () => boolean | Promise<boolean>, withinMs?: number): Promise<void>
  nodestatus(): Promise<string>
}

export type CtdbdOptions = {
  lock: string
  /** text of an 01.reclock instead of the release's own */
  reclock?: (base: string) => string
  monitorIntervalS?: number
  scriptTimeoutS?: number
}

/** Needs root and Debian's ctdb. Whatever happens, its processes are ended and its folder is removed: here, or by a guard. */
export async function withCtdbd(options: CtdbdOptions, use: (ctdbd: Ctdbd) => Promise<void>): Promise<void> {
  const base = mkdtempSync(join(tmpdir(), 'unwedge-ctdb-'))
  const address = `127.0.${60 + (process.pid % 150)}.${1 + (Date.now() % 250)}`
  const env = { CTDB_TEST_MODE: 'yes', CTDB_BASE: base }
  let guard: ChildProcess | undefined
  const pid = () => pidIn(join(base, 'run/ctdbd.pid')) ?? lastPid
  let lastPid: number | undefined
  try {
    layOut(base, address, options)
    // whoever has our folder in its environment is ours: ctdbd, its helpers, event scripts
    guard = spawn('setsid', ['sh', '-c', guardScript(base)], { stdio: 'ignore' })
    const started = spawnSync('ctdbd', [], {
      env: { ...process.env, ...env, CTDB_SCRIPT_VARDIR: join(base, 'var/scripts') },
      encoding: 'utf8',
      timeout: 20_000,
    })
    if (started.status !== 0) throw new Error(`ctdbd did not start: ${started.stderr}`)
    const log = () => readFileSync(join(base, 'log.ctdb'), 'utf8')
    const nodestatus = () => run('ctdb', ['nodestatus'], env)
    const until: Ctdbd['until'] = async (what, holds, withinMs = 30_000) => {
      const end = performance.now() + withinMs
      while (!(await holds())) {
        if (performance.now() > end)
          throw new Error(
            `not within ${withinMs / 1000} s: ${what}\n${log().split('\n').slice(-15).join('\n')}`,
          )
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    }
    await until('ctdbd has a pid', () => pid() !== undefined)
    lastPid = pid()
    await until('the node is OK', async () => / OK /.test(await nodestatus()))
    await use({
      base,
      env,
      log,
      nodestatus,
      until,
      counter: join(base, 'state/failcount/01.reclock'),
      alive: () => isAlive(lastPid!),
    })
  } finally {
    for (let tries = 0; oursBelow(base).length > 0 && tries < 20; tries++) {
      for (const each of oursBelow(base)) kill(each)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    guard?.kill('SIGKILL')
    rmSync(base, { recursive: true, force: true })
  }
}

function layOut(base: string, address: string, options: CtdbdOptions): void {
  for (const folder of [
    'run',
    'run/ctdb',
    'state/failcount',
    'events/legacy',
    'events/notification',
    'share',
  ])
    mkdirSync(join(base, folder), { recursive: true })
  for (const folder of ['volatile', 'persistent', 'state', 'scripts'])
    mkdirSync(join(base, 'var', folder), { recursive: true })
  symlinkSync('/usr/share/ctdb/events', join(base, 'share/events'))
  for (const file of ['functions', 'nfs-checks.d', 'notify.sh', 'ctdb-crash-cleanup.sh'])
    symlinkSync(join('/etc/ctdb', file), join(base, file))
  symlinkSync('/usr/share/ctdb/events/legacy/00.ctdb.script', join(base, 'events/legacy/00.ctdb.script'))
  const reclock = join(base, 'events/legacy/01.reclock.script')
  if (options.reclock) {
    writeFileSync(reclock, options.reclock(base))
    chmodSync(reclock, 0o755)
  } else symlinkSync('/usr/share/ctdb/events/legacy/01.reclock.script', reclock)
  writeFileSync(join(base, 'nodes'), `${address}\n`)
  writeFileSync(join(base, 'script.options'), '')
  const { monitorIntervalS = 2, scriptTimeoutS = 10 } = options
  writeFileSync(
    join(base, 'ctdb.tunables'),
    `MonitorInterval=${monitorIntervalS}\nEventScriptTimeout=${scriptTimeoutS}\nElectionTimeout=1\nRerecoveryTimeout=2\nControlTimeout=10\n`,
  )
  writeFileSync(
    join(base, 'ctdb.conf'),
    `[logging]
  location = file:${base}/log.ctdb
  log level = NOTICE
[cluster]
  leader timeout = 3
  cluster lock = ${options.lock}
  node address = ${address}
[database]
  volatile database directory = ${base}/var/volatile
  persistent database directory = ${base}/var/persistent
  state database directory = ${base}/var/state
[legacy]
  realtime scheduling = false
`,
  )
}

function guardScript(base: string): string {
  const ours = `for e in /proc/[0-9]*/environ; do grep -qa 'CTDB_BASE=${base}' $e 2>/dev/null && p=\${e#/proc/} && [ "\${p%/environ}" != $$ ] && kill -KILL "\${p%/environ}"; done`
  return `while [ -e /proc/${process.pid}/exe ]; do sleep 1; done; ${ours}; sleep 1; rm -rf --one-file-system ${base}`
}

/** Processes that were started with this folder as CTDB_BASE, and are not over. */
export function oursBelow(base: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map(Number)
    .filter((pid) => read(`/proc/${pid}/environ`).includes(`CTDB_BASE=${base}\0`) && isAlive(pid))
}

function isAlive(pid: number): boolean {
  const state = / ([A-Z]) \d+ \d+ /.exec(read(`/proc/${pid}/stat`))?.[1]
  return state !== undefined && state !== 'Z' && state !== 'X'
}

function pidIn(file: string): number | undefined {
  const text = existsSync(file) ? read(file).trim() : ''
  return /^\d+$/.test(text) ? Number(text) : undefined
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // it ended by itself
  }
}

function run(program: string, args: string[], env: Record<string, string>): Promise<string> {
  return new Promise((resolve) => {
    execFile(program, args, { env: { ...process.env, ...env }, timeout: 5000 }, (_, stdout) =>
      resolve(stdout),
    )
  })
}

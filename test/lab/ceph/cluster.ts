import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { cephConf } from './conf.ts'

/** What a command of this lab printed; never throws for a failure of the command. */
export type Printed = {
  stdout: string
  stderr: string
  exitCode: number | null
  truncated: false
  startedAt: number
}

export type Ceph = {
  dir: string
  conf: string
  /** what a child needs to talk to this cluster: CEPH_CONF and the usual environment */
  env: NodeJS.ProcessEnv
  fsid: string
  pool: 'rbd'
  /** the admin socket of a daemon, `mon.a` or `osd.0` */
  socket(daemon: string): string
  run(program: string, ...args: string[]): Promise<Printed>
  /** a client that is to end with the cluster, if not before */
  adopt(child: ChildProcess): void
  stop(): Promise<void>
}

/**
 * A real Ceph on 127.0.0.1: one monitor, memstore OSDs, pool `rbd`. The daemons are our own children, killed
 * by pid in `stop`; nothing is installed and nothing outside the folder is touched. Ready in about 2 s.
 */
export async function startCeph(
  options: { dir?: string; watchTimeoutS?: number; osds?: number } = {},
): Promise<Ceph> {
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'unwedge-ceph-')))
  const osds = options.osds ?? 1
  const fsid = randomUUID()
  const conf = join(dir, 'ceph.conf')
  const env = { ...process.env, CEPH_CONF: conf, CEPH_ARGS: '' }
  const daemons: ChildProcess[] = []
  const clients: ChildProcess[] = []
  const run = (program: string, ...args: string[]) => capture(program, args, env)
  const must = async (program: string, ...args: string[]) => {
    const ran = await run(program, ...args)
    if (ran.exitCode !== 0) throw new Error(`${program} ${args.join(' ')}: ${ran.stderr || ran.stdout}`)
    return ran.stdout
  }
  const stop = async () => {
    await Promise.all([...clients, ...daemons].map(end))
    if (!options.dir) await rm(dir, { recursive: true, force: true })
  }
  try {
    await mkdir(join(dir, 'run'), { recursive: true })
    const [v2, v1] = await freePorts(2)
    const addresses = `[v2:127.0.0.1:${v2},v1:127.0.0.1:${v1}]`
    await writeFile(conf, cephConf({ dir, fsid, addresses, watchTimeoutS: options.watchTimeoutS ?? 30 }))
    await makeKeyring(must, join(dir, 'keyring'), osds)
    const map = join(dir, 'monmap')
    await must('monmaptool', '--create', '--clobber', '--fsid', fsid, '--addv', 'a', addresses, map)
    await must('ceph-mon', '--mkfs', '-i', 'a', '--monmap', map, '--keyring', join(dir, 'keyring'))
    daemons.push(daemon('ceph-mon', ['-f', '-i', 'a'], dir, env))
    for (let id = 0; id < osds; id += 1) daemons.push(await startOsd(must, String(id), dir, env))
    await until(async () =>
      (await must('ceph', 'osd', 'stat', '-f', 'json')).includes(`"num_up_osds":${osds},`),
    )
    await must('ceph', 'osd', 'pool', 'create', 'rbd', '8', '8', 'replicated')
    await must('ceph', 'osd', 'pool', 'application', 'enable', 'rbd', 'rbd')
  } catch (error) {
    const log = await readFile(join(dir, 'daemons.log'), 'utf8').catch(() => '')
    await stop()
    throw new Error(`the lab's Ceph did not start: ${String(error)}\n${log.slice(-2000)}`, { cause: error })
  }
  return {
    dir,
    conf,
    env,
    fsid,
    pool: 'rbd',
    socket: (name) => join(dir, 'run', `${name}.asok`),
    run,
    adopt: (child) => void clients.push(child),
    stop,
  }
}

async function makeKeyring(must: Must, file: string, osds: number): Promise<void> {
  await must('ceph-authtool', '--create-keyring', file, '--gen-key', '-n', 'mon.', '--cap', 'mon', 'allow *')
  const all = ['mon', 'osd', 'mds', 'mgr'].flatMap((kind) => ['--cap', kind, 'allow *'])
  await must('ceph-authtool', file, '--gen-key', '-n', 'client.admin', ...all)
  for (let id = 0; id < osds; id += 1) {
    const caps = ['--cap', 'mon', 'allow profile osd', '--cap', 'osd', 'allow *']
    await must('ceph-authtool', file, '--gen-key', '-n', `osd.${id}`, ...caps)
  }
}

type Must = (program: string, ...args: string[]) => Promise<string>

async function startOsd(must: Must, id: string, dir: string, env: NodeJS.ProcessEnv): Promise<ChildProcess> {
  const uuid = randomUUID()
  await mkdir(join(dir, `osd-${id}`))
  await must('ceph', '--connect-timeout', '20', 'osd', 'new', uuid)
  await must('ceph-osd', '-i', id, '--mkfs', '--osd-uuid', uuid)
  return daemon('ceph-osd', ['-f', '-i', id], dir, env)
}

function daemon(program: string, args: string[], dir: string, env: NodeJS.ProcessEnv): ChildProcess {
  const log = join(dir, 'daemons.log')
  // should the tests die without cleaning up, the kernel ends the daemon
  const argv = ['--pdeathsig', 'KILL', program, ...args, '--log-file', log]
  return spawn('setpriv', argv, { env, stdio: 'ignore' }).on('error', () => {})
}

/** Ends a child of ours, stopped or not; resolves when it is gone. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

/** Runs a command to its end, at most 60 s. */
export function capture(program: string, args: string[], env: NodeJS.ProcessEnv): Promise<Printed> {
  const startedAt = Date.now()
  return new Promise((resolve) => {
    const child = execFile(
      program,
      args,
      { env, timeout: 60_000, maxBuffer: 64 << 20 },
      (_, stdout, stderr) =>
        resolve({ stdout, stderr, exitCode: child.exitCode, truncated: false, startedAt }),
    )
    child.stdin?.end()
  })
}

/** Looks every 50 ms until it is so; throws after `withinMs`. */
export async function until(holds: () => Promise<boolean>, withinMs = 30_000): Promise<void> {
  const giveUp = Date.now() + withinMs
  while (!(await holds())) {
    if (Date.now() > giveUp) throw new Error(`not so within ${withinMs} ms`)
    await delay(50)
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1')
      await once(server, 'listening')
      return server
    }),
  )
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))))
  return ports
}

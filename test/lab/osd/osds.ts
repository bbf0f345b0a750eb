import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Ceph, capture, end, startCeph, until } from '../ceph/cluster.ts'

/** A real Ceph with a manager and OSDs that survive a restart (bluestore on sparse files), each our own child. */
export type OsdLab = {
  ceph: Ceph
  /** ids of the OSDs that can be made deaf and restarted */
  ids: string[]
  pid(id: string): number
  /** ends it (SIGTERM, then SIGKILL) and starts it again, as an init would */
  restart(id: string): Promise<void>
  /** lowers the soft limit below what it has open: it accepts nothing any more, and its sockets stay in LISTEN */
  starve(id: string): Promise<void>
  /** takes its listening sockets away, as the accepter of old releases did when it gave up */
  closeListeners(id: string): Promise<void>
  feed(id: string): Promise<void>
  /** a program that has an OSD restarted, given its id: the init of this lab */
  init: string
  stop(): Promise<void>
}

/**
 * One memstore OSD (osd.0), `count` bluestore OSDs and a manager. The OSDs ignore failing accepts, because 16.2 would
 * otherwise abort after the fifth; their log goes to /dev/null, because they then write 100 MB/s.
 */
export async function startOsdLab(count = 2): Promise<OsdLab> {
  const ceph = await startCeph({ osds: 1 })
  const children = new Map<string, ChildProcess>()
  const must = async (program: string, ...args: string[]) => {
    const ran = await ceph.run(program, ...args)
    if (ran.exitCode !== 0) throw new Error(`${program} ${args.join(' ')}: ${ran.stderr || ran.stdout}`)
    return ran.stdout
  }
  const start = (id: string) => {
    const child = spawn('setpriv', [...dieWithUs, 'ceph-osd', '-f', '-i', id, ...osdOptions], {
      env: ceph.env,
      stdio: 'ignore',
    })
    children.set(id, child)
    ceph.adopt(child)
  }
  const pid = (id: string) => children.get(id)!.pid!
  const softLimit = (id: string, soft: number) =>
    capture('prlimit', ['--pid', String(pid(id)), `--nofile=${soft}:`], ceph.env)
  const up = (ids: string[]) =>
    until(async () => {
      const map = JSON.parse(await must('ceph', 'osd', 'dump', '-f', 'json'))
      // an OSD's nonce is its pid: the map shows the new process, not the one before
      const isUp = ({ osd, up, public_addr }: MapEntry) =>
        up === 1 && (!children.has(String(osd)) || public_addr.endsWith(`/${pid(String(osd))}`))
      return ids.every((id) => map.osds.some((each: MapEntry) => String(each.osd) === id && isUp(each)))
    }, SLOW_MS)
  const ids = Array.from({ length: count }, (_, at) => String(at + 1))
  try {
    await startManager(ceph, must)
    for (const id of ids) {
      await makeOsd(ceph, must, id)
      start(id)
    }
    await up(['0', ...ids])
    // the manager makes a pool of its own, in its own time; with one copy of anything nothing may stop
    await until(async () => {
      for (const pool of (await must('ceph', 'osd', 'pool', 'ls')).trim().split('\n')) {
        await must('ceph', 'osd', 'pool', 'set', pool, 'size', '2')
        await must('ceph', 'osd', 'pool', 'set', pool, 'min_size', '1')
      }
      const answers = await Promise.all(ids.map((id) => ceph.run('ceph', 'osd', 'ok-to-stop', id)))
      return answers.every(({ exitCode }) => exitCode === 0)
    }, SLOW_MS)
  } catch (error) {
    await ceph.stop()
    throw error
  }
  const restart = async (id: string) => {
    const child = children.get(id)
    if (!child) throw new Error(`no OSD ${id} to restart`)
    child.kill('SIGTERM')
    await Promise.race([once(child, 'exit'), delay(2000)])
    await end(child)
    start(id)
  }
  const { init, close } = await startInit(ceph.dir, restart)
  return {
    ceph,
    ids,
    pid,
    init,
    restart,
    async starve(id) {
      await softLimit(id, 20)
    },
    async closeListeners(id) {
      const listing = await capture('ss', ['-ltnpH'], ceph.env)
      const own = listing.stdout.split('\n').filter((line) => line.includes(`pid=${pid(id)},`))
      for (const line of own) {
        const port = /:(\d+) /.exec(line)![1]!
        await capture('ss', ['-K', '-l', '-t', '-n', `( sport = :${port} )`], ceph.env)
      }
    },
    async feed(id) {
      await softLimit(id, 20_000)
    },
    async stop() {
      await close()
      await ceph.stop()
    },
  }
}

/** A program as a host's init would be: it only passes the id on to us, whose children the OSDs are. */
async function startInit(dir: string, restart: (id: string) => Promise<void>) {
  const socket = join(dir, 'init.sock')
  const init = join(dir, 'restart-osd')
  const program = [
    '#!/usr/bin/python3',
    'import socket, sys',
    's = socket.socket(socket.AF_UNIX)',
    `s.connect(${JSON.stringify(socket)})`,
    's.sendall(sys.argv[1].encode())',
    'said = s.recv(200).decode()',
    'sys.exit(0 if said == "ok" else said)',
  ]
  await writeFile(init, `${program.join('\n')}\n`, { mode: 0o755 })
  const server = createServer((client) => {
    client.on('error', () => {})
    client.once('data', (id) => {
      restart(String(id)).then(
        () => client.end('ok'),
        (error: unknown) => client.end(String(error)),
      )
    })
  }).listen(socket)
  await once(server, 'listening')
  return { init, close: () => new Promise<void>((closed) => server.close(() => closed())) }
}

/** The machine may be busy with other labs. */
const SLOW_MS = 120_000

type MapEntry = { osd: number; up: number; public_addr: string }
type Must = (program: string, ...args: string[]) => Promise<string>

const dieWithUs = ['--pdeathsig', 'KILL']
const osdOptions = [
  '--osd_objectstore=bluestore',
  '--ms_max_accept_failures=1000000000',
  '--log_file=/dev/null',
  // checked by the tests: nothing of it may reach a disk
  '--err_to_stderr=false',
]

async function startManager(ceph: Ceph, must: Must): Promise<void> {
  const data = join(ceph.dir, 'mgr')
  await mkdir(data)
  const keyring = join(data, 'keyring')
  const caps = ['mon', 'allow profile mgr', 'osd', 'allow *', 'mds', 'allow *']
  await must('ceph', 'auth', 'get-or-create', 'mgr.x', ...caps, '-o', keyring)
  const argv = ['ceph-mgr', '-f', '-i', 'x', '--mgr_data', data, '--keyring', keyring, '--log_file=/dev/null']
  ceph.adopt(spawn('setpriv', [...dieWithUs, ...argv], { env: ceph.env, stdio: 'ignore' }))
  await until(
    async () => (await must('ceph', 'mgr', 'stat', '-f', 'json')).includes('"available":true'),
    SLOW_MS,
  )
}

async function makeOsd(ceph: Ceph, must: Must, id: string): Promise<void> {
  const uuid = randomUUID()
  await mkdir(join(ceph.dir, `osd-${id}`))
  const keyring = join(ceph.dir, 'keyring')
  const caps = [
    '--cap',
    'mon',
    'allow profile osd',
    '--cap',
    'mgr',
    'allow profile osd',
    '--cap',
    'osd',
    'allow *',
  ]
  await must('ceph-authtool', keyring, '--gen-key', '-n', `osd.${id}`, ...caps)
  await must('ceph', 'osd', 'new', uuid, id)
  await must('ceph', 'auth', 'import', '-i', keyring)
  const size = '--bluestore_block_size=1073741824'
  await must('ceph-osd', '-i', id, '--mkfs', '--osd-uuid', uuid, '--osd_objectstore=bluestore', size)
}

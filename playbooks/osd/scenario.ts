import type { Reply, Scenario } from '../shared/scenario.ts'
import { idOf } from './process.ts'

type Osd = {
  id: number
  host: string
  ip: string
  pid: number
  port: number
  startedMs: number | undefined
  deaf: boolean
  open: number
}
type State = { osds: Osd[] }

const FSID = '5f0c9e3a-7d21-4a4e-9c83-0e6f2b1d4a77'
const RELEASE = '12.2.4 (52085d5249a80c5f5121a76d6288429f35e4e77b) luminous (stable)'
const HOUR = 3_600_000

// 41 days of uptime by default; the cluster network is 10.22, which the admin host is not on
const osd = (id: number, at: number, open: number, deaf = false): Osd => ({
  id,
  host: `stor-2${at}`,
  ip: `10.21.0.2${at}`,
  pid: 2200 + id * 7,
  port: 6800 + (id % 2) * 4,
  startedMs: undefined,
  deaf,
  open,
})

/**
 * The incident of an OSD that reached its limit on open files (Luminous with the SimpleMessenger): the accept thread gave up
 * after five errors, closed its socket and ended. Existing connections go on, heartbeats too, so the OSD stays up; whoever
 * has to connect anew fails. Behaviour as in the report and Accepter.cc of that release; outputs written by hand.
 */
export const deafOsd: Scenario<State> = {
  playbook: 'osd',
  hosts: [
    { name: 'mon-21', addresses: ['10.21.0.11'], roles: ['ceph-admin'] },
    { name: 'stor-21', addresses: ['10.21.0.21', '10.22.0.21'], roles: ['osd-host'] },
    { name: 'stor-22', addresses: ['10.21.0.22', '10.22.0.22'], roles: ['osd-host'] },
    { name: 'stor-23', addresses: ['10.21.0.23', '10.22.0.23'], roles: ['osd-host'] },
  ],
  start: () => ({
    osds: [
      osd(0, 1, 1402),
      osd(1, 1, 1377),
      osd(3, 2, 1421),
      osd(4, 2, 3187, true),
      osd(6, 3, 1398),
      osd(7, 3, 3391),
    ],
  }),
  answer: (state, host, argv, now) => {
    const same = (reply: Reply) => ({ state, reply: { tookMs: 300, ...reply } })
    if (host === 'mon-21' && argv[0] === 'ceph') return same(cephCommand(state, withoutOptions(argv)))
    if (!deafOsd.hosts.some(({ name }) => name === host)) return undefined
    if (argv[0] === 'python3') return same(connect(state, host, argv.slice(4)))
    if (host === 'mon-21') return undefined
    if (argv[0] === 'systemctl' && argv[1] === 'restart') return restart(state, host, argv[2] ?? '', now)
    const reply = hostCommand(state, host, argv, now)
    return reply && same(reply)
  },
}

function withoutOptions(argv: readonly string[]): string[] {
  return argv
    .slice(1)
    .filter(
      (word, at, all) => !/^(--connect-timeout|-f|json)$/.test(word) && all[at - 1] !== '--connect-timeout',
    )
}

function cephCommand({ osds }: State, words: string[]): Reply {
  const line = words.join(' ')
  const json = (value: unknown): Reply => ({ stdout: `\n${JSON.stringify(value)}`, tookMs: 900 })
  if (line === 'osd dump') return json(osdMap(osds))
  if (line === 'status')
    return json({
      fsid: FSID,
      health: { checks: {}, status: 'HEALTH_OK' },
      mgrmap: { epoch: 12, available: true, active_name: 'mon-21' },
    })
  if (line === 'health detail') return json({ checks: {}, status: 'HEALTH_OK', overall_status: 'HEALTH_OK' })
  if (line === 'pg dump_stuck inactive 1') return { stdout: '\n[]\n', stderr: 'ok\n' }
  if (line === 'crash ls') return { stderr: NO_COMMAND, exitCode: 22 }
  if (line === 'versions') return json({ overall: { [`ceph version ${RELEASE}`]: 9 } })
  const [first, verb, id] = words
  const found = osds.find((each) => String(each.id) === id || `osd.${each.id}` === verb)
  if (!found) return { stderr: `Error ENOENT: ${id ?? verb} does not exist\n`, exitCode: 2 }
  if (first === 'osd' && verb === 'find')
    return json({
      osd: found.id,
      ip: `${found.ip}:${found.port}/${found.pid}`,
      crush_location: { host: found.host, root: 'default' },
    })
  if (first === 'osd' && verb === 'ok-to-stop')
    return {
      stderr: `OSD(s) ${id} are ok to stop without reducing availability, provided there are no other concurrent failures or interventions. 87 PGs are likely to be degraded (but remain available) as a result.\n`,
    }
  if (first === 'pg' && verb === 'ls-by-osd')
    return json(
      Array.from({ length: 87 }, (_, at) => ({
        pgid: `2.${at.toString(16)}`,
        state: 'active+clean',
        up: [found.id, 0],
        acting: [found.id, 0],
        blocked_by: [],
      })),
    )
  if (first === 'tell') return found.deaf ? { tookMs: 60_000 } : json({ version: `ceph version ${RELEASE}` })
  return { stderr: NO_COMMAND, exitCode: 22 }
}

const NO_COMMAND =
  'no valid command found; 10 closest matches:\nosd tier add-cache <poolname> <poolname> <int[0-]>\nError EINVAL: invalid command\n'

function osdMap(osds: Osd[]) {
  return {
    epoch: 9127,
    fsid: FSID,
    flags: 'sortbitwise,recovery_deletes,purged_snapdirs',
    pools: [{ pool: 2, pool_name: 'rbd' }],
    osds: osds.map((each) => {
      const at = (offset: number, cluster = false) =>
        `${cluster ? each.ip.replace('10.21', '10.22') : each.ip}:${each.port + offset}/${each.pid}`
      return {
        osd: each.id,
        up: 1,
        in: 1,
        public_addr: at(0),
        cluster_addr: at(1, true),
        heartbeat_back_addr: at(2, true),
        heartbeat_front_addr: at(3),
      }
    }),
  }
}

/** The accept thread of the public messenger is gone; the other three of the same process are alive. */
function listening(each: Osd): { ip: string; port: number }[] {
  const cluster = each.ip.replace('10.21', '10.22')
  const all = [
    { ip: each.ip, port: each.port },
    { ip: cluster, port: each.port + 1 },
    { ip: cluster, port: each.port + 2 },
    { ip: each.ip, port: each.port + 3 },
  ]
  return each.deaf ? all.slice(1) : all
}

function connect({ osds }: State, host: string, targets: readonly string[]): Reply {
  const open = new Set(osds.flatMap(listening).map(({ ip, port }) => `${ip},${port}`))
  const outside = host === 'mon-21'
  const lines = targets.map((target) => {
    if (outside && target.startsWith('10.22.')) return `${target} failed 3000 ETIMEDOUT`
    return open.has(target) ? `${target} answers 1 ceph v027` : `${target} failed 0 ECONNREFUSED`
  })
  return { stdout: `${lines.join('\n')}\n`, tookMs: outside ? 3100 : 200 }
}

function restart(state: State, host: string, unit: string, now: number): { state: State; reply: Reply } {
  const found = state.osds.find((each) => each.host === host && unit === `ceph-osd@${each.id}.service`)
  if (!found) return { state, reply: { stderr: `Failed to restart ${unit}: Unit not found.\n`, exitCode: 5 } }
  const again = { ...found, pid: found.pid + 28_000, startedMs: now, deaf: false, open: 240 }
  return {
    state: { osds: state.osds.map((each) => (each === found ? again : each)) },
    reply: { tookMs: 4_000 },
  }
}

function hostCommand({ osds }: State, host: string, argv: readonly string[], now: number): Reply | undefined {
  const own = osds.filter((each) => each.host === host)
  const byPid = (text: string) => own.find(({ pid }) => text.includes(`/proc/${pid}/`))
  const program = argv[0]
  if (program === 'ps') {
    const rows = own.map((each) => {
      const command = `/usr/bin/ceph-osd -f --cluster ceph --id ${each.id} --setuser ceph --setgroup ceph`
      const age =
        each.startedMs === undefined
          ? '41-06:12:44'
          : `00:${String(Math.min(59, Math.floor((now - each.startedMs) / 1000))).padStart(2, '0')}`
      return idOf(command) === undefined ? '' : `${String(each.pid).padStart(6)} Ssl  ${age} ${command}`
    })
    return {
      stdout: `     1 Ss   41-06:13:10 /usr/lib/systemd/systemd --switched-root --system\n     2 S    41-06:13:10 [kthreadd]\n${rows.join('\n')}\n`,
    }
  }
  if (program === 'ss') {
    const rows = own.flatMap((each) =>
      listening(each).map(
        ({ ip, port }, at) =>
          `LISTEN     0      128    ${ip}:${port}             *:*                   users:(("ceph-osd",pid=${each.pid},fd=${6 + at}))`,
      ),
    )
    return {
      stdout: `State      Recv-Q Send-Q Local Address:Port               Peer Address:Port\n${rows.join('\n')}\n`,
    }
  }
  if (program === 'find') {
    const asked = argv.filter((word) => word.startsWith('/proc/'))
    return { stdout: asked.map((path) => `${path}\n`.repeat(byPid(`${path}/`)?.open ?? 0)).join('') }
  }
  if (program === 'grep' && argv[1] === '^Threads:') return { stdout: 'Threads:\t2931\n' }
  if (program === 'grep') {
    const asked = argv.filter((word) => word.startsWith('/proc/'))
    return {
      stdout: asked
        .map(
          (path) =>
            `${path}:Max open files            4096                 131072               files     \n`,
        )
        .join(''),
    }
  }
  if (program === 'cat') return { stdout: '21344\t0\t13106452\n' }
  if (program === 'systemctl') return { stdout: units(own, argv) }
  if (program === 'tail')
    return {
      stdout: logOf(
        own.find(({ id }) => argv.at(-1)?.endsWith(`-osd.${id}.log`)),
        now,
      ),
    }
  return undefined
}

function units(own: Osd[], argv: readonly string[]): string {
  return argv
    .filter((word) => word.endsWith('.service'))
    .map((unit) => {
      const found = own.find(({ id }) => unit === `ceph-osd@${id}.service`)
      const loaded = found
        ? `LoadState=loaded\nActiveState=active\nMainPID=${found.pid}`
        : 'LoadState=not-found\nActiveState=inactive\nMainPID=0'
      return `Id=${unit}\n${loaded}\n`
    })
    .join('\n')
}

/** Five failing accepts, the last thing that the accept thread ever did: nine hours ago. */
function logOf(found: Osd | undefined, now: number): string {
  const stamp = (ms: number) => new Date(ms).toISOString().replace('T', ' ').replace('Z', '')
  const scrub = `${stamp(now - 11 * HOUR)} 7f2c1d8fb700  0 log_channel(cluster) log [INF] : 2.1f scrub ok\n`
  if (!found?.deaf) return scrub
  const refused = Array.from(
    { length: 5 },
    (_, at) =>
      `${stamp(now - 9 * HOUR + at)} 7f2c3a4f1700  0 accepter accepter no incoming connection?  sd = -1 errno 24 (24) Too many open files\n`,
  )
  return scrub + refused.join('')
}

import type { Diagnosis } from '../../../playbooks/shared/finding.ts'
import type { Inventory } from '../../../playbooks/shared/inventory.ts'
import type { Observation } from '../../../playbooks/shared/observation.ts'
import type { Probe } from '../../../playbooks/shared/probe.ts'
import { WatchersArgs } from '../../../playbooks/watchers/args.ts'
import { watchers as playbook } from '../../../playbooks/watchers/index.ts'
import { hostText, type ShownHost } from './host-text.ts'

/** One moment of a cluster as its tools print it. Everything not said is healthy, seen and of release 16.2. */
export type Situation = {
  target?: string
  pool?: string
  interval?: string
  /** `ceph versions`; the first is what the tools say, too. Below 12 the monitors don't know the command. */
  versions?: string[]
  /** `ADDRESS client.N cookie=C`, first look */
  watchers?: string[]
  /** second look; the first again unless said */
  later?: string[]
  /** open sessions with the monitors, `ADDRESS N` (N of client.N) */
  sessions?: string[]
  laterSessions?: string[]
  /** caps of our own user */
  caps?: string
  monitors?: string[]
  /** monitors that answer */
  answering?: string[]
  locks?: { id: string; locker: string; address: string }[]
  /** `ADDRESS` or `cidr:…` */
  blocklist?: string[]
  /** objects that OSD 0 holds watches on beside the header's: `OBJECT ADDRESS N` */
  alsoHeld?: string[]
  timeoutS?: number
  osds?: number
  mirror?: { state: string; client: string }
  migration?: boolean
  hosts?: ShownHost[]
  /** what a probe gives instead, by its id */
  instead?: Record<string, Partial<Observation>>
  /** pools beside `rbd` and what `listwatchers` says there; undefined: no such object */
  pools?: Record<string, string[] | undefined>
}

export const START = Date.UTC(2026, 10, 20, 12)
export const ALIVE = '10.0.0.11:0/111000111 client.100 cookie=1'
export const DOUBTED = '10.0.0.12:0/3222000222 client.200 cookie=18446462598732840961'
export const HEADER = 'rbd_header.abc123'

export const gw1: ShownHost = {
  name: 'gw1',
  ip: '10.0.0.11',
  krbd: [{ client: 'client100', pool: 'rbd', name: 'vol1' }],
}
export const gw2: ShownHost = { name: 'gw2', ip: '10.0.0.12' }

/** Hammer's successors print it so; `ceph versions` came with Luminous. */
const MODERN = 'ceph version 16.2.15 (618f440892089921c3e944a991122ddc44e60516) pacific (stable)'
export const GIANT = 'ceph version 0.87 (c51c8f9d80fa4e0168aa52685b8de40e42758578)'

/** Hosts that nothing of interest runs on. */
const OTHERS: ShownHost[] = [
  { name: 'adm', ip: '10.0.0.1' },
  { name: 'osd-host', ip: '10.0.0.21' },
]

export function inventoryOf({ hosts = [gw1, gw2] }: Situation): Inventory {
  return {
    cluster: 'c1',
    hosts: [
      { name: 'adm', addresses: ['10.0.0.1'], roles: ['ceph-admin'] },
      { name: 'osd-host', addresses: ['10.0.0.21'], roles: ['osd-host'] },
      ...hosts.map(({ name, ip, listed }) => ({ name, addresses: listed ?? [ip], roles: [] })),
    ],
  }
}

export function argsOf({ target = HEADER, interval, pool }: Situation): WatchersArgs {
  return WatchersArgs.parse({ target, ...(interval && { interval }), ...(pool && { pool }) })
}

export type Looked = { diagnosis: Diagnosis; seen: Map<string, Observation>; wanted: string[] }

/** Asks the playbook what it wants until it wants nothing more, and what it makes of the answers. */
export function look(situation: Situation, options: { secondLook?: boolean } = {}): Looked {
  const [args, inventory] = [argsOf(situation), inventoryOf(situation)]
  const seen = new Map<string, Observation>()
  for (let round = 0; round < 30; round += 1) {
    const wanted = playbook.probes(args, inventory, seen)
    const next = wanted.filter(
      ({ id, after }) =>
        !seen.has(id) && !(after && (options.secondLook === false || !seen.has(after.probe))),
    )
    if (next.length === 0)
      return {
        seen,
        wanted: wanted.map(({ id }) => id),
        diagnosis: playbook.diagnose(args, inventory, seen, START + 60_000),
      }
    for (const probe of next) seen.set(probe.id, observe(situation, probe))
  }
  throw new Error('the playbook never has enough')
}

/** A condensed answer: the conclusion, and each client's state by address. */
export function verdictOf({ diagnosis }: Looked) {
  const { findings, offers, facts } = diagnosis
  const clients = (facts.watchers ?? []) as { address: string; life: string; because: string[] }[]
  return {
    code: findings[0]!.code,
    severity: findings[0]!.severity,
    life: Object.fromEntries(clients.map(({ address, life }) => [address, life])),
    because: Object.fromEntries(clients.map(({ address, because }) => [address, because.join(', ')])),
    offers: offers.map(({ params, approvals, typed }) => ({
      address: params.address,
      approvals,
      typed: typed !== undefined,
    })),
  }
}

function observe(situation: Situation, probe: Probe<unknown>): Observation {
  return {
    probe: probe.id,
    host: probe.host,
    argv: [...probe.argv],
    startedAt: START + (probe.after?.ms ?? 0),
    durationMs: 1,
    outcome: 'exited',
    exitCode: 0,
    stdout: '',
    stderr: '',
    truncated: false,
    ...(hostText([...(situation.hosts ?? [gw1, gw2]), ...OTHERS], probe) ?? cephText(situation, probe)),
    ...situation.instead?.[probe.id],
  }
}

const failed = (stderr: string, exitCode = 1) => ({ stderr: `${stderr}\n`, exitCode })
const json = (value: unknown) => ({ stdout: `\n${JSON.stringify(value).replace(/"#(-?\d+)#"/g, '$1')}` })

function cephText(of: Situation, { id, argv }: Probe<unknown>): Partial<Observation> {
  const { versions = [MODERN], watchers = [ALIVE, DOUBTED], later = watchers, locks = [], migration } = of
  const first = versions[0]!
  const number = (text: string) => Number(/version (\d+)/.exec(text)![1])
  if (id === 'release') return { stdout: `${first}\n` }
  if (id === 'releases')
    return versions.some((text) => number(text) < 12)
      ? failed('Error EINVAL: invalid command\nno valid command found; 10 closest matches:', 22)
      : json({ overall: Object.fromEntries(versions.map((text) => [text, 3])) })
  if (id === 'osd-versions') return { stdout: versions.map((text, at) => `osd.${at}: ${text}\n`).join('') }
  if (id === 'osd-dump') return json(osdMap(of))
  if (id === 'monitors')
    return json({
      mons: (of.monitors ?? ['a', 'b', 'c']).map((name, at) => ({ name, addr: `10.0.0.${31 + at}:6789/0` })),
    })
  if (id.startsWith('sessions-')) return sessionsText(of, id.endsWith('2'))
  if (id === 'blocklist')
    return json((of.blocklist ?? []).map((addr) => ({ addr, until: '2026-11-20T13:00:00.000000+0000' })))
  if (/^watchers-\d$/.test(id)) return { stdout: listed(id === 'watchers-2' ? later : watchers) }
  if (id.startsWith('watchers-')) {
    const pool = argv[argv.indexOf('-p') + 1]!
    const there = of.pools?.[pool]
    return there
      ? { stdout: listed(there) }
      : failed(`error listing watchers ${pool}/${argv.at(-1)}: (2) No such file or directory`)
  }
  if (id === 'image-name')
    return {
      stdout:
        'value (8 bytes) :\n00000000  04 00 00 00 76 6f 6c 31                           |....vol1|\n00000008\n',
    }
  if (id === 'info') return json(info(of))
  if (id === 'status') {
    const moved = {
      source_pool_name: 'rbd',
      source_pool_namespace: '',
      source_image_name: 'vol1',
      state: 'executing',
    }
    const to = { dest_pool_name: 'ssd', dest_pool_namespace: '', dest_image_name: 'vol1' }
    return json({ watchers: watchers.map(statusOf), ...(migration && { migration: { ...moved, ...to } }) })
  }
  if (id === 'locks') return json(locks)
  if (id === 'mirror')
    return json({
      ...{ global_id: 'g1', description: 'replaying', state: of.mirror!.state },
      daemon_service: { instance_id: of.mirror!.client, hostname: 'mirror-1' },
    })
  if (id.startsWith('held-')) return json(id === 'held-0' ? held(of, watchers) : [])
  throw new Error(`no text for ${id}`)
}

const listed = (lines: string[]) => lines.map((line) => `watcher=${line}\n`).join('')

function parts(line: string) {
  const [, address = '', client = '', cookie = ''] = /^(\S+) client\.(\d+) cookie=(\d+)$/.exec(line) ?? []
  return { address, client, cookie }
}

function statusOf(line: string) {
  const { address, client } = parts(line)
  return { address, client: Number(client), cookie: 5 }
}

function info({ mirror }: Situation) {
  return {
    ...{
      name: 'vol1',
      id: 'abc123',
      format: 2,
      block_name_prefix: 'rbd_data.abc123',
      features: ['layering'],
      flags: [],
    },
    ...(mirror && { mirroring: { mode: 'image', state: 'enabled', global_id: 'g1', primary: false } }),
  }
}

function held({ alsoHeld = [], timeoutS = 30 }: Situation, watchers: string[]) {
  const watch = (object: string, address: string, client: string, cookie: string) => {
    const at = address.lastIndexOf('/')
    const addr = { type: 'any', addr: address.slice(0, at), nonce: Number(address.slice(at + 1)) }
    const name = { entity_name: { type: 'client', num: Number(client) }, entity_addr_t: addr }
    // a cookie is printed as a signed number, beyond what JSON.stringify can write
    return {
      namespace: '',
      object,
      cookie: `#${BigInt.asIntN(64, BigInt(cookie))}#`,
      timeout: timeoutS,
      ...name,
    }
  }
  const own = watchers.map((line) => {
    const { address, client, cookie } = parts(line)
    return watch(HEADER, address, client, cookie)
  })
  const others = alsoHeld.map((line) => {
    const [object = '', address = '', client = ''] = line.split(' ')
    return watch(object, address, client, '9')
  })
  return [...own, ...others]
}

function osdMap({ osds = 2, pools = {} }: Situation) {
  const address = (id: number) => `10.0.0.21:${6800 + id * 4}/1`
  return {
    ...{ epoch: 5, fsid: 'f', blocklist: {} },
    pools: ['rbd', ...Object.keys(pools)].map((pool_name, pool) => ({
      pool,
      pool_name,
      application_metadata: { rbd: {} },
    })),
    osds: Array.from({ length: osds }, (_, osd) => ({
      ...{ osd, up: 1, public_addr: address(osd), cluster_addr: '10.0.0.21:6900/1' },
      ...{ heartbeat_back_addr: '10.0.0.21:6901/1', heartbeat_front_addr: '10.0.0.21:6902/1' },
    })),
  }
}

function sessionsText(of: Situation, isLater: boolean): Partial<Observation> {
  const open = (isLater ? of.laterSessions : undefined) ?? of.sessions ?? ['10.0.0.11:0/111000111 100']
  const session = (address: string, client: string, user: string) => {
    const at = address.lastIndexOf('/')
    const addr = { type: 'any', addr: address.slice(0, at), nonce: Number(address.slice(at + 1)) }
    return {
      ...{ name: `client.${client}`, entity_name: user, addrs: { addrvec: [addr] }, open: true },
      ...{ caps: { text: of.caps ?? 'allow *' }, global_id: Number(client), remote_host: 'h' },
    }
  }
  const answer = of.answering ?? of.monitors ?? ['a', 'b', 'c']
  const text = answer.map((name, at) => {
    const clients = at === 0 ? open.map((line) => line.split(' ')) : []
    const sessions = [
      session('10.0.0.1:0/77', '7', 'client.admin'),
      ...clients.map(([address, client]) => session(address!, client!, 'client.gw')),
    ]
    return answer.length === 1 ? JSON.stringify(sessions) : `mon.${name}: ${JSON.stringify(sessions)}\n`
  })
  return { stdout: text.join('') }
}

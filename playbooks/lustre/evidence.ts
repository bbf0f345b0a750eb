import { type Host, hostsWith, type Inventory } from '../shared/inventory.ts'
import type { Mount } from '../shared/linux/mountinfo.ts'
import { type Look, lookAt } from '../shared/look.ts'
import type { Observations, Probe, Reading } from '../shared/probe.ts'
import type { LustreArgs } from './args.ts'
import { fsnameOf, type Import, works } from './imports.ts'
import type { LnetState, LustreDevice, Ping } from './lctl.ts'
import { type LustreLog, type LustreText, withTimes } from './log.ts'
import { type LustreMount, lustreMounts } from './mounts.ts'
import { mergeNodes, type Nid } from './nid.ts'
import { hostProbes, LOG_SOURCES } from './probes.ts'

/** A host's log with its times, and by how many seconds its clock differs from ours. */
export type HostLog = { log: LustreLog; source: string; skewS: number | undefined }

export type ClientView = {
  host: Host
  log: Reading<HostLog>
  devices: Reading<LustreDevice[]>
  lnet: Reading<LnetState>
  /** undefined: no such tool there, it is of 2.7 and later */
  net: Reading<{ nid: Nid; status: string }[]> | undefined
  imports: Reading<Import[]>
  mounts: Reading<Mount[]>
  fstab: Reading<LustreMount[]>
  version: Reading<string>
}

/** A host that may run the MGS. */
export type MgsView = {
  host: Host
  log: Reading<HostLog>
  devices: Reading<LustreDevice[]>
  lnet: Reading<LnetState>
  fileSystems: Reading<string[]> | undefined
  exports: Reading<Nid[]> | undefined
  /** pings of the client from there, where the MGS runs; by NID of the client */
  pings: { nid: Nid; ping: Reading<Ping> }[]
}

/** A server that the client may find the MGS on, as the client sees it. */
export type NodeView = {
  nids: { nid: Nid; ping: Reading<Ping> }[]
  /** part of the mount's own list; else only a host with the role lustre-mgs */
  named: boolean
}

export type Evidence = {
  client: ClientView
  mgsHosts: MgsView[]
  nodes: NodeView[]
  /** where the list of servers comes from, in words; undefined: nobody names any */
  namedBy: string | undefined
}

/** Why there is no client to look at. */
export type NoClient = { code: 'no-client' | 'which-client' | 'no-such-host'; known: string[] }

/** More NIDs than this are not pinged. */
export const NIDS_PINGED = 16
/** A device is named after the first NID of the mount, and the log holds nothing else. */
export const FIRST_OF_LOG = 'the log (the first server only)'
const NOT_NEEDED = { seen: false, code: 'pending', why: 'not needed' } as const

/** One pass: what is known, and through `look` what is wanted next. */
export function gather(
  args: LustreArgs,
  inventory: Inventory,
  seen: Observations,
): { evidence: Evidence | NoClient; wanted: Probe<unknown>[] } {
  const host = clientOf(args, inventory)
  if ('code' in host) return { evidence: host, wanted: [] }
  const look = lookAt(seen)
  const client = clientView(look, host)
  const servers = hostsWith(inventory, 'lustre-mgs').filter(({ name }) => name !== host.name)
  const mgsHosts = servers.map((server) => mgsView(look, server, client))
  const { nodes: named, by } = namedNodes(args, client)
  const unnamed = mgsHosts.flatMap(({ lnet }) => (lnet.seen && lnet.value.up ? [lnet.value.nids] : []))
  const all = mergeNodes([...named, ...unnamed]).slice(0, NIDS_PINGED)
  const probes = hostProbes(host)
  const canPing = client.lnet.seen ? client.lnet.value.up : client.lnet.code !== 'pending'
  const nodes = all.map(
    (nids): NodeView => ({
      named: named.some((node) => node.some((nid) => nids.includes(nid))),
      nids: nids.map((nid) => ({
        nid,
        ping: canPing ? look.ask(probes.ping(nid)) : { ...NOT_NEEDED, why: 'LNet is not up here' },
      })),
    }),
  )
  return { wanted: look.wanted(), evidence: { client, mgsHosts, nodes, namedBy: by } }
}

function clientOf({ on }: LustreArgs, inventory: Inventory): Host | NoClient {
  const clients = hostsWith(inventory, 'lustre-client')
  const known = clients.map(({ name }) => name)
  if (on !== undefined)
    return (
      clients.find(({ name, addresses }) => name === on || addresses.includes(on)) ?? {
        code: 'no-such-host',
        known,
      }
    )
  if (clients.length > 1) return { code: 'which-client', known }
  return clients[0] ?? { code: 'no-client', known }
}

function clientView(look: Look, host: Host): ClientView {
  const probes = hostProbes(host)
  const net = look.ask(probes.net())
  return {
    host,
    log: lookAtLog(look, probes),
    devices: look.ask(probes.devices()),
    lnet: look.ask(probes.nids()),
    net: !net.seen && net.code === 'not-found' ? undefined : net,
    imports: look.ask(probes.imports()),
    mounts: look.ask(probes.mounts()),
    fstab: look.ask(probes.fstab()),
    version: look.ask(probes.version()),
  }
}

function mgsView(look: Look, host: Host, client: ClientView): MgsView {
  const probes = hostProbes(host)
  const devices = look.ask(probes.devices())
  const runs = runsMgs(devices) === true
  const nids = client.lnet.seen && client.lnet.value.up ? client.lnet.value.nids : []
  return {
    host,
    devices,
    log: lookAtLog(look, probes),
    lnet: look.ask(probes.nids()),
    fileSystems: runs ? look.ask(probes.fileSystems()) : undefined,
    exports: runs ? look.ask(probes.exports()) : undefined,
    pings: runs ? nids.map((nid) => ({ nid, ping: look.ask(probes.ping(nid)) })) : [],
  }
}

/** Whether the MGS runs on a host; undefined: not seen. `0 UP mgs MGS MGS 11` (older: `osd-ldiskfs MGS-osd` stands before it). */
export function runsMgs(devices: Reading<LustreDevice[]>): boolean | undefined {
  return devices.seen
    ? devices.value.some(({ type, status }) => type === 'mgs' && status === 'UP')
    : undefined
}

/** The first source that can be read, with times: seconds since boot against the uptime, by our own clock. */
function lookAtLog(look: Look, probes: ReturnType<typeof hostProbes>): Reading<HostLog> {
  const uptime = look.ask(probes.uptime())
  const clock = look.ask(probes.clock())
  let first: Reading<LustreText> | undefined
  for (const at of [0, 1, 2] as const) {
    const text = look.ask(probes.log(at))
    if (text.seen) {
      const skewS = clock.seen ? Math.round((clock.value.ms - clock.at) / 1000) : undefined
      const log = withTimes(text.value, {
        bootMs: uptime.seen ? uptime.at - uptime.value * 1000 : undefined,
        offsetMin: clock.seen ? clock.value.offsetMin : undefined,
        now: clock.seen ? clock.value.ms : text.at,
      })
      return { ...text, value: { log, source: LOG_SOURCES[at].name, skewS } }
    }
    // the reason that counts is the first one, of the log that every machine has
    first ??= text
    if (text.code === 'pending') break
  }
  return first as Reading<HostLog>
}

/** The servers that this mount names, from whoever knows best. */
function namedNodes(
  { fsname, mgs }: LustreArgs,
  client: ClientView,
): { nodes: Nid[][]; by: string | undefined } {
  const { mounts, fstab, imports, log } = client
  if (mgs) return { nodes: mgs, by: 'what was asked' }
  const mounted = mounts.seen
    ? lustreMounts(mounts.value).find(({ spec }) => spec.fsname === fsname)
    : undefined
  if (mounted) return { nodes: mounted.spec.nodes, by: 'the mount' }
  const written = fstab.seen ? fstab.value.find(({ spec }) => spec.fsname === fsname) : undefined
  if (written) return { nodes: written.spec.nodes, by: 'fstab' }
  const mgcs = imports.seen ? imports.value.filter(({ type }) => type === 'mgc') : []
  if (mgcs.length === 1 && mgcs[0]!.failoverNids.length > 0)
    return { nodes: mgcs[0]!.failoverNids.map((nid) => [nid]), by: 'the connection to the MGS' }
  const failed = log.seen
    ? log.value.log.events.findLast(
        (event) => event.kind === 'config-failed' && event.log === `${fsname}-client`,
      )
    : undefined
  const first = failed?.kind === 'config-failed' ? /^MGC(\S+@[a-z0-9]+)$/.exec(failed.mgc)?.[1] : undefined
  return first === undefined ? { nodes: [], by: undefined } : { nodes: [[first]], by: FIRST_OF_LOG }
}

/** The connections that this file system needs: its own, and those to its MGS. */
export function importsOf(client: ClientView, fsname: string, nodes: NodeView[]): Import[] {
  if (!client.imports.seen) return []
  const nids = nodes.filter(({ named }) => named).flatMap((node) => node.nids.map(({ nid }) => nid))
  return client.imports.value.filter(
    ({ type, target, device, failoverNids, current }) =>
      // `a-b-OST0000` belongs to `a-b`, not to `a`
      fsnameOf(target) === fsname ||
      (type === 'mgc' &&
        [device.slice(3), current, ...failoverNids].some((nid) => nid !== undefined && nids.includes(nid))),
  )
}

/** Whether a server can be reached over LNet: over one of its NIDs is enough. */
export function reach({ nids }: NodeView): 'yes' | 'no' | 'unknown' {
  if (nids.some(({ ping }) => ping.seen && ping.value.answers)) return 'yes'
  return nids.every(({ ping }) => ping.seen) ? 'no' : 'unknown'
}

/** The host behind a server's NIDs, when the inventory has it. */
export function hostOf(node: NodeView, mgsHosts: MgsView[]): MgsView | undefined {
  return mgsHosts.find(
    ({ lnet, host }) =>
      node.nids.some(({ nid }) => lnet.seen && lnet.value.up && lnet.value.nids.includes(nid)) ||
      node.nids.some(({ nid }) => host.addresses.includes(nid.slice(0, nid.lastIndexOf('@')))),
  )
}

/** Whether the MGS runs on a server: its own list of devices says so, or this client is connected to it there. */
export function mgsAt(node: NodeView, evidence: Evidence): 'here' | 'not-here' | 'unknown' {
  const host = hostOf(node, evidence.mgsHosts)
  const runs = host && runsMgs(host.devices)
  if (runs !== undefined) return runs ? 'here' : 'not-here'
  const { imports } = evidence.client
  const connected =
    imports.seen &&
    imports.value.some(
      (each) => each.type === 'mgc' && works(each) && node.nids.some(({ nid }) => nid === each.current),
    )
  return connected ? 'here' : 'unknown'
}

import { type Address, formatAddress, sameClient } from '../shared/ceph/address.ts'
import { atLeast } from '../shared/ceph/release.ts'
import { sessionsOf } from '../shared/ceph/sessions.ts'
import type { Watcher } from '../shared/ceph/watchers.ts'
import type { Connection } from '../shared/linux/sockets.ts'
import { code } from '../shared/text.ts'
import type { Evidence, HostView } from './evidence.ts'
import { pidsOfNonce } from './host.ts'

/**
 * Whether a client lives. `gone` is said only with proof: its host was looked at, nothing there is or could be it,
 * and nothing renews its watch. Whatever could not be seen makes it `unknown`.
 */
export type Life = {
  state: 'alive' | 'gone' | 'unknown'
  /** why, in short clauses: "no rbd mapping there" */
  because: string[]
  /** name of the host behind the address, when the inventory knows it */
  host: string | undefined
  /** ids of the probes it rests on */
  evidence: string[]
}

/** An OSD drops the watch of a dead client after this (osd_client_watch_timeout), unless it says otherwise. */
export const WATCH_TIMEOUT_S = 30

// they talk to OSDs all the time and watch no image
const DAEMONS = ['ceph-osd', 'ceph-mon', 'ceph-mgr', 'ceph-mds']

export function lifeOf(watcher: Watcher, evidence: Evidence): Life {
  const view = evidence.hosts.get(watcher.address.ip)
  const host = view?.host.name
  const rests: string[] = []
  const because: string[] = []
  const say = (state: Life['state'], ...why: string[]): Life => ({
    state,
    because: [...because, ...why],
    host,
    evidence: rests,
  })

  const mirror = evidence.mirror
  if (mirror?.seen && mirror.value.daemon?.client === watcher.client) {
    rests.push('mirror')
    return say(
      'alive',
      `it is the rbd-mirror daemon${mirror.value.daemon.host === undefined ? '' : ` on ${code(mirror.value.daemon.host)}`}`,
    )
  }
  const mapping = view?.krbd.seen
    ? view.krbd.value.find(
        (each) => each.client === watcher.client || each.address === formatAddress(watcher.address),
      )
    : undefined
  if (mapping) {
    rests.push(`krbd@${host}`)
    return say('alive', `${code(host!)} has it mapped as ${code(`/dev/rbd${mapping.device}`)}`)
  }
  const { sessions } = evidence
  const inSession = sessions?.seen ? sessionsOf(sessions.value, watcher.address).length > 0 : undefined
  if (inSession !== undefined && sessions?.seen) rests.push(sessions.observation.probe)
  if (inSession === true) return say('alive', 'it keeps a session with a monitor')
  if (inSession === false) because.push('no monitor has a session of it')

  if (!view) return say('unknown', `no host of the inventory has the address ${code(watcher.address.ip)}`)
  rests.push(...['krbd', 'sockets', 'processes'].map((name) => `${name}@${host}`), 'osd-dump')
  for (const [what, reading] of [
    ['rbd mappings', view.krbd],
    ['connections', view.sockets],
    ['processes', view.processes],
    ['OSD addresses', evidence.dump],
  ] as const) {
    if (!reading.seen)
      return say('unknown', `the ${what} of host ${code(host!)} could not be seen (${reading.why})`)
  }
  because.push(`no rbd mapping of it on ${code(host!)}`)
  return judgeHost(watcher, evidence, view, inSession === false, say)
}

type Say = (state: Life['state'], ...why: string[]) => Life

/** What is left when neither a mapping nor a session speaks for it: is there anything on the host that could be it? */
function judgeHost(watcher: Watcher, evidence: Evidence, view: HostView, noSession: boolean, say: Say): Life {
  const name = code(view.host.name)
  const talkers = clientsOfOsds(evidence, view)
  const old = view.clientRelease.seen && !atLeast(view.clientRelease.value, 'jewel')
  const pids = old ? pidsOfNonce(watcher.address.nonce) : []
  const own = talkers.processes.find(({ pid }) => pids.includes(pid))
  if (own)
    return say(
      'alive',
      `process ${own.pid} (${code(own.command)}) on ${name} made this address and talks to the OSDs`,
    )
  const possible = talkers.processes.filter((process) => !(noSession && process.talksToMonitor) && !old)
  if (possible.length > 0) {
    const first = possible[0]!
    const more = possible.length > 1 ? ` and ${possible.length - 1} more` : ''
    return say(
      'unknown',
      `process ${first.pid} (${code(first.command)})${more} on ${name} talks to the OSDs and may be it`,
    )
  }
  if (talkers.kernel && !noSession)
    return say('unknown', `the kernel of ${name} talks to the OSDs (CephFS, or processes hidden from us)`)
  const other = noSession ? undefined : mayHideOthers(view)
  if (other !== undefined) return say('unknown', other)
  const renewed = renewal(watcher, evidence)
  const nothing = old
    ? `no process with its number (${pids[0] ?? '–'}) on ${name}`
    : `no process on ${name} that could be it`
  return renewed === undefined
    ? say('gone', nothing, ...lasting(watcher, evidence))
    : say('unknown', nothing, renewed)
}

type Talker = { pid: string; command: string; talksToMonitor: boolean }

/** Processes on the host with a connection to an OSD, daemons left out; `kernel`: connections that no process owns and no mapping explains. */
function clientsOfOsds(evidence: Evidence, view: HostView): { processes: Talker[]; kernel: boolean } {
  if (!view.sockets.seen || !view.processes.seen || !view.krbd.seen || !evidence.dump.seen)
    throw new Error('judged before it was seen')
  const osds = new Set(evidence.dump.value.up.flatMap((osd) => osd.public).map(endpoint))
  const monitors = new Set(evidence.monitors.seen ? evidence.monitors.value.map(endpoint) : [])
  const sockets = view.sockets.value
  const toOsds = sockets.filter(({ peer, state }) => osds.has(peer) && state.startsWith('ESTAB'))
  const owners = new Map(
    toOsds
      .flatMap(({ processes }) => processes)
      .filter((owner) => !DAEMONS.includes(owner.name))
      .map((owner) => [owner.pid, owner.name]),
  )
  const reaches = (pid: string, peers: Set<string>) =>
    sockets.some(
      (each: Connection) => peers.has(each.peer) && each.processes.some((owner) => owner.pid === pid),
    )
  const commands = new Map(view.processes.value.map(({ pid, command }) => [pid, command]))
  return {
    processes: [...owners].map(([pid, name]) => ({
      pid,
      command: commands.get(pid) ?? name,
      talksToMonitor: reaches(pid, monitors),
    })),
    kernel: toOsds.some(({ processes }) => processes.length === 0) && view.krbd.value.length === 0,
  }
}

/** Containers and machines behind this host have its address, but not its processes. */
function mayHideOthers({ host, namespaces, forwarding }: HostView): string | undefined {
  if (!namespaces.seen)
    return `whether containers run on ${code(host.name)} could not be seen (${namespaces.why})`
  if (namespaces.value > 1)
    return `${code(host.name)} has ${namespaces.value} network namespaces; a container may be behind the address`
  if (!forwarding.seen)
    return `whether ${code(host.name)} forwards for others could not be seen (${forwarding.why})`
  return forwarding.value
    ? `${code(host.name)} forwards packets; another machine may be behind the address`
    : undefined
}

/**
 * Says so when the watch outlived the time after which an OSD drops a dead client's: then someone renews it.
 * Not up to Giant, which is known to keep watches of dead clients after a long down+peering.
 */
function renewal(watcher: Watcher, evidence: Evidence): string | undefined {
  const { first, second, clusterRelease } = evidence
  if (!first.seen || !second?.seen || !clusterRelease.seen || !atLeast(clusterRelease.value, 'hammer'))
    return undefined
  const apartS = Math.round((second.at - first.at) / 1000)
  const timeoutS = timeoutOf(watcher, evidence)
  return apartS > timeoutS
    ? `but its watch is still there after ${apartS} s, though OSDs drop a dead client's after ${timeoutS} s: something renews it`
    : undefined
}

function lasting(watcher: Watcher, { first, second }: Evidence): string[] {
  if (!first.seen || !second?.seen || !second.value.some((each) => sameWatch(each, watcher))) return []
  return [`its watch is still there after ${Math.round((second.at - first.at) / 1000)} s`]
}

/** How long the OSD keeps this client's watch without hearing of it, seconds. */
export function timeoutOf(watcher: Watcher, { held }: Pick<Evidence, 'held'>): number {
  const watches = (held ?? []).flatMap((each) => (each.watches.seen ? each.watches.value : []))
  return watches.find((watch) => sameWatch(watch, watcher))?.timeoutS ?? WATCH_TIMEOUT_S
}

export function sameWatch(a: Watcher, b: Watcher): boolean {
  return a.client === b.client && a.cookie === b.cookie && sameClient(a.address, b.address)
}

function endpoint({ ip, port }: Address): string {
  return `${ip.includes(':') ? `[${ip}]` : ip}:${port}`
}

import type { Address } from '../shared/ceph/address.ts'
import type { Process } from '../shared/linux/processes.ts'
import type { Connection } from '../shared/linux/sockets.ts'

/** A process that has a connection to an OSD and is no daemon of the cluster. */
export type Talker = {
  pid: string
  command: string
  /** whenever it had one to an OSD, with every Ceph client that it may hold */
  talksToMonitor: boolean
  /** passes on what others send: a guest's or a tunnel's connection looks like its own */
  carries: boolean
}

// they talk to OSDs all the time and watch no image (ceph-mgr does: its module rbd_support opens images)
const DAEMONS = ['ceph-osd', 'ceph-mon', 'ceph-mds']
const CARRIERS = /-net(?:dev)?[ =]user|slirp|passt|pasta|socat|proxy|\bsshd?\b|stunnel|vpn/
/** ms_bind_port_min to ms_bind_port_max: an OSD that restarts takes another one of these */
const PORTS = { from: 6800, to: 7568 }

/** What one host shows of who talks. */
export type Shown = {
  /** every list of its connections, the earliest first */
  lists: Connection[][]
  processes: Process[]
  /** its processes after the last list; undefined: not asked again */
  left: Process[] | undefined
}

/**
 * Who on the host talks to OSDs. `kernel`: a living connection that no process owns (or none that we may see).
 *
 * One list may show what is not so. ss asks who owns what before it lists the connections (iproute2's misc/ss.c,
 * user_ent_hash_build): a process that connects in between has a connection without an owner; and one that is just ending
 * may have left the monitors before the OSDs. Of 4,677 lists of a host where Ceph's own tools came and went, 363 showed the
 * one and 15 the other. So it is the kernel's only if every list has one without an owner, and who has ended meanwhile is no
 * talker. A process may hold several clients (a guest with several disks), each with one connection to an OSD and one to a
 * monitor: with fewer to monitors than to one OSD, one of them has no session.
 */
export function talkersOf(
  { osds, monitors }: { osds: Address[]; monitors: Address[] },
  { lists, processes, left }: Shown,
): { processes: Talker[]; kernel: boolean } {
  const monitorEndpoints = new Set(monitors.map(endpoint))
  const looks = lists.map((list) => ({
    toOsds: list.filter(({ peer }) => isOsd(peer, osds)),
    toMonitors: list.filter(({ peer, state }) => monitorEndpoints.has(peer) && state === 'ESTAB'),
  }))
  const owners = new Map(
    looks
      .flatMap(({ toOsds }) => toOsds)
      .flatMap((connection) => connection.processes)
      .filter(({ name, pid }) => !DAEMONS.includes(name) && hasNotEnded(pid))
      .map(({ pid, name }) => [pid, name]),
  )
  const commands = new Map([...processes, ...(left ?? [])].map(({ pid, command }) => [pid, command]))
  return {
    processes: [...owners].map(([pid, name]) => ({
      pid,
      command: commands.get(pid) ?? name,
      talksToMonitor: looks.every(
        ({ toOsds, toMonitors }) => clientsIn(ownedBy(pid, toOsds)) <= ownedBy(pid, toMonitors).length,
      ),
      carries: CARRIERS.test(commands.get(pid) ?? name),
    })),
    kernel: looks.every(({ toOsds }) => toOsds.some(isOwnerless)),
  }

  function hasNotEnded(pid: string): boolean {
    return left === undefined || left.some((each) => each.pid === pid && !each.state.startsWith('Z'))
  }
}

function ownedBy(pid: string, connections: Connection[]): Connection[] {
  return connections.filter(({ processes }) => processes.some((owner) => owner.pid === pid))
}

/** How many Ceph clients these connections of one process show at least: as many as go to one OSD. */
function clientsIn(toOsds: Connection[]): number {
  return Math.max(0, ...toOsds.map(({ peer }) => toOsds.filter((each) => each.peer === peer).length))
}

/** One that is only being closed has no owner any more. */
function isOwnerless({ processes, state }: Connection): boolean {
  return processes.length === 0 && !/^(?:FIN-WAIT|LAST-ACK|CLOSING|TIME-WAIT)/.test(state)
}

function isOsd(peer: string, osds: Address[]): boolean {
  const port = Number(peer.slice(peer.lastIndexOf(':') + 1))
  const perhapsRestarted = port >= PORTS.from && port <= PORTS.to
  return osds.some((osd) => {
    if (endpoint(osd) === peer) return true
    // on loopback other clusters have the same address
    const shared = osd.ip.startsWith('127.') || osd.ip === '::1'
    return perhapsRestarted && !shared && endpoint({ ...osd, port }) === peer
  })
}

function endpoint({ ip, port }: Pick<Address, 'ip' | 'port'>): string {
  return `${ip.includes(':') ? `[${ip}]` : ip}:${port}`
}

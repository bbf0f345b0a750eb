import type { Address } from '../shared/ceph/address.ts'
import type { Evidence } from './evidence.ts'
import type { HostView } from './host-view.ts'

/** A process that has a connection to an OSD and is no daemon of the cluster. */
export type Talker = {
  pid: string
  command: string
  talksToMonitor: boolean
  /** passes on what others send: a guest's or a tunnel's connection looks like its own */
  carries: boolean
}

// they talk to OSDs all the time and watch no image (ceph-mgr does: its module rbd_support opens images)
const DAEMONS = ['ceph-osd', 'ceph-mon', 'ceph-mds']
const CARRIERS = /-net(?:dev)?[ =]user|slirp|passt|pasta|socat|proxy|\bsshd?\b|stunnel|vpn/
/** ms_bind_port_min to ms_bind_port_max: an OSD that restarts takes another one of these */
const PORTS = { from: 6800, to: 7568 }

/** Who on the host talks to OSDs. `kernel`: a living connection that no process owns (or none that we may see). */
export function talkersOf(
  { dump, monitors }: Evidence,
  view: HostView,
): { processes: Talker[]; kernel: boolean } {
  if (!view.sockets.seen || !view.processes.seen || !dump.seen) throw new Error('judged before it was seen')
  const osds = dump.value.up.flatMap((osd) => osd.public)
  const monitorEndpoints = new Set(
    (monitors.seen ? monitors.value : []).flatMap((each) => each.addresses).map(endpoint),
  )
  const sockets = view.sockets.value
  const toOsds = sockets.filter(({ peer }) => isOsd(peer, osds))
  const owners = new Map(
    toOsds
      .flatMap(({ processes }) => processes)
      .filter(({ name }) => !DAEMONS.includes(name))
      .map(({ pid, name }) => [pid, name]),
  )
  const commands = new Map(view.processes.value.map(({ pid, command }) => [pid, command]))
  return {
    processes: [...owners].map(([pid, name]) => ({
      pid,
      command: commands.get(pid) ?? name,
      talksToMonitor: sockets.some(
        ({ peer, state, processes }) =>
          monitorEndpoints.has(peer) && state === 'ESTAB' && processes.some((owner) => owner.pid === pid),
      ),
      carries: CARRIERS.test(commands.get(pid) ?? name),
    })),
    // a connection that is only being closed has no owner any more
    kernel: toOsds.some(
      ({ processes, state }) =>
        processes.length === 0 && !/^(?:FIN-WAIT|LAST-ACK|CLOSING|TIME-WAIT)/.test(state),
    ),
  }
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

import type { MappedOsd } from '../shared/ceph/osd-map.ts'
import type { Listener } from '../shared/linux/listeners.ts'
import type { Reading } from '../shared/probe.ts'
import type { OsdProcess } from './process.ts'

/** An OSD of the map, and the process and sockets of its host that may be its own. */
export type Match = { osd: MappedOsd; process: Reading<OsdProcess>; listeners: Reading<Listener[]> }

/** Whether the process is this cluster's OSD and no namesake: the map has its pid, or it listens on an address of the map. */
export function isCertain(match: Match): boolean {
  return match.process.seen && (match.process.value.sure || socketsOf(match) !== undefined)
}

/**
 * Whether the process is seen to listen, and on no address of the map: a namesake of another cluster, or an OSD that the map
 * does not show yet. One without any socket may be this OSD, deaf or in a network namespace of its own, and a socket
 * without an owner may be anybody's.
 */
export function isElsewhere({ osd, process, listeners }: Match): boolean {
  if (!process.seen || process.value.sure || !listeners.seen) return false
  const { pid } = process.value
  const mapped = listeners.value.filter((each) => osd.addresses.some(({ at }) => isAt(each, at)))
  const own = listeners.value.some(({ pids }) => pids.includes(pid))
  return own && !mapped.some(({ pids }) => pids.length === 0 || pids.includes(pid))
}

/** Sockets of its process, as far as it is certain that this process is the OSD; undefined: not certain, or not seen. */
export function socketsOf({ osd, process, listeners }: Match): Listener[] | undefined {
  if (!process.seen || !listeners.seen) return undefined
  const own = listeners.value.filter(({ pids }) => pids.length === 0 || pids.includes(process.value.pid))
  const known = own.some(
    ({ ip, port, pids }) => pids.length > 0 && osd.addresses.some(({ at }) => isAt({ ip, port }, at)),
  )
  return process.value.sure || known ? own : undefined
}

export function isAt({ ip, port }: Pick<Listener, 'ip' | 'port'>, at: { ip: string; port: number }): boolean {
  return port === at.port && (ip === undefined || ip === at.ip)
}

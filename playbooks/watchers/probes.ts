import { orOtherAdmins } from '../shared/ceph/admin-host.ts'
import { readBlocklist } from '../shared/ceph/blocklist.ts'
import { KRBD_ARGV, parseKrbd } from '../shared/ceph/krbd.ts'
import { readLocks } from '../shared/ceph/locks.ts'
import { readMonitors } from '../shared/ceph/mon-dump.ts'
import { readOsdDump } from '../shared/ceph/osd-dump.ts'
import { readImageName } from '../shared/ceph/rbd-directory.ts'
import { readImageInfo, readMirrorStatus } from '../shared/ceph/rbd-info.ts'
import { type Release, readRelease, readReleases } from '../shared/ceph/release.ts'
import { readSessions } from '../shared/ceph/sessions.ts'
import { readDumpWatchers, readListwatchers, readRbdStatus } from '../shared/ceph/watchers.ts'
import type { Host, Inventory } from '../shared/inventory.ts'
import {
  FORWARDING_ARGV,
  NAMESPACES_ARGV,
  parseForwarding,
  parseNamespaces,
} from '../shared/linux/network.ts'
import { PROCESSES_ARGV, parseProcesses } from '../shared/linux/processes.ts'
import { parseSockets, SOCKETS_ARGV } from '../shared/linux/sockets.ts'
import type { Output, Probe } from '../shared/probe.ts'
import { ADDRESSES_ARGV, PID_NAMESPACES_ARGV, parseAddressesOfHost, parsePidNamespaces } from './host.ts'
import { readOsdVersions } from './osd-versions.ts'

/** An image, or what stands for one: its pool, its namespace, its name. */
export type Image = { pool: string; namespace: string | undefined; name: string }
/** The object that is watched. */
export type Header = { pool: string; namespace: string | undefined; object: string }

// Ceph's tools wait 300 s for a monitor and for ever for an OSD; these bound both (tried on 16.2: 5.1 s)
const CEPH_LIMITS = ['--connect-timeout', '5']
const RADOS_LIMITS = ['--client_mount_timeout=5', '--rados-osd-op-timeout=5']
const LIMIT_MS = 12_000
const HOST_LIMIT_MS = 5_000
// the OSD map of a few thousand OSDs
const BIG = 32 * 2 ** 20

/** The probes of one cluster, run on one of its ceph-admin hosts. */
export function cephProbes(inventory: Inventory, host: Host) {
  const who = [
    ...(inventory.ceph?.conf === undefined ? [] : ['-c', inventory.ceph.conf]),
    ...(inventory.ceph?.user === undefined ? [] : ['--id', inventory.ceph.user]),
  ]
  const base = { host: host.name, ...orOtherAdmins(inventory, host), limitMs: LIMIT_MS, touches: 'ceph' }
  const ceph = (...words: string[]) => ['ceph', ...who, ...CEPH_LIMITS, ...words] as const
  const inPool = (tool: 'rados' | 'rbd', { pool, namespace }: Pick<Header, 'pool' | 'namespace'>) =>
    [
      tool,
      ...who,
      ...RADOS_LIMITS,
      '-p',
      pool,
      ...(namespace === undefined ? [] : [tool === 'rados' ? '-N' : '--namespace', namespace]),
    ] as const
  const image = (of: Image, ...words: string[]) =>
    ['rbd', ...who, ...RADOS_LIMITS, ...words, specOf(of)] as const
  const probe = <T>(
    id: string,
    looking: string,
    argv: readonly string[],
    parse: (output: Output) => T,
  ): Probe<T> => ({
    ...base,
    id,
    looking,
    argv: argv as readonly [string, ...string[]],
    parse,
  })

  return {
    argv: { ceph },
    release: () => probe('release', 'release', ['ceph', '--version'], readRelease),
    releases: () => probe('releases', 'release', ceph('versions', '-f', 'json'), readReleases),
    /** before Luminous, where `versions` is not known */
    osdVersions: () =>
      probe('osd-versions', 'releases of the OSDs', ceph('tell', 'osd.*', 'version'), readOsdVersions),
    osdDump: () => ({
      ...probe('osd-dump', 'OSD map', ceph('osd', 'dump', '-f', 'json'), readOsdDump),
      maxBytes: BIG,
    }),
    monitors: () => probe('monitors', 'monitors', ceph('mon', 'dump', '-f', 'json'), readMonitors),
    blocklist: ({ words }: Pick<Release, 'words'>) =>
      probe('blocklist', 'blocklist', ceph('osd', words, 'ls', '-f', 'json'), readBlocklist),
    sessions: (look: 1 | 2) => ({
      ...probe(
        `sessions-${look}`,
        'clients of the monitors',
        ceph('tell', 'mon.*', 'sessions'),
        readSessions,
      ),
      maxBytes: BIG,
    }),
    /** the pool is in the id only while the header is being searched in several */
    watchers: (look: 1 | 2, header: Header, searching = false) =>
      probe(
        `watchers-${look}${searching ? `@${header.pool}` : ''}`,
        'watchers',
        [...inPool('rados', header), 'listwatchers', header.object],
        readListwatchers,
      ),
    imageName: (header: Header, id: string) =>
      probe(
        'image-name',
        'image name',
        [...inPool('rados', header), 'getomapval', 'rbd_directory', `id_${id}`],
        readImageName,
      ),
    info: (of: Image) => probe('info', 'image', image(of, 'info', '--format', 'json'), readImageInfo),
    status: (of: Image) =>
      probe('status', 'image status', image(of, 'status', '--format', 'json'), readRbdStatus),
    locks: (of: Image) => probe('locks', 'locks', image(of, 'lock', 'ls', '--format', 'json'), readLocks),
    mirror: (of: Image) =>
      probe(
        'mirror',
        'mirroring',
        image(of, 'mirror', 'image', 'status', '--format', 'json'),
        readMirrorStatus,
      ),
    heldBy: (osd: string) =>
      probe(
        `held-${osd}`,
        `watches of osd.${osd}`,
        ceph('tell', `osd.${osd}`, 'dump_watchers', '-f', 'json'),
        readDumpWatchers,
      ),
  }
}

/** The probes of one host behind a client's address. Before Nautilus, OSDs answer only on their own host. */
export function hostProbes({ name: host }: Host) {
  const probe = <T>(id: string, argv: readonly string[], parse: (output: Output) => T): Probe<T> => ({
    id: `${id}@${host}`,
    host,
    argv: argv as readonly [string, ...string[]],
    limitMs: HOST_LIMIT_MS,
    touches: `host:${id}`,
    looking: `host ${host}`,
    parse,
  })
  return {
    krbd: () => probe('krbd', KRBD_ARGV, parseKrbd),
    sockets: () => probe('sockets', SOCKETS_ARGV, parseSockets),
    processes: () => probe('processes', PROCESSES_ARGV, parseProcesses),
    socketsAgain: () => probe('sockets-again', SOCKETS_ARGV, parseSockets),
    processesAgain: () => probe('processes-again', PROCESSES_ARGV, parseProcesses),
    namespaces: () => probe('namespaces', NAMESPACES_ARGV, parseNamespaces),
    forwarding: () => probe('forwarding', FORWARDING_ARGV, parseForwarding),
    pidNamespaces: () => probe('pid-namespaces', PID_NAMESPACES_ARGV, parsePidNamespaces),
    addresses: () => probe('addresses', ADDRESSES_ARGV, parseAddressesOfHost),
    clientRelease: () => probe('client-release', ['ceph', '--version'], readRelease),
    heldBy: (osd: string) => ({
      ...probe(`held-${osd}`, ['ceph', 'daemon', `osd.${osd}`, 'dump_watchers'], readDumpWatchers),
      id: `held-${osd}`,
    }),
  }
}

/** `pool/image` or `pool/namespace/image`, as the rbd tool takes it. */
export function specOf({ pool, namespace, name }: Image): string {
  return namespace === undefined ? `${pool}/${name}` : `${pool}/${namespace}/${name}`
}

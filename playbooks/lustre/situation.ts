import type { Finding } from '../shared/finding.ts'
import type { LustreArgs } from './args.ts'
import {
  type Evidence,
  FIRST_OF_LOG,
  hostOf,
  importsOf,
  type MgsView,
  mgsAt,
  type NodeView,
  reach,
  runsMgs,
} from './evidence.ts'
import { type Import, works } from './imports.ts'
import { type LustreMount, lustreMounts } from './mounts.ts'
import { fileSystemsIn, type Story, storyOf } from './story.ts'

export type Draft = Omit<Finding, 'playbook'>

/** One server of the mount's list, judged. */
export type Server = {
  node: NodeView
  /** its NIDs in one word, `10.1.0.202@o2ib` or `a,b` */
  name: string
  hostName: string | undefined
  reached: 'yes' | 'no' | 'unknown'
  mgs: 'here' | 'not-here' | 'unknown'
}

/** All that the findings rest on, about one file system on one client. */
export type Situation = {
  fsname: string
  client: string
  now: number
  /** a pasted text: when it ends. What is recent is told from there, and what came after it is not known */
  endsAt?: number
  evidence: Evidence
  /** undefined: the log could not be read */
  story: Story | undefined
  /** undefined: not seen whether it is mounted */
  mounted: LustreMount[] | undefined
  written: LustreMount | undefined
  /** connections of this file system and to its MGS; undefined: not seen */
  imports: Import[] | undefined
  servers: Server[]
  /** file systems that the MGS has a configuration for; undefined: nobody could be asked */
  atMgs: string[] | undefined
  /** other file systems known on this client */
  others: string[]
}

/** After this, what a log says about a failed mount is history: it was so, and may be otherwise by now. */
export const FRESH_MS = 3_600_000
/** An eviction or a lost connection older than this is not worth a word while all is well. */
export const RECENT_MS = 24 * 3_600_000

export function situationOf(args: LustreArgs, evidence: Evidence, now: number): Situation {
  const { client, mgsHosts, nodes } = evidence
  const { fsname } = args
  const log = client.log.seen ? client.log.value.log : undefined
  const mounts = client.mounts.seen ? lustreMounts(client.mounts.value) : undefined
  const fstab = client.fstab.seen ? client.fstab.value : []
  const served = askedMgs(evidence).flatMap(({ fileSystems }) =>
    fileSystems?.seen ? [fileSystems.value] : [],
  )
  const names = [
    ...(mounts ?? []).map(({ spec }) => spec.fsname),
    ...fstab.map(({ spec }) => spec.fsname),
    ...(log ? fileSystemsIn(log) : []),
  ]
  return {
    fsname,
    client: client.host.name,
    now,
    evidence,
    story: log && storyOf(log, fsname),
    mounted: mounts?.filter(({ spec }) => spec.fsname === fsname),
    written: fstab.find(({ spec }) => spec.fsname === fsname),
    imports: client.imports.seen ? importsOf(client, fsname, nodes) : undefined,
    servers: nodes.map((node) => ({
      node,
      name: node.nids.map(({ nid }) => nid).join(','),
      hostName: hostOf(node, mgsHosts)?.host.name,
      reached: reach(node),
      mgs: mgsAt(node, evidence),
    })),
    atMgs: served.length === 0 ? undefined : [...new Set(served.flat())],
    others: [...new Set(names)].filter((name) => name !== fsname),
  }
}

/** The hosts whose MGS this mount asks: an inventory may have those of other Lustre systems, which know other names. */
export function askedMgs({ nodes, mgsHosts }: Evidence): MgsView[] {
  const named = nodes.filter((node) => node.named)
  const own = named.flatMap((node) => hostOf(node, mgsHosts) ?? [])
  return named.length === 0 ? mgsHosts : [...new Set(own)]
}

/** Only the first server of the mount's list is known, so that what is true of it need not be true of the others. */
export const knowsFirstOnly = ({ evidence }: Pick<Situation, 'evidence'>) => evidence.namedBy === FIRST_OF_LOG

/** The servers of the mount's own list; those that are only in the inventory when nobody names any. */
export function ownServers({ servers }: Situation): Server[] {
  const named = servers.filter(({ node }) => node.named)
  return named.length > 0 ? named : servers
}

/** Where the MGS runs, in the mount's list or elsewhere. */
export function mgsServer({ servers }: Situation): Server | undefined {
  return servers.find(({ mgs }) => mgs === 'here')
}

/** Whether it was looked for on every host that may run it, and is on none. */
export function mgsNowhere({ servers, evidence }: Situation): boolean {
  return (
    evidence.mgsHosts.length > 0 &&
    evidence.mgsHosts.every(({ devices }) => runsMgs(devices) === false) &&
    servers.every(({ mgs }) => mgs === 'not-here')
  )
}

/**
 * Whether the file system is in use: mounted by the list of mounts, or with working connections, which only a mount makes:
 * one in a container's namespace, or one that was unmounted lazily, is in no list that we see.
 */
export function inUse({ mounted, imports }: Situation): 'yes' | 'no' | 'unknown' {
  if (mounted && mounted.length > 0) return 'yes'
  if (imports?.some((each) => each.type !== 'mgc' && works(each))) return 'yes'
  return mounted ? 'no' : 'unknown'
}

export function isFresh(at: number | undefined, now: number): boolean {
  return at !== undefined && now - at <= FRESH_MS
}

export function isRecent(at: number | undefined, now: number): boolean {
  return at === undefined || now - at <= RECENT_MS
}

/** Id of the probe whose output is the client's log. */
export function logProbe({ evidence }: Pick<Situation, 'evidence'>): string[] {
  const { observation } = evidence.client.log
  return observation ? [observation.probe] : []
}

export function pingProbes({ node }: Server): string[] {
  return node.nids.flatMap(({ ping }) => (ping.observation ? [ping.observation.probe] : []))
}

/** Id of the probe whose output is the client's connections. */
export function importProbe({ evidence }: Situation): string[] {
  const { observation } = evidence.client.imports
  return observation ? [observation.probe] : []
}

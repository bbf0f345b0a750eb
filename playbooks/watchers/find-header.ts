import type { OsdDump } from '../shared/ceph/osd-dump.ts'
import type { Watcher } from '../shared/ceph/watchers.ts'
import type { Look } from '../shared/look.ts'
import type { Probe, Reading } from '../shared/probe.ts'
import type { WatchersArgs } from './args.ts'
import type { cephProbes, Header, Image } from './probes.ts'

type CephProbes = ReturnType<typeof cephProbes>
type Try = { pool: string; watchers: Reading<Watcher[]> }

/** What the target led to. */
export type Found = {
  /** undefined: not found (yet), or only `rbd status` tells who watches */
  header: Header | undefined
  image: Image | undefined
  /** the first look, or why there is none */
  first: Reading<Watcher[]>
  /** probe of the first look, which the second one waits for */
  firstProbe: string
  /** pools in which the header was looked for */
  searched: Try[]
  /** pools that may hold it, too, and were not looked at */
  notSearched: string[]
  /** the name that the pool's directory has for the header; undefined: not asked */
  name: Reading<string> | undefined
}

const POOLS_SEARCHED = 24
const nothing = {
  header: undefined,
  image: undefined,
  firstProbe: '',
  searched: [],
  notSearched: [],
  name: undefined,
}

/** From the target to the header object, its watchers and its image; in every pool for RBD when none is named. */
export function findHeader(args: WatchersArgs, look: Look, ceph: CephProbes, dump: Reading<OsdDump>): Found {
  const { target } = args
  if (target.kind !== 'image') return findObject(args, look, ceph, dump, target.object)
  const image: Image = { pool: target.pool, namespace: target.namespace, name: target.image }
  const info = look.ask(ceph.info(image))
  if (info.seen) {
    const header: Header = { pool: image.pool, namespace: image.namespace, object: info.value.header }
    const probe = ceph.watchers(1, header)
    return { ...nothing, header, image, first: look.ask(probe), firstProbe: probe.id }
  }
  if (info.code === 'pending' || info.code === 'absent') return { ...nothing, image, first: info }
  // an image that cannot be described may still say who watches it
  const status = look.ask(ceph.status(image))
  const first = status.seen
    ? { ...status, value: status.value.watchers }
    : status.code === 'pending'
      ? status
      : info
  return { ...nothing, image, first }
}

function findObject(
  args: WatchersArgs,
  look: Look,
  ceph: CephProbes,
  dump: Reading<OsdDump>,
  object: string,
): Found {
  const others = otherPools(args, dump)
  const pools = [args.pool ?? 'rbd', ...others.slice(0, POOLS_SEARCHED)]
  const tries = pools.map((pool, at): Try & { probe: Probe<Watcher[]> } => {
    const probe = ceph.watchers(1, { pool, namespace: undefined, object }, at > 0)
    return { pool, probe, watchers: look.ask(probe) }
  })
  const base = {
    ...nothing,
    searched: tries.map(({ pool, watchers }) => ({ pool, watchers })),
    notSearched: others.slice(POOLS_SEARCHED),
  }
  const waiting = args.pool === undefined && !dump.seen && dump.code === 'pending'
  const undecided = tries.find(({ watchers }) => !watchers.seen && watchers.code === 'pending')
  // the first hit is not the answer while another pool may have an object of that name, too
  if (undecided) return { ...base, first: undecided.watchers }
  if (waiting) return { ...base, first: { seen: false, code: 'pending', why: 'the pools are not known yet' } }
  const hits = tries.filter(({ watchers }) => watchers.seen)
  const hit =
    hits[0] ??
    tries.find(({ watchers }) => !watchers.seen && watchers.code !== 'absent') ??
    tries.find(({ watchers }) => !watchers.seen && /no object/.test(watchers.why)) ??
    tries[0]!
  if (hits.length !== 1)
    return {
      ...base,
      first: hits.length === 0 ? hit.watchers : { seen: false, code: 'failed', why: 'several pools have it' },
    }
  const header: Header = { pool: hit.pool, namespace: undefined, object }
  const found = { ...base, header, first: hit.watchers, firstProbe: hit.probe.id }
  const { target } = args
  if (target.kind === 'format-1')
    return { ...found, image: { pool: hit.pool, namespace: undefined, name: target.image } }
  if (target.kind !== 'header') return found
  const name = look.ask(ceph.imageName(header, target.id))
  const image = name.seen ? { pool: hit.pool, namespace: undefined, name: name.value } : undefined
  return { ...found, image, name }
}

/** The other pools that may hold images: all but those that are for something else. */
function otherPools(args: WatchersArgs, dump: Reading<OsdDump>): string[] {
  if (args.pool !== undefined || !dump.seen) return []
  return dump.value.pools
    .filter(({ applications = [] }) => applications.length === 0 || applications.includes('rbd'))
    .map(({ name }) => name)
    .filter((name) => name !== 'rbd' && !name.startsWith('-'))
}

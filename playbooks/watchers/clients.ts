import { type Address, covers, formatAddress } from '../shared/ceph/address.ts'
import type { BlocklistEntry } from '../shared/ceph/blocklist.ts'
import { atLeast } from '../shared/ceph/release.ts'
import type { HeldWatch, Watcher } from '../shared/ceph/watchers.ts'
import { code } from '../shared/text.ts'
import { current, type Evidence, oneOfEach } from './evidence.ts'
import { type Life, lifeOf } from './life.ts'
import { isSlip } from './nonce.ts'
import { sameWatch } from './renewal.ts'

/** One client that watches the header, with what is known about it. Two watches of one client are one client. */
export type Client = {
  watcher: Watcher
  /** `1.1.2.1:0/1193546917` */
  address: string
  /** how many watches it has on this header */
  watches: number
  life: Life
  /** the entry that blocks it */
  blockedBy: BlocklistEntry | undefined
  /** an entry for its host that blocks somebody else, off by a digit perhaps */
  nearMiss: BlocklistEntry | undefined
  /** seen by both looks; false while there was only one */
  lasted: boolean
  holdsLock: boolean
  /** other objects that the same client watches; undefined: not known */
  alsoWatches: string[] | undefined
}

/** The clients as last seen, in the order that Ceph lists them. */
export function clientsOf(evidence: Evidence): Client[] {
  const now = current(evidence)
  if (!now.seen) return []
  return oneOfEach(now.value).map((watcher) => ({
    watcher,
    address: formatAddress(watcher.address),
    watches: now.value.filter(({ client }) => client === watcher.client).length,
    life: lifeOf(watcher, evidence),
    lasted: lasted(watcher, evidence),
    holdsLock: evidence.locks.seen && evidence.locks.value.some((lock) => lock.client === watcher.client),
    alsoWatches: alsoWatches(watcher, now.value, evidence),
    ...blocklistOf(watcher.address, evidence),
  }))
}

function lasted(watcher: Watcher, { first, second }: Evidence): boolean {
  const listed = (watchers: Watcher[]) => watchers.some((each) => sameWatch(each, watcher))
  return first.seen && second?.seen === true && listed(first.value) && listed(second.value)
}

function blocklistOf(
  address: Address,
  { blocklist, release }: Evidence,
): Pick<Client, 'blockedBy' | 'nearMiss'> {
  if (!blocklist.seen) return { blockedBy: undefined, nearMiss: undefined }
  const blockedBy = blocklist.value.find(({ entry }) => covers(entry, address))
  const nonces = release.seen && atLeast(release.value, 'infernalis') ? 'random' : 'of processes'
  const nearMiss = blockedBy
    ? undefined
    : blocklist.value.find(
        ({ entry }) =>
          !('bits' in entry) && entry.ip === address.ip && isSlip(entry.nonce, address.nonce, nonces),
      )
  return { blockedBy, nearMiss }
}

/** Blast radius: what else goes when this address is blocked. Undefined when an OSD could not be asked. */
function alsoWatches(
  { client, address }: Watcher,
  listed: Watcher[],
  { held, header }: Evidence,
): string[] | undefined {
  if (held === undefined || header === undefined || held.some(({ watches }) => !watches.seen))
    return undefined
  const own = held
    .flatMap((each): HeldWatch[] => (each.watches.seen ? each.watches.value : []))
    .filter((each) => each.client === client || formatAddress(each.address) === formatAddress(address))
  const isHeader = (each: HeldWatch) =>
    each.object === header.object && each.namespace === (header.namespace ?? '')
  const others = own.filter((each) => !isHeader(each))
  const names = others.map(({ object, namespace }) => (namespace === '' ? object : `${namespace}/${object}`))
  // OSDs name no pool: more watches of this name than this header has are on another pool's
  const elsewhere = own.filter(isHeader).length > listed.filter((each) => each.client === client).length
  return [...new Set([...names, ...(elsewhere ? [`${header.object} in another pool`] : [])])].sort()
}

/** The evidence line of one client, as people read it. */
export function describe({ address, watcher, watches, life, holdsLock, blockedBy }: Client): string {
  const verdict = {
    alive: 'In use, leave it.',
    gone: 'Left over, proven.',
    unknown: "I can't tell whether it lives.",
  }[life.state]
  const twice = watches > 1 ? `; it has ${watches} watches` : ''
  const lock = holdsLock ? '; it holds the lock on the image' : ''
  const blocked = blockedBy ? `; blocklisted until ${blockedBy.until}` : ''
  return `${code(address)} (client.${watcher.client}): ${life.because.join(', ')}${twice}${lock}${blocked}. ${verdict}`
}

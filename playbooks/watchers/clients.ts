import { type Address, covers, formatAddress } from '../shared/ceph/address.ts'
import type { BlocklistEntry } from '../shared/ceph/blocklist.ts'
import type { HeldWatch, Watcher } from '../shared/ceph/watchers.ts'
import { code } from '../shared/text.ts'
import { current, type Evidence } from './evidence.ts'
import { type Life, lifeOf, sameWatch } from './life.ts'

/** One client that watches the header, with what is known about it. Two watches of one client are one client. */
export type Client = {
  watcher: Watcher
  /** `1.1.2.1:0/1193546917` */
  address: string
  life: Life
  /** the entry that blocks it */
  blockedBy: BlocklistEntry | undefined
  /** an entry for its host that blocks somebody else, off by a digit perhaps */
  nearMiss: BlocklistEntry | undefined
  /** seen by both looks; false while there was only one */
  lasted: boolean
  holdsLock: boolean
  /** other headers that the same address watches; undefined: not known */
  alsoWatches: string[] | undefined
}

/** The clients as last seen, in the order that Ceph lists them. */
export function clientsOf(evidence: Evidence): Client[] {
  const now = current(evidence)
  if (!now.seen) return []
  const firstOfEach = now.value.filter(
    (watcher, at) => now.value.findIndex(({ client }) => client === watcher.client) === at,
  )
  return firstOfEach.map((watcher) => ({
    watcher,
    address: formatAddress(watcher.address),
    life: lifeOf(watcher, evidence),
    lasted: lasted(watcher, evidence),
    holdsLock: evidence.locks.seen && evidence.locks.value.some((lock) => lock.client === watcher.client),
    alsoWatches: alsoWatches(watcher, evidence),
    ...blocklistOf(watcher.address, evidence),
  }))
}

function lasted(watcher: Watcher, { first, second }: Evidence): boolean {
  const listed = (watchers: Watcher[]) => watchers.some((each) => sameWatch(each, watcher))
  return first.seen && second?.seen === true && listed(first.value) && listed(second.value)
}

function blocklistOf(address: Address, { blocklist }: Evidence): Pick<Client, 'blockedBy' | 'nearMiss'> {
  if (!blocklist.seen) return { blockedBy: undefined, nearMiss: undefined }
  const blockedBy = blocklist.value.find(({ entry }) => covers(entry, address))
  const nearMiss = blockedBy
    ? undefined
    : blocklist.value.find(
        ({ entry }) => !('bits' in entry) && entry.ip === address.ip && isSlip(entry.nonce, address.nonce),
      )
  return { blockedBy, nearMiss }
}

/** Whether one nonce looks like the other mistyped: a digit lost, added or changed. Two random ones never do. */
export function isSlip(a: string, b: string): boolean {
  if (a === b || Math.abs(a.length - b.length) > 1) return false
  let start = 0
  while (start < Math.min(a.length, b.length) && a[start] === b[start]) start += 1
  let end = 0
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end += 1
  return Math.max(a.length, b.length) - start - end <= 1
}

/** Blast radius: what else goes when this address is blocked. Undefined when an OSD could not be asked. */
function alsoWatches(watcher: Watcher, { held, header }: Evidence): string[] | undefined {
  if (held === undefined || held.some(({ watches }) => !watches.seen)) return undefined
  const watches = held.flatMap((each): HeldWatch[] => (each.watches.seen ? each.watches.value : []))
  const others = watches.filter(
    (watch) =>
      formatAddress(watch.address) === formatAddress(watcher.address) && watch.object !== header?.object,
  )
  return [...new Set(others.map(({ object }) => object))].sort()
}

/** The evidence line of one client, as people read it. */
export function describe({ address, watcher, life, holdsLock, blockedBy }: Client): string {
  const verdict = {
    alive: 'In use, leave it.',
    gone: 'Left over, proven.',
    unknown: "I can't tell whether it lives.",
  }[life.state]
  const lock = holdsLock ? '; it holds the lock on the image' : ''
  const blocked = blockedBy ? `; blocklisted until ${blockedBy.until}` : ''
  return `${code(address)} (client.${watcher.client}): ${life.because.join(', ')}${lock}${blocked}. ${verdict}`
}

import { type Address, formatAddress, parseAddress, sameClient } from '../shared/ceph/address.ts'
import { answeredOn } from '../shared/ceph/admin-host.ts'
import { type BlocklistEntry, formatEntry, readBlocklistChange } from '../shared/ceph/blocklist.ts'
import type { Watcher } from '../shared/ceph/watchers.ts'
import type { Inventory } from '../shared/inventory.ts'
import { NotSeen } from '../shared/probe.ts'
import type { Act, Verify } from '../shared/remedy.ts'
import { code } from '../shared/text.ts'
import { commandsOf, known } from './commands.ts'
import type { Evidence } from './evidence.ts'
import { cephProbes } from './probes.ts'

/** The two acts, bound to one cluster and one address. Each is believed only by what Ceph says it understood. */
export function acts(address: string, inventory: Inventory, evidence: Evidence) {
  const commands = commandsOf(inventory, evidence)
  const act = (id: 'add' | 'rm', argv: Act['argv'], done: string): Act => ({
    kind: 'act',
    id,
    // what changes something is tried on one host only, the one that just answered
    host: answeredOn(evidence.admin, evidence.release),
    argv,
    limitMs: 15_000,
    touches: 'ceph',
    done,
    undo: id === 'rm',
    check: (output) => {
      const { did, entry } = readBlocklistChange(output)
      // a host-wide reading of an address must stop everything; an entry that is gone already is as good as removed
      if ((did === 'added') !== (id === 'add') || !isExactly(entry, address))
        throw new NotSeen('failed', `Ceph says: ${did} ${code(formatEntry(entry))}`)
    },
  })
  return {
    add: act('add', commands.add(address), `blocked ${code(address)}`),
    rm: act('rm', commands.rm(address), 'block removed'),
  }
}

/** What the blocklist has to say after a step. */
export function listings(address: string, inventory: Inventory, evidence: Evidence) {
  const probe = cephProbes(inventory, evidence.admin).blocklist(known(evidence.release, 'the release'))
  const has = (entries: BlocklistEntry[]) => entries.some(({ entry }) => isExactly(entry, address))
  const listing = (
    id: string,
    unless: (entries: BlocklistEntry[]) => string | undefined,
    done: (entries: BlocklistEntry[]) => string,
  ): Verify<BlocklistEntry[]> => ({
    kind: 'verify',
    id,
    probe: { ...probe, id },
    unless,
    withinMs: 10_000,
    everyMs: 300,
    done,
  })
  const stillListed = (entries: BlocklistEntry[]) =>
    has(entries) ? 'it is still on the blocklist' : undefined
  return {
    listed: listing(
      'listed',
      (entries) => (has(entries) ? undefined : 'it is not on the blocklist'),
      () => 'on the blocklist',
    ),
    absent: listing('absent', stillListed, () => 'not on the blocklist any more'),
    /** our entry is gone and nobody else's; what others added meanwhile is said */
    asBefore: (before: BlocklistEntry[], now: number) =>
      listing(
        'as-before',
        (entries) => stillListed(entries) ?? lost(before, entries, now),
        (entries) => {
          const added = difference(entries, before)
          return added.length === 0
            ? 'the blocklist is as before'
            : `its entry is gone; meanwhile others added ${added.map(code).join(', ')}`
        },
      ),
  }
}

/** What the watchers have to be after a step. */
export function lookings(address: string, inventory: Inventory, evidence: Evidence) {
  const { header } = evidence
  if (!header) throw new NotSeen('absent', 'the header object is not known')
  const probe = cephProbes(inventory, evidence.admin).watchers(1, header)
  const target = parseAddress(address)
  const watching = (
    id: string,
    unless: (watchers: Watcher[]) => string | undefined,
    withinMs: number,
    done: string,
  ): Verify<Watcher[]> => ({
    kind: 'verify',
    id,
    probe: { ...probe, id },
    unless,
    withinMs,
    everyMs: 200,
    done: () => done,
  })
  return {
    watchGone: (withinMs: number) =>
      watching(
        'watch-gone',
        (watchers) =>
          watchers.some((each) => sameClient(each.address, target)) ? 'its watch is still there' : undefined,
        withinMs,
        'its watch is gone',
      ),
    othersStay: (before: Watcher[]) =>
      watching(
        'others-stay',
        (watchers) => missing(before, watchers, target),
        5_000,
        'the other watchers are as before',
      ),
  }
}

export function isExactly(entry: BlocklistEntry['entry'], address: string): boolean {
  return !('bits' in entry) && sameClient(entry, parseAddress(address))
}

function difference(entries: BlocklistEntry[], from: BlocklistEntry[]): string[] {
  const known = new Set(from.map(({ entry }) => formatEntry(entry)))
  return entries.map(({ entry }) => formatEntry(entry)).filter((text) => !known.has(text))
}

/** Entries that should still be there. Those that end about now, or without a time zone to tell, are not missed. */
function lost(before: BlocklistEntry[], after: BlocklistEntry[], now: number): string | undefined {
  const lasting = before.filter(({ untilMs = 0 }) => untilMs > now + 600_000)
  const gone = difference(lasting, after)
  return gone.length === 0 ? undefined : `entries of others are gone: ${gone.map(code).join(', ')}`
}

function missing(before: Watcher[], after: Watcher[], target: Address): string | undefined {
  const gone = before
    .filter(({ address }) => !sameClient(address, target))
    .filter((watcher) => !after.some(({ client }) => client === watcher.client))
  if (gone.length === 0) return undefined
  return `${gone.map(({ address }) => code(formatAddress(address))).join(', ')} watches no more either`
}

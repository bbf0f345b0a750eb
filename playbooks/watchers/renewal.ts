import { sameClient } from '../shared/ceph/address.ts'
import { atLeast } from '../shared/ceph/release.ts'
import type { Watcher } from '../shared/ceph/watchers.ts'
import type { Evidence } from './evidence.ts'

/** An OSD drops the watch of a dead client after this (osd_client_watch_timeout), unless it says otherwise. */
export const WATCH_TIMEOUT_S = 30

/**
 * Whether a watch can be one that nobody renews. `stale`: nothing about its timing speaks against it.
 * Up to Giant, OSDs are known to keep watches of dead clients, so time says nothing. From Hammer on a client renews
 * its watch and the OSD drops those that are not: one that outlived its timeout is renewed by somebody.
 */
export function renewal(
  watcher: Watcher,
  evidence: Evidence,
  noSession: boolean,
): { stale: boolean; why: string[] } {
  const { first, second, intervalMs } = evidence
  const apartMs = first.seen && second?.seen ? second.at - first.at : undefined
  const apart = apartMs === undefined ? '' : `its watch is still there after ${Math.round(apartMs / 1000)} s`
  if (keepsDeadWatches(evidence)) return { stale: true, why: apart === '' ? [] : [apart] }
  const not = (why: string) => ({ stale: false, why: [why] })
  if (apartMs === undefined) return not('one look does not tell whether its watch is renewed')
  if (apartMs < intervalMs - 1000) return not('the clock was set back between the looks; check again')
  const timeoutS = timeoutOf(watcher, evidence)
  if (apartMs > (timeoutS ?? WATCH_TIMEOUT_S) * 1000) {
    return not(
      `${apart}, though OSDs drop a dead client's after ${timeoutS ?? WATCH_TIMEOUT_S} s: something renews it`,
    )
  }
  const soon = `a dead client's watch is dropped after ${timeoutS ?? WATCH_TIMEOUT_S} s: look again then`
  if (timeoutS === undefined || !noSession) return not(soon)
  return { stale: true, why: [`${apart} (an OSD drops it after ${timeoutS} s)`] }
}

/** Every OSD said that it is older than Hammer. */
export function keepsDeadWatches({ osds }: Pick<Evidence, 'osds'>): boolean {
  return osds.seen && osds.value.every((release) => !atLeast(release, 'hammer'))
}

/** Every OSD said that it is Hammer or newer. */
export function dropsDeadWatches({ osds }: Pick<Evidence, 'osds'>): boolean {
  return osds.seen && osds.value.every((release) => atLeast(release, 'hammer'))
}

/** How long the OSD keeps this client's watch without hearing of it, seconds; undefined: the OSD was not asked. */
export function timeoutOf(watcher: Watcher, { held }: Pick<Evidence, 'held'>): number | undefined {
  const watches = (held ?? []).flatMap((each) => (each.watches.seen ? each.watches.value : []))
  return watches.find((watch) => sameWatch(watch, watcher))?.timeoutS
}

/** Until when (ms since the epoch) nobody need have renewed this watch for it to be listed; undefined: for ever. */
export function staleUntil(watcher: Watcher, evidence: Evidence): number | undefined {
  const { first } = evidence
  if (keepsDeadWatches(evidence) || !first.seen) return undefined
  return first.at + (timeoutOf(watcher, evidence) ?? WATCH_TIMEOUT_S) * 1000
}

export function sameWatch(a: Watcher, b: Watcher): boolean {
  return a.client === b.client && a.cookie === b.cookie && sameClient(a.address, b.address)
}

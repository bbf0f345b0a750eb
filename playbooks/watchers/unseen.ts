import { answeredElsewhere } from '../shared/ceph/admin-host.ts'
import type { Unseen } from '../shared/finding.ts'
import type { Reading } from '../shared/probe.ts'
import { code } from '../shared/text.ts'
import type { Client } from './clients.ts'
import { type Evidence, OSDS_ASKED } from './evidence.ts'

type Part = [what: string, reading: Reading<unknown> | undefined]

/** What should have been seen and wasn't; nothing that was only asked to be thorough about a healthy answer. */
export function unseenOf(evidence: Evidence, clients: Client[]): Unseen[] {
  const { release, osds, dump, blocklist, held, sessions = [], second, searched } = evidence
  const parts: Part[] = [
    ['release', release],
    ...(release.seen ? [['releases of the OSDs', osds] satisfies Part] : []),
    ['OSD map', dump],
    ['blocklist', blocklist],
    ...sessions.map((look): Part => ['sessions of the monitors', look]),
    ['second look', second],
    ...imageParts(evidence),
    ...searched.map(
      ({ pool, watchers }): Part => [`pool ${pool}`, isAbsent(watchers) ? undefined : watchers],
    ),
    ...(held ?? []).map(({ osd, watches }): Part => [`what else is watched on osd.${osd}`, watches]),
    ...(evidence.mappers?.asked ?? []).map(({ host, krbd }): Part => [`rbd mappings of ${host.name}`, krbd]),
    ...hostParts(
      evidence,
      clients.some(({ life }) => life.state === 'unknown'),
    ),
  ]
  const gaps = parts.flatMap(([what, reading]): Unseen[] =>
    !reading || reading.seen || reading.code === 'pending'
      ? []
      : [{ what, why: reading.why, ...(reading.observation && { probe: reading.observation.probe }) }],
  )
  const once = gaps.filter(
    ({ what, why }, at) => gaps.findIndex((gap) => gap.what === what && gap.why === why) === at,
  )
  return [...answeredElsewhere(evidence.admin, release), ...once, ...beyond(evidence, clients)]
}

function isAbsent(reading: Reading<unknown>): boolean {
  return !reading.seen && reading.code === 'absent'
}

function imageParts({ image, info, locks, status, mirror, header }: Evidence): Part[] {
  if (!image) return []
  const parts: Part[] = [
    ['locks', locks],
    ['image status', status],
    ['mirroring', mirror],
  ]
  return header ? parts : [['image', info], ...parts]
}

/** Whether others hide behind a host matters only while somebody is in doubt. */
function hostParts({ hosts }: Evidence, doubt: boolean): Part[] {
  return [...hosts.values()].flat().flatMap(({ host, ...view }): Part[] => [
    [`rbd mappings of ${host.name}`, view.krbd],
    [`connections of ${host.name}`, view.sockets],
    [`processes of ${host.name}`, view.processes],
    [`connections of ${host.name}, once more`, view.again?.sockets],
    [`processes of ${host.name}, once more`, view.again?.processes],
    [`addresses of ${host.name}`, view.addresses],
    ...(doubt
      ? ([
          [`network namespaces of ${host.name}`, view.namespaces],
          [`forwarding of ${host.name}`, view.forwarding],
        ] as Part[])
      : []),
  ])
}

/** What nobody tried to look at. */
function beyond(evidence: Evidence, clients: Client[]): Unseen[] {
  const { image, header, name, dump, notSearched, hosts, mappers } = evidence
  const gaps: Unseen[] = []
  if (!image && header) {
    const directory = name && !name.seen && name.code === 'absent'
    const why = directory
      ? `\`rbd_directory\` has no name for it: it may be in the trash (\`rbd trash ls ${header.pool}\`)`
      : 'the name of the image is not known'
    gaps.push({ what: 'locks and status of the image', why })
  }
  if (notSearched.length > 0)
    gaps.push({ what: `${notSearched.length} more pools`, why: 'too many to search; name one with `pool=`' })
  if (mappers && mappers.others > 0)
    gaps.push({
      what: `rbd mappings of ${mappers.others} more hosts`,
      why: 'too many to ask one by one; no lock or blocklist entry points to them',
    })
  if (dump.seen && dump.value.up.length > OSDS_ASKED)
    gaps.push({
      what: 'what else these clients watch',
      why: `${dump.value.up.length} OSDs are too many to ask one by one`,
    })
  const strangers = clients.filter(
    ({ life, watcher }) => life.state === 'unknown' && !hosts.has(watcher.address.ip),
  )
  if (clients.length > 1) {
    for (const ip of new Set(strangers.map(({ watcher }) => watcher.address.ip)))
      gaps.push({ what: `the host behind ${code(ip)}`, why: 'no host of the inventory has this address' })
  }
  return gaps
}

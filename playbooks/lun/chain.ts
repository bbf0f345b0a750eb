import type { Diagnosis } from '../shared/finding.ts'
import { textOfEui } from '../shared/scsi/lun-name.ts'
import { code } from '../shared/text.ts'
import type { LunArgs } from './args.ts'
import { type Evidence, specOf, volumesOf } from './evidence.ts'
import { many } from './words.ts'

/** One step from what people see down to who holds it, and by what identity it was joined to the one before. */
export type Hop = {
  hop: 'datastore' | 'device' | 'target' | 'image' | 'header' | 'watchers'
  /** as it stands in the picture */
  shown: string
  /** the identifier alone */
  name: string
  on: string | undefined
  joinedBy: string
  evidence: string[]
}

export type Chain = {
  hops: Hop[]
  /** where it could not be followed further, and what would; undefined: it was followed to its end */
  breaks: { after: Hop['hop'] | undefined; why: string } | undefined
}

/** Whatever could be joined by an identity. What is only likely is no hop: it is said what would confirm it. */
export function chainOf(args: LunArgs, evidence: Evidence, nested: Diagnosis | undefined): Chain {
  const hops = [...datastoreHop(args, evidence), ...deviceHops(args, evidence)]
  const broken = (why: string): Chain => ({ hops, breaks: { after: hops.at(-1)?.hop, why } })
  if (evidence.names.length === 0 && evidence.exported.length === 0) return broken('its device is not known')
  const { exported } = evidence
  if (exported.length === 0) return broken(noTarget(args, evidence))
  const [first] = exported
  const others = exported.length > 1 ? ` and ${exported.length - 1} more` : ''
  hops.push({
    hop: 'target',
    shown: `${first!.software} ${code(first!.name)} on ${code(first!.host.name)}${others}`,
    name: first!.name,
    on: first!.host.name,
    joinedBy: `${first!.because}${sessionNote(evidence)}`,
    evidence: exported.map(
      ({ host, software }) => `lun-${software === 'SCST' ? 'scst' : 'lio'}@${host.name}`,
    ),
  })
  if (evidence.images.length > 1)
    return broken(
      `there are ${evidence.images.length} images behind it (${evidence.images.map((image) => code(specOf(image))).join(', ')}); look at each`,
    )
  const [image] = evidence.images
  if (!image) return broken(first!.imageBecause)
  const found = exported.find((each) => each.image)!
  hops.push({
    hop: 'image',
    shown: code(specOf(image)),
    name: specOf(image),
    on: found.host.name,
    joinedBy: found.imageBecause,
    evidence: [
      `lun-${found.software === 'LIO' && found.file === undefined ? 'lio' : 'krbd'}@${found.host.name}`,
    ],
  })
  if (!nested) return broken(`who watches it is told by \`check watchers ${specOf(image)}\``)
  const object = textAt(nested.facts.header, 'object')
  if (!nested.looked || object === undefined) return broken(nested.findings[0]!.summary.replace(/\.$/, ''))
  hops.push({
    hop: 'header',
    shown: code(object),
    name: object,
    on: undefined,
    joinedBy: 'the image names its header (`rbd info`)',
    evidence: ['info'],
  })
  const count = Array.isArray(nested.facts.watchers) ? nested.facts.watchers.length : 0
  hops.push({
    hop: 'watchers',
    shown: many(count, 'watcher'),
    name: String(count),
    on: undefined,
    joinedBy: 'listed by `rados listwatchers`',
    evidence: ['watchers-1'],
  })
  return { hops, breaks: undefined }
}

/** The picture: `datastore QA-lun-v7 → eui.… → SCST disk12 on node2 → rbd/vol7 → …`. */
export const picture = ({ hops, breaks }: Chain) =>
  `${hops.map(({ shown }) => shown).join(' → ')}${breaks ? ' → ?' : ''}`

function datastoreHop(args: LunArgs, evidence: Evidence): Hop[] {
  const all = evidence.esxi.flatMap((view) => volumesOf(args, view).map((volume) => ({ view, volume })))
  const names = [...new Set(all.map(({ volume }) => volume.name || volume.uuid))]
  if (names.length === 0) return []
  return [
    {
      hop: 'datastore',
      shown: `datastore${names.length > 1 ? 's' : ''} ${names.slice(0, 3).map(code).join(', ')}${names.length > 3 ? ` and ${names.length - 3} more` : ''}`,
      name: names[0]!,
      on: undefined,
      joinedBy: `listed by ESXi ${[...new Set(all.map(({ view }) => code(view.host.name)))].slice(0, 4).join(', ')}`,
      evidence: all.slice(0, 4).map(({ view }) => `lun-extents@${view.host.name}`),
    },
  ]
}

function deviceHops(args: LunArgs, evidence: Evidence): Hop[] {
  const listed = [...new Set(evidence.esxi.flatMap(({ devices }) => devices.map(({ name }) => name)))]
  const names = listed.length > 0 ? listed : evidence.names
  const [first] = names
  if (first === undefined) return []
  const text = textOfEui(first)
  const seenAt = evidence.esxi.filter(({ devices }) => devices.some(({ device }) => device.seen))
  const isExtent = args.subject.kind === 'datastore'
  return [
    {
      hop: 'device',
      shown: `${code(first)}${names.length > 1 ? ` and ${names.length - 1} more` : ''}`,
      name: first,
      on: undefined,
      joinedBy: `${isExtent ? "it is the datastore's extent" : 'it was asked for'}${text === undefined ? '' : `; its digits are the text ${code(text)}`}`,
      evidence: seenAt.slice(0, 4).map(({ host }) => `lun-device:${first}@${host.name}`),
    },
  ]
}

/** Whether the ESXi host is logged in to the target that has it: a second identity, by IQN. */
function sessionNote({ esxi, targets }: Evidence): string {
  const ways = esxi.flatMap(({ host, devices }) =>
    devices.flatMap(({ paths }) =>
      paths.seen
        ? paths.value.flatMap(({ initiator, target }) =>
            initiator === undefined ? [] : [{ host, initiator, target }],
          )
        : [],
    ),
  )
  for (const { sessions } of targets) {
    if (!sessions.seen) continue
    const found = ways.find(({ initiator, target }) =>
      sessions.value.some(
        (each) => each.initiator === initiator && (target === undefined || each.target === target),
      ),
    )
    if (found) return `; ${code(found.host.name)} is logged in to it as ${code(found.initiator)}`
  }
  return ''
}

function noTarget({ subject }: LunArgs, { targets, elsewhere, names, esxi }: Evidence): string {
  const [other] = elsewhere
  if (other)
    return `${code(other.device.name)} on ${code(other.device.host.name)} has this identity, and ESXi goes another way: through ${code(other.through)}, which does not export it there. SCST makes the identity of a device's name, so another target may have the same`
  const wanted = names[0] ?? (subject.kind === 'target-device' ? subject.name : '')
  const text = textOfEui(wanted)
  const portals = esxi.flatMap(({ devices }) =>
    devices.flatMap(({ paths }) => (paths.seen ? paths.value.flatMap(({ target }) => target ?? []) : [])),
  )
  const where = portals[0] === undefined ? '' : `; ESXi reaches it through ${code(portals[0])}`
  if (targets.length === 0) return `the cluster has no host with the role \`iscsi-target\`${where}`
  const unseen = targets.find(({ scst, lio }) => !isAnswer(scst) || !isAnswer(lio))
  if (unseen) {
    const reading = isAnswer(unseen.scst) ? unseen.lio : unseen.scst
    return `the target ${code(unseen.host.name)} could not be looked at: ${reading.seen ? '' : reading.why}`
  }
  const likely = targets.flatMap(({ host, scst }) =>
    (scst.seen ? scst.value : []).flatMap((device) =>
      text !== undefined && (device.usn === text || device.name === text) ? [{ host, device }] : [],
    ),
  )[0]
  if (likely)
    return `${code(likely.device.name)} on ${code(likely.host.name)} has ${code(text!)} as its serial number, which is no proof; \`sg_inq --page=0x83 DEVICE\` on an initiator confirms it`
  return `no target of this cluster has a device with this identity${where}`
}

const isAnswer = (reading: { seen: true } | { seen: false; code: string }) =>
  reading.seen || reading.code === 'absent'

const textAt = (value: unknown, name: string): string | undefined => {
  const found =
    typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
  return typeof found === 'string' ? found : undefined
}

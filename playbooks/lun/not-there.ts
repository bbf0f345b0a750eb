import type { Diagnosis, Next, Unseen } from '../shared/finding.ts'
import { hostsWith, type Inventory, type Role } from '../shared/inventory.ts'
import { code } from '../shared/text.ts'
import type { LunArgs } from './args.ts'
import { subjectName } from './conclusion.ts'
import { datastoresOf } from './esxi.ts'
import { type Evidence, isNamed, volumesOf } from './evidence.ts'
import { many } from './words.ts'

type Lacking = { code: string; summary: string; details?: string[]; next?: Next[] }

/** Undefined: something of what was asked about was seen. */
export function notThere(args: LunArgs, inventory: Inventory, evidence: Evidence): Lacking | undefined {
  const { subject } = args
  const { esxi, targets, initiators, names, exported } = evidence
  const pending =
    evidence.gaps.length === 0 && esxi.some(({ extents, fileSystems }) => !extents.seen || !fileSystems.seen)
  const elsewhere = wrongPlace(args, inventory)
  if (elsewhere) return elsewhere
  if (subject.kind === 'datastore') return noDatastore(subject.name, evidence, inventory, pending)
  const found =
    exported.length > 0 ||
    initiators.some(({ disk }) => disk) ||
    esxi.some(({ devices }) => devices.some(({ device, first }) => device.seen || first.seen)) ||
    // a datastore lies on it, though the device is gone
    esxi.some((view) => volumesOf(args, view).length > 0)
  if (found) return undefined
  if (subject.kind === 'file' && names.length === 0) {
    const hosts = hostsWith(inventory, 'iscsi-initiator').map(({ name }) => code(name))
    if (initiators.length === 0)
      return {
        code: hosts.length === 0 ? 'no-initiator' : 'which-host',
        summary:
          hosts.length === 0
            ? `${code(subject.path)} is a name on one machine, and cluster ${code(inventory.cluster)} has no host with the role \`iscsi-initiator\`.`
            : `On which host is ${code(subject.path)}? Add \`on=\` and one of ${hosts.join(', ')}.`,
      }
    const seen = initiators.every(({ links }) => links.seen)
    return seen
      ? {
          code: 'no-such-lun',
          summary: `${code(subject.path)} on ${initiators.map(({ host }) => code(host.name)).join(', ')} has no identity that can be followed: no link of /dev/disk/by-id leads to it.`,
        }
      : couldNot(subject.path, evidence)
  }
  if (evidence.gaps.some(({ reading }) => reading.code !== 'absent'))
    return couldNot(subjectName(args, evidence).replaceAll('`', ''), evidence)
  if (esxi.length + targets.length === 0)
    return {
      code: 'no-host',
      summary: `Nobody can look: cluster ${code(inventory.cluster)} has no host with the role \`esxi\` or \`iscsi-target\`.`,
    }
  return {
    code: 'no-such-lun',
    summary: `Neither ESXi nor a target of ${code(inventory.cluster)} knows ${subjectName(args, evidence)}.`,
  }
}

/** A host that nobody can look from: what another one says would be taken for its answer. */
function wrongPlace({ on, subject }: LunArgs, inventory: Inventory): Lacking | undefined {
  // which initiators there are is said with the question on which one it is
  if (on === undefined || subject.kind === 'file') return undefined
  const roles: Role[] = subject.kind === 'datastore' ? ['esxi'] : ['esxi', 'iscsi-initiator', 'iscsi-target']
  const hosts = roles.flatMap((role) => hostsWith(inventory, role))
  if (hosts.length === 0 || hosts.some((host) => isNamed(host, on))) return undefined
  const names = [...new Set(hosts.map(({ name }) => name))]
  return {
    code: 'no-host',
    summary: `Nobody can look from ${code(on)}: no host of cluster ${code(inventory.cluster)} with the role ${roles.map(code).join(' or ')} is called so.`,
    details: [`It has ${names.slice(0, 8).map(code).join(', ')}${names.length > 8 ? ' …' : ''}.`],
  }
}

function noDatastore(
  name: string,
  evidence: Evidence,
  inventory: Inventory,
  pending: boolean,
): Lacking | undefined {
  const { esxi } = evidence
  if (esxi.length === 0)
    return {
      code: 'no-host',
      summary: `Nobody can look: cluster ${code(inventory.cluster)} has no host with the role \`esxi\`.`,
    }
  const all = esxi.map((view) => datastoresOf(name, view))
  const uuids = [...new Set(all.flatMap((each) => each.uuids))]
  const hostsOf = (uuid: string) =>
    esxi
      .filter((_, at) => all[at]!.uuids.includes(uuid))
      .map(({ host }) => code(host.name))
      .slice(0, 3)
      .join(', ')
  if (uuids.length > 1)
    return {
      code: 'ambiguous-datastore',
      summary: `${uuids.length} volumes are called ${code(name)}; which one?`,
      next: uuids
        .slice(0, 4)
        .map((uuid) => ({ command: `check datastore ${uuid}`, why: `The volume of ${hostsOf(uuid)}` })),
    }
  const other = all.flatMap(({ listed }) => listed).find(({ type }) => !/^VMFS/i.test(type))
  if (other && all.every(({ parts }) => parts.length === 0))
    return {
      code: 'not-on-a-lun',
      summary: `${code(name)} is of type ${code(other.type)}: it lies on no LUN, so there is nothing of SCSI to look at.`,
    }
  if (
    uuids.length > 0 ||
    esxi.some(
      ({ snapshots }) =>
        snapshots?.seen && snapshots.value.some((each) => each.name === name || each.uuid === name),
    )
  )
    return undefined
  const unseen = esxi.some(({ extents, fileSystems }) => !extents.seen || !fileSystems.seen)
  if (unseen)
    return pending
      ? { code: 'could-not-look', summary: `${code(name)} has not been looked at yet.` }
      : couldNot(name, evidence)
  const others = [
    ...new Set(esxi.flatMap(({ extents }) => (extents.seen ? extents.value.map((each) => each.name) : []))),
  ]
  return {
    code: 'no-such-datastore',
    summary: `ESXi (${esxi.map(({ host }) => code(host.name)).join(', ')}) has no datastore ${code(name)}.`,
    details:
      others.length > 0
        ? [`It has ${others.slice(0, 8).map(code).join(', ')}${others.length > 8 ? ' …' : ''}.`]
        : [],
  }
}

function couldNot(name: string, { gaps }: Evidence): Lacking {
  const first = gaps.find(({ reading }) => reading.code !== 'absent')
  return {
    code: 'could-not-look',
    summary: `I could not look at ${code(name)}${first ? `: ${said(first).replace(/\.$/, '')}` : ''}.`,
  }
}

const said = ({ probe, reading }: Evidence['gaps'][number]) =>
  reading.code === 'timed-out' || reading.code === 'unkillable'
    ? `${code(probe.argv.slice(0, 6).join(' '))} on ${code(probe.host)} took longer than ${probe.limitMs / 1000} s`
    : reading.why

/** What should have been seen and wasn't; that a program or a part of the kernel is not there is an answer. */
export function unseenOf(evidence: Evidence): Unseen[] {
  const gaps = evidence.gaps
    .filter(({ reading }) => reading.code !== 'absent')
    .map((gap) => ({
      what: `${gap.probe.looking}: ${gap.probe.id.replace(/^lun-|@[^@]*$/g, '').replace(/:.*/, '')}`,
      why: said(gap),
      probe: gap.probe.id,
    }))
  const once = gaps.filter(
    (gap, at) => gaps.findIndex(({ what, why }) => what === gap.what && why === gap.why) === at,
  )
  const { notAsked } = evidence
  if (notAsked.length === 0) return once
  const names = `${notAsked.slice(0, 4).map(code).join(', ')}${notAsked.length > 4 ? ' …' : ''}`
  return [
    ...once,
    {
      what: `${many(notAsked.length, 'more host')}: ${names}`,
      why: 'at most 8 of a kind are asked at once; `on=` names another ESXi host',
    },
  ]
}

export function notLooked(
  playbook: string,
  { code: name, summary, details = [], next = [] }: Lacking,
  unseen: Unseen[],
): Diagnosis {
  const evidence = unseen.flatMap(({ probe }) => probe ?? [])
  return {
    looked: false,
    facts: {},
    findings: [
      { playbook, code: name, verdict: 'inconclusive', severity: 'warning', summary, details, evidence },
    ],
    unseen,
    offers: [],
    next,
    doNot: [],
  }
}

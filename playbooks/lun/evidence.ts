import { type Host, hostsWith, type Inventory } from '../shared/inventory.ts'
import { lookAt } from '../shared/look.ts'
import type { Playbook } from '../shared/playbook.ts'
import { type Observations, type Probe, type Reading, read } from '../shared/probe.ts'
import { type LunName, lunName } from '../shared/scsi/lun-name.ts'
import type { LunArgs } from './args.ts'
import { datastoresOf, type EsxiView, lookAtEsxi } from './esxi.ts'
import { type InitiatorView, lookAtDisk, lookAtLinks, namesOfFile } from './initiators.ts'
import { asReached, type Reached } from './reached.ts'
import { type Exported, type Image, lookAtTarget, type TargetView } from './targets.ts'

/** What the check knows, hop by hop. */
export type Evidence = {
  esxi: EsxiView[]
  targets: TargetView[]
  initiators: InitiatorView[]
  /** the logical unit's names: several extents give several */
  names: LunName[]
  /** the devices of targets that are this logical unit */
  exported: Exported[]
  /** devices that have its identity, and are none of those that ESXi reaches */
  elsewhere: Reached['elsewhere']
  /** images behind them; more than one: the same identity is given twice, or the datastore has several extents */
  images: Image[]
  /** arguments with which the watchers of the image are looked at; undefined: no image, or no watchers' playbook */
  nested: unknown
  /** ids of all own probes so far */
  asked: string[]
  gaps: { probe: Probe<unknown>; reading: Extract<Reading<unknown>, { seen: false }> }[]
  /** ESXi hosts and targets that nobody was sent to, because there are so many */
  notAsked: string[]
}

/** More hosts than these are not asked one by one. */
const HOSTS_ASKED = 8

/** One pass: what is known, and what is wanted next, the watchers' probes among it. */
export function gather(
  args: LunArgs,
  inventory: Inventory,
  seen: Observations,
  watchers: Playbook | undefined,
): { evidence: Evidence; wanted: Probe<unknown>[] } {
  const look = lookAt(seen)
  const { subject } = args
  const links = initiatorHosts(args, inventory).map((host) => lookAtLinks(look, host))
  const hosts = esxiHosts(args, inventory)
  const notAsked = [
    ...(hosts.length < HOSTS_ASKED ? [] : hostsWith(inventory, 'esxi').slice(HOSTS_ASKED)),
    ...hostsWith(inventory, 'iscsi-target').slice(HOSTS_ASKED),
  ].map(({ name }) => name)
  const early =
    subject.kind === 'lun'
      ? [subject.name]
      : subject.kind === 'file'
        ? namesOfFile(firstOn(links, args), subject.path)
        : []
  const targetHosts = hostsWith(inventory, 'iscsi-target').slice(0, HOSTS_ASKED)
  const targetDevice = subject.kind === 'target-device' ? subject.name : undefined
  // the target is asked what its device is called before anyone else can be
  const byTarget =
    targetDevice === undefined
      ? []
      : targetHosts.flatMap((host) =>
          lookAtTarget(look, host, { names: [], targetDevice }).exported.flatMap(({ names }) => names),
        )
  const known = [...new Set([...early, ...byTarget])]
  const esxi = hosts.map((host) => lookAtEsxi(look, host, args, known))
  const names = [...new Set([...known, ...namesFrom(esxi)])]
  const asked =
    names.length > 0 || targetDevice !== undefined
      ? targetHosts.map((host) => lookAtTarget(look, host, { names, targetDevice }))
      : []
  const { targets, elsewhere, known: way } = asReached(asked, esxi)
  const initiators = links.map((view) => (names.length > 0 ? lookAtDisk(look, view, names) : view))
  const exported = targets.flatMap((target) => target.exported)
  const images = way === 'pending' ? [] : distinct(exported.flatMap(({ image }) => image ?? []))
  const own = look.wanted()
  const nested = watchers && images.length === 1 ? nestedArgs(watchers, images[0]!, args) : undefined
  const theirs = nested === undefined ? [] : watchers!.probes(nested, inventory, seen)
  const gaps = own.flatMap((probe) => {
    const reading = read(seen, probe)
    return reading.seen || reading.code === 'pending' ? [] : [{ probe, reading }]
  })
  return {
    wanted: [...own, ...theirs],
    evidence: {
      esxi,
      targets,
      initiators,
      names,
      exported,
      elsewhere,
      images,
      nested,
      asked: own.map(({ id }) => id),
      gaps,
      notAsked,
    },
  }
}

/** The image in the words of the watchers' playbook; undefined: a name that it does not take. */
function nestedArgs(watchers: Playbook, image: Image, { intervalMs }: LunArgs): unknown {
  // their own pause between the looks is shorter; none is none
  const parsed = watchers.args.safeParse({
    target: specOf(image),
    ...(intervalMs === 0 && { interval: '0' }),
  })
  return parsed.success ? parsed.data : undefined
}

export const specOf = ({ pool, namespace, name }: Image) =>
  [pool, ...(namespace === undefined ? [] : [namespace]), name].join('/')

function distinct(images: Image[]): Image[] {
  return [...new Map(images.map((image) => [specOf(image), image])).values()]
}

/** Devices of the datastore by their identity; `mpx.` names are a path, no identity. */
function namesFrom(esxi: readonly EsxiView[]): LunName[] {
  return esxi.flatMap(({ devices }) => devices.flatMap(({ name }) => lunName(name) ?? []))
}

function esxiHosts({ on, subject }: LunArgs, inventory: Inventory): Host[] {
  const all = hostsWith(inventory, 'esxi')
  const named = all.filter((host) => isNamed(host, on))
  return named.length > 0 && subject.kind !== 'file' ? named : all.slice(0, HOSTS_ASKED)
}

function initiatorHosts({ on, subject }: LunArgs, inventory: Inventory): Host[] {
  const all = hostsWith(inventory, 'iscsi-initiator')
  if (subject.kind !== 'file') return all.slice(0, HOSTS_ASKED)
  return on === undefined ? (all.length === 1 ? all : []) : all.filter((host) => isNamed(host, on))
}

export const isNamed = ({ name, addresses }: Host, on: string | undefined) =>
  on !== undefined && (name === on || addresses.includes(on))

/** `sdd` is one disk here and another one there. */
function firstOn(links: InitiatorView[], { on }: LunArgs): Pick<InitiatorView, 'links'> {
  const view = on === undefined ? links[0] : links.find(({ host }) => isNamed(host, on))
  return view ?? { links: { seen: false, code: 'no-host', why: 'no initiator has it' } }
}

/** The volumes that are meant, or that lie on the device. */
export function volumesOf(
  { subject }: LunArgs,
  view: EsxiView,
): { name: string; uuid: string; device: string; mounted: boolean | undefined }[] {
  if (!view.extents.seen) return []
  const uuids = subject.kind === 'datastore' ? datastoresOf(subject.name, view).uuids : undefined
  return view.extents.value
    .filter(({ uuid, device }) =>
      uuids ? uuids.includes(uuid) : view.devices.some(({ name }) => name === device),
    )
    .map(({ name, uuid, device }) => ({
      name,
      uuid,
      device,
      mounted: view.fileSystems.seen
        ? view.fileSystems.value.find((each) => each.uuid === uuid)?.mounted
        : undefined,
    }))
}

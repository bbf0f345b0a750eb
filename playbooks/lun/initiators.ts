import type { Host } from '../shared/inventory.ts'
import type { Look } from '../shared/look.ts'
import type { Reading } from '../shared/probe.ts'
import { type LunName, nameOfLink } from '../shared/scsi/lun-name.ts'
import type { PersistentReservations, SgAnswer } from '../shared/scsi/sg.ts'
import { initiatorProbes } from './probes.ts'

/** The logical unit on one Linux machine that is logged in to it. */
export type Disk = {
  /** its link below /dev/disk/by-id: it names this logical unit, whatever the kernel calls it after a restart */
  byId: string
  /** `sdd`, or `dm-3` for multipath */
  kernelName: string
  ready: Reading<SgAnswer>
  inquiry: Reading<SgAnswer>
  /** READ FULL STATUS, which is asked first */
  status: Reading<PersistentReservations>
  /** full status where the target knows it, else the keys alone */
  persistent: Reading<PersistentReservations>
  /** asked only when the keys came alone */
  held: Reading<PersistentReservations> | undefined
}

export type InitiatorView = {
  host: Host
  links: Reading<{ link: string; device: string }[]>
  disk: Disk | undefined
}

/** The names that a device file of a machine has, by udev's links. */
export function namesOfFile(view: Pick<InitiatorView, 'links'>, path: string): LunName[] {
  if (!view.links.seen) return []
  const [, byId] = /^\/dev\/disk\/by-id\/(.+)$/.exec(path) ?? []
  const device =
    byId === undefined
      ? path.replace('/dev/', '')
      : view.links.value.find(({ link }) => link === byId)?.device
  const named = view.links.value.flatMap(({ link, device: at }) => {
    const name = at === device ? nameOfLink(link) : undefined
    return name === undefined ? [] : [{ link, name }]
  })
  // scsi-2 and scsi-3 say which kind of name it is; of a wwn link that can only be guessed
  const sure = named.filter(({ link }) => link.startsWith('scsi-'))
  return [...new Set((sure.length > 0 ? sure : named).map(({ name }) => name))]
}

/** Links first; the device is looked at once it is known which one it is. */
export function lookAtLinks(look: Look, host: Host): InitiatorView {
  return { host, links: look.ask(initiatorProbes(host.name).links()), disk: undefined }
}

export function lookAtDisk(look: Look, view: InitiatorView, names: readonly LunName[]): InitiatorView {
  if (!view.links.seen) return view
  // one LUN has several links, in the order in which udev made them last: the same one every time
  const [link] = view.links.value
    .filter(({ link: each }) => {
      const name = nameOfLink(each)
      return name !== undefined && names.includes(name)
    })
    .toSorted((a, b) => (a.link < b.link ? -1 : 1))
  if (!link) return view
  const probes = initiatorProbes(view.host.name)
  const file = `/dev/disk/by-id/${link.link}`
  // the least first: when the disk hangs, it is the only one that is tried
  const ready = look.ask(probes.ready(file))
  const status = look.ask(probes.status(file))
  const single =
    !status.seen && (status.code === 'absent' || status.code === 'failed' || status.code === 'unparsable')
  // READ FULL STATUS is younger than READ KEYS; a conflict answers both
  const alone = single && !/reservation conflict/.test(status.why)
  const keys = alone ? look.ask(probes.keys(file)) : undefined
  return {
    ...view,
    disk: {
      byId: file,
      kernelName: link.device,
      ready,
      inquiry: look.ask(probes.inquiry(file)),
      status,
      persistent: keys ?? status,
      held:
        keys?.seen && keys.value.registrations.length > 0 ? look.ask(probes.reservation(file)) : undefined,
    },
  }
}

import type { Address } from '../shared/ceph/address.ts'
import { onHost } from '../shared/ceph/address.ts'
import type { MappedOsd } from '../shared/ceph/osd-map.ts'
import type { Host, Inventory } from '../shared/inventory.ts'
import { type Answer, type Endpoint, PYTHONS } from '../shared/linux/banner.ts'
import type { FileLimits, FileNr } from '../shared/linux/descriptors.ts'
import type { Listener } from '../shared/linux/listeners.ts'
import type { Process } from '../shared/linux/processes.ts'
import type { Look } from '../shared/look.ts'
import { NotSeen, type Reading } from '../shared/probe.ts'
import { isElsewhere } from './identity.ts'
import { hostProbes } from './probes.ts'
import { findProcess, type OsdProcess } from './process.ts'

/** Connections from one host to one OSD. */
export type Heard = { from: Host; answers: Reading<Answer[]> }

/** One OSD as its host and others see it. */
export type OsdView = {
  osd: MappedOsd
  /** undefined: no host of the inventory has its addresses */
  host: Host | undefined
  process: Reading<OsdProcess>
  /** pids of everything that ps showed on its host */
  pids: ReadonlySet<string>
  listeners: Reading<Listener[]>
  open: Reading<number>
  limits: Reading<FileLimits>
  fileNr: Reading<FileNr>
  heard: Heard[]
  /** nobody connected to it, because it has so few descriptors left that a connection could be what ends it */
  spared: boolean
}

/**
 * With fewer free descriptors than this nothing is connected to: on releases since Mimic five accepts in a row that fail
 * make the OSD abort (PR 23306), and a check must not be what does it.
 */
export const SPARED_BELOW = 64n

/** Everything that is looked at on one host for the OSDs there, and from others to them. */
export function viewHost(
  look: Look,
  inventory: Inventory,
  host: Host,
  osds: readonly MappedOsd[],
  vantages: readonly Host[],
): OsdView[] {
  const probes = hostProbes(inventory, host)
  const processes = look.ask(probes.processes())
  const listeners = look.ask(probes.listeners())
  const fileNr = look.ask(probes.fileNr())
  const running = osds.map((osd) => ({ osd, process: processOf(processes, osd) }))
  const all = new Set(processes.seen ? processes.value.map(({ pid }) => pid) : [])
  const pids = running.flatMap(({ process }) => (process.seen ? [process.value.pid] : []))
  const open = pids.length > 0 ? look.ask(probes.descriptors(pids)) : notAsked<Map<string, number>>(processes)
  const limits =
    pids.length > 0 ? look.ask(probes.limits(pids)) : notAsked<Map<string, FileLimits>>(processes)

  const views = running.map(({ osd, process }): OsdView => {
    const pid = process.seen ? process.value.pid : undefined
    const own = { open: pick(open, pid), limits: pick(limits, pid) }
    const spared = hasFewLeft(own) && !isElsewhere({ osd, process, listeners })
    return { osd, host, process, pids: all, listeners, fileNr, ...own, heard: [], spared }
  })
  const settled = [processes, listeners, open, limits].every(
    (reading) => reading.seen || reading.code !== 'pending',
  )
  const targets = views.filter(({ spared }) => !spared).flatMap(({ osd }) => endpointsOf(osd))
  if (!settled || targets.length === 0) return views
  const heard = [host, ...vantages].map((from) => ({
    from,
    answers: connect(look, inventory, from, host.name, targets),
  }))
  return views.map((view) =>
    view.spared ? view : { ...view, heard: heard.map((each) => onlyOf(each, view.osd)) },
  )
}

/** An OSD whose host is not in the inventory: only connections tell anything. */
export function viewFromOutside(
  look: Look,
  inventory: Inventory,
  osds: readonly MappedOsd[],
  vantages: readonly Host[],
): OsdView[] {
  const targets = osds.flatMap(endpointsOf)
  const heard =
    targets.length === 0
      ? []
      : vantages.map((from) => ({ from, answers: connect(look, inventory, from, 'elsewhere', targets) }))
  const unknown = { seen: false, code: 'no-host', why: 'no host of the inventory has its addresses' } as const
  return osds.map((osd) => ({
    osd,
    host: undefined,
    process: unknown,
    pids: new Set(),
    listeners: unknown,
    open: unknown,
    limits: unknown,
    fileNr: unknown,
    heard: heard.map((each) => onlyOf(each, osd)),
    spared: false,
  }))
}

function connect(
  look: Look,
  inventory: Inventory,
  from: Host,
  to: string,
  targets: Endpoint[],
): Reading<Answer[]> {
  const probes = hostProbes(inventory, from)
  const first = look.ask(probes.answers(to, PYTHONS[0], targets))
  return !first.seen && first.code === 'not-found' ? look.ask(probes.answers(to, PYTHONS[1], targets)) : first
}

/** The host that has an OSD's addresses; of several the one with the role for it. */
export function hostOf(inventory: Inventory, { addresses }: MappedOsd): Host | undefined {
  const has = (host: Host) =>
    host.addresses.some((ip) => addresses.some(({ at }: { at: Address }) => onHost(at, ip)))
  const all = inventory.hosts.filter(has)
  return all.find(({ roles }) => roles.includes('osd-host')) ?? all[0]
}

function endpointsOf({ addresses }: MappedOsd): Endpoint[] {
  return addresses.map(({ at: { ip, port } }) => ({ ip, port }))
}

function onlyOf({ from, answers }: Heard, { addresses }: MappedOsd): Heard {
  if (!answers.seen) return { from, answers }
  const own = answers.value.filter(({ ip, port }) =>
    addresses.some(({ at }) => at.ip === ip && at.port === port),
  )
  return { from, answers: { ...answers, value: own } }
}

function processOf(processes: Reading<Process[]>, osd: MappedOsd): Reading<OsdProcess> {
  if (!processes.seen) return processes
  try {
    return { ...processes, value: findProcess(processes.value, osd) }
  } catch (error) {
    if (!(error instanceof NotSeen)) throw error
    return { seen: false, code: error.code, why: error.message, observation: processes.observation }
  }
}

function pick<T>(all: Reading<Map<string, T>>, pid: string | undefined): Reading<T> {
  if (!all.seen) return all
  const value = pid === undefined ? undefined : all.value.get(pid)
  return value === undefined
    ? {
        seen: false,
        code: 'absent',
        why: 'the process is gone, or not ours to look into',
        observation: all.observation,
      }
    : { ...all, value }
}

function hasFewLeft({ open, limits }: Pick<OsdView, 'open' | 'limits'>): boolean {
  return open.seen && limits.seen && limits.value.soft - BigInt(open.value) < SPARED_BELOW
}

function notAsked<T>(because: Reading<unknown>): Reading<T> {
  return because.seen ? { seen: false, code: 'absent', why: 'there is no process to look into' } : because
}

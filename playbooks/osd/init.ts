import { configuredInit, restartArgv } from '../shared/ceph/osd-init.ts'
import type { Host, Inventory } from '../shared/inventory.ts'
import type { Look } from '../shared/look.ts'
import type { Reading } from '../shared/probe.ts'
import { hostProbes } from './probes.ts'
import type { OsdProcess } from './process.ts'

type Argv = [string, ...string[]]

/** What runs this OSD on its host, and how that restarts it. */
export type Init =
  | { kind: 'systemd'; unit: string; restarts: number | undefined; restart: Argv }
  | { kind: 'upstart' | 'sysvinit'; restart: Argv }

type Of = { id: string; fsid: string }

/** The units of systemd that may run an OSD: a package's, and cephadm's, whose process is the container's. */
export const unitsOf = ({ id, fsid }: Of) =>
  [`ceph-osd@${id}.service`, `ceph-${fsid}@osd.${id}.service`] as const

const restarts = {
  systemd: (unit: string): Argv => ['systemctl', 'restart', unit],
  upstart: (id: string): Argv => ['initctl', 'restart', 'ceph-osd', `id=${id}`],
  sysvinit: (id: string): Argv => ['service', 'ceph', 'restart', `osd.${id}`],
}

/** Every command that may restart an OSD where none is configured. */
export const restartsOf = (of: Of): Argv[] => [
  ...unitsOf(of).map(restarts.systemd),
  restarts.upstart(of.id),
  restarts.sysvinit(of.id),
]

/** The command that restarts an OSD: as configured (`ceph.osdInit`), else as its host shows; or why there is none. */
export function restartOf(
  inventory: Inventory,
  of: Of,
  init: Reading<Init>,
): { argv: Argv } | { why: string } {
  const configured = configuredInit(inventory)
  if (configured) return { argv: restartArgv(configured, of) }
  return init.seen ? { argv: init.value.restart } : { why: init.why }
}

/**
 * Systemd, else upstart (Ubuntu up to 14.04), else the init script. What is found has to
 * run this very process; a unit of the same name that runs something else is none.
 */
export function lookAtInit(
  look: Look,
  inventory: Inventory,
  host: Host,
  { id, fsid }: Of,
  running: Pick<OsdProcess, 'pid'> | undefined,
): Reading<Init> {
  const probes = hostProbes(inventory, host)
  const [plain, contained] = unitsOf({ id, fsid })
  if (!running) return nothing('there is no process, so nothing shows what started it')
  const units = look.ask(probes.units([plain, contained]))
  if (units.seen) {
    const unit = units.value.find(
      ({ name, loaded, mainPid }) =>
        loaded && mainPid !== undefined && (name === plain ? mainPid === running.pid : name === contained),
    )
    if (!unit) return nothing(`no unit of systemd runs process ${running.pid}`)
    const { name } = unit
    return {
      ...units,
      value: { kind: 'systemd', unit: name, restarts: unit.restarts, restart: restarts.systemd(name) },
    }
  }
  if (units.code !== 'not-found' && units.code !== 'absent') return units
  const upstart = look.ask(probes.upstart(id))
  if (upstart.seen) {
    return upstart.value.pid === running.pid
      ? { ...upstart, value: { kind: 'upstart', restart: restarts.upstart(id) } }
      : nothing(`upstart does not run process ${running.pid}`)
  }
  if (upstart.code === 'pending') return upstart
  const script = look.ask(probes.sysvinit(id))
  return script.seen ? { ...script, value: { kind: 'sysvinit', restart: restarts.sysvinit(id) } } : script
}

function nothing(why: string): Reading<Init> {
  return { seen: false, code: 'absent', why }
}

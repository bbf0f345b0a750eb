import { configuredInit, restartArgv } from '../shared/ceph/osd-init.ts'
import type { Host, Inventory } from '../shared/inventory.ts'
import type { Look } from '../shared/look.ts'
import type { Reading } from '../shared/probe.ts'
import { hostProbes } from './probes.ts'
import type { OsdProcess } from './process.ts'

/** What runs this OSD on its host, and how that restarts it. */
export type Init =
  | { kind: 'systemd'; unit: string; restarts: number | undefined; restart: [string, ...string[]] }
  | { kind: 'upstart' | 'sysvinit'; restart: [string, ...string[]] }

/** The command that restarts an OSD: as configured (`ceph.osdInit`), else as its host shows; or why there is none. */
export function restartOf(
  inventory: Inventory,
  of: { id: string; fsid: string },
  init: Reading<Init>,
): { argv: [string, ...string[]] } | { why: string } {
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
  { id, fsid }: { id: string; fsid: string },
  running: Pick<OsdProcess, 'pid'> | undefined,
): Reading<Init> {
  const probes = hostProbes(inventory, host)
  const plain = `ceph-osd@${id}.service`
  // cephadm: the unit's process is the container's, not the OSD's
  const contained = `ceph-${fsid}@osd.${id}.service`
  if (!running) return nothing('there is no process, so nothing shows what started it')
  const units = look.ask(probes.units([plain, contained]))
  if (units.seen) {
    const unit = units.value.find(
      ({ name, loaded, mainPid }) =>
        loaded && mainPid !== undefined && (name === plain ? mainPid === running.pid : name === contained),
    )
    if (!unit) return nothing(`no unit of systemd runs process ${running.pid}`)
    const { name, restarts } = unit
    return {
      ...units,
      value: { kind: 'systemd', unit: name, restarts, restart: ['systemctl', 'restart', name] },
    }
  }
  if (units.code !== 'not-found' && units.code !== 'absent') return units
  const upstart = look.ask(probes.upstart(id))
  if (upstart.seen) {
    return upstart.value.pid === running.pid
      ? { ...upstart, value: { kind: 'upstart', restart: ['initctl', 'restart', 'ceph-osd', `id=${id}`] } }
      : nothing(`upstart does not run process ${running.pid}`)
  }
  if (upstart.code === 'pending') return upstart
  const script = look.ask(probes.sysvinit(id))
  return script.seen
    ? { ...script, value: { kind: 'sysvinit', restart: ['service', 'ceph', 'restart', `osd.${id}`] } }
    : script
}

function nothing(why: string): Reading<Init> {
  return { seen: false, code: 'absent', why }
}

import type { Unseen } from '../finding.ts'
import { type Host, hostsWith, type Inventory } from '../inventory.ts'
import type { Reading } from '../probe.ts'
import { code } from '../text.ts'

/** For a probe on one ceph-admin host: the others can answer it as well. */
export function orOtherAdmins(inventory: Inventory, { name }: Host): { orHosts: string[] } {
  const others = hostsWith(inventory, 'ceph-admin').filter((host) => host.name !== name)
  return { orHosts: others.map((host) => host.name) }
}

/** The host that really answered, by any reading of a probe on this admin host. */
export function answeredOn({ name }: Host, reading: Reading<unknown>): string {
  return reading.observation?.host ?? name
}

/** One line when another host answered than the one that was asked; empty when it was the one. */
export function answeredElsewhere(admin: Host, reading: Reading<unknown>): Unseen[] {
  const host = answeredOn(admin, reading)
  return host === admin.name
    ? []
    : [{ what: `host ${admin.name}`, why: `it could not be reached; ${code(host)} was asked instead` }]
}

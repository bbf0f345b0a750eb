import type { Inventory } from '../shared/inventory.ts'
import { NotSeen, type Reading } from '../shared/probe.ts'
import type { Evidence } from './evidence.ts'
import { cephProbes } from './probes.ts'
import { rightsOf } from './rights.ts'

/** Every block ends by itself after this, whatever becomes of us. Ceph's own default is the same. */
export const BLOCK_S = 3600

/** `proven`: nothing lives behind the address; `unproven`: nobody knows. */
export type Proof = 'proven' | 'unproven'

/** The two commands that change something, in the words of the release that runs. */
export function commandsOf(inventory: Inventory, evidence: Evidence) {
  const { words } = known(evidence.release, 'the release')
  const { ceph } = cephProbes(inventory, evidence.admin).argv
  return {
    add: (address: string) => ceph('osd', words, 'add', address, String(BLOCK_S)),
    rm: (address: string) => ceph('osd', words, 'rm', address),
    ls: () => ceph('osd', words, 'ls'),
  }
}

/** Exactly what will be run, for the confirm dialog. */
export function blockCommands(
  inventory: Inventory,
  evidence: Evidence,
  address: string,
  proof: Proof,
): string[] {
  const argv = commandsOf(inventory, evidence)
  const removes = liftsAgain(proof, inventory, evidence)
  return [argv.add(address).join(' '), ...(removes ? [argv.rm(address).join(' ')] : [])]
}

/** Whether the block is removed at once: only where nothing can come back through it, and where we may. */
export function liftsAgain(proof: Proof, inventory: Inventory, evidence: Evidence): boolean {
  return proof === 'proven' && rightsOf(inventory, evidence).remove !== 'no'
}

export function known<T>(reading: Reading<T>, what: string): T {
  if (!reading.seen) throw new NotSeen(reading.code, `${what} could not be seen: ${reading.why}`)
  return reading.value
}

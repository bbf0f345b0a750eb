import type { CatalogueEntry, Playbook } from '../../playbooks/shared/playbook.ts'

/** A playbook of a test's own, as a catalogue would have it. */
export function listed<Args>(playbook: Playbook<Args>): CatalogueEntry {
  const whole = playbook as Playbook
  return { ...whole, load: async () => whole }
}

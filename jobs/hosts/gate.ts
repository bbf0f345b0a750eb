import type { AsRoot } from '../../playbooks/shared/as-root.ts'
import type { Host, Inventory } from '../../playbooks/shared/inventory.ts'
import type { Playbook } from '../../playbooks/shared/playbook.ts'
import { type Gate, gateScript } from './gate-script.ts'
import { GATE, gateSudoers } from './sudoers.ts'

export type GateOptions = {
  playbooks: readonly Pick<Playbook, 'asRoot'>[]
  inventory: Inventory
  host: Host
  /** login name at the far end */
  user: string
  /** without what remedies do */
  checksOnly?: boolean
}

/** What the playbooks run as root on a host with its roles, each once. */
export function shapesFor({ playbooks, inventory, host, checksOnly }: Omit<GateOptions, 'user'>): AsRoot[] {
  const all = playbooks.flatMap(({ asRoot }) => asRoot?.(inventory, host) ?? [])
  const own = all.filter(
    ({ roles, changes }) =>
      (roles === 'any' || roles.some((role) => host.roles.includes(role))) && !(checksOnly && changes),
  )
  const key = ({ argv, repeat, changes }: AsRoot) => JSON.stringify([argv, repeat, changes])
  return [...new Map(own.map((shape) => [key(shape), shape])).values()]
}

/** The gate of one host, with how to install it at its top. Throws SudoersRefused for a user name that is none. */
export function gateFor(options: GateOptions): Gate {
  const { host, user, checksOnly } = options
  return gateScript(shapesFor(options), [
    `What unwedge may run as root on ${host.name} (${host.roles.join(', ') || 'no role'})${checksOnly ? ', only to look' : ''}, and nothing else.`,
    `Install it as ${GATE}, owned by root:`,
    `    install -o root -g root -m 0755 FILE ${GATE}`,
    'and allow it, by visudo -f /etc/sudoers.d/unwedge:',
    ...gateSudoers(user).map((line) => `    ${line}`),
  ])
}

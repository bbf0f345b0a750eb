import type { Host, Inventory, Role } from './inventory.ts'

/**
 * Stand for what varies in an argv: private-use characters, so that the very functions that build an argv can be
 * called with them and nothing drifts.
 */
export const ANY = {
  /** 1 to 20 digits */
  digits: '\u{E000}',
  /** digits and `|`: alternatives in a pattern of grep */
  list: '\u{E001}',
  /** letters, digits, `_` and `-` */
  name: '\u{E008}',
  /** letters, digits and `_.:@%+=,~-`, not beginning with `-` */
  word: '\u{E002}',
  /** the same and `/` */
  plain: '\u{E003}',
  /** an IP address, in brackets or not, with or without a port */
  address: '\u{E004}',
  /** whatever is left of the word, not beginning with `-` */
  text: '\u{E005}',
  /** whatever is left of the word, absolute, without a part `..` */
  path: '\u{E006}',
  /** the same below the folder that stands before it */
  below: '\u{E007}',
} as const

export type AnyKind = keyof typeof ANY

/** A command that a playbook runs on hosts with one of these roles, where that takes root. */
export type AsRoot = {
  roles: readonly Role[] | 'any'
  /** each word as it is, or with one or several of ANY in it */
  argv: readonly string[]
  /** these words come once or more often, together */
  repeat?: { from: number; size: number }
  /** it changes something: a step of a remedy */
  changes?: true
}

/** What a playbook runs as root on one host; the inventory, because options of the tools come from it. */
export type AsRootOf = (inventory: Inventory, host: Host) => AsRoot[]

/** Commands that never vary, or only in their words of ANY; of probes, what they run. */
export function commands(
  roles: AsRoot['roles'],
  ...all: readonly (readonly string[] | { argv: readonly string[] })[]
): AsRoot[] {
  return all.map((each) => ({ roles, argv: 'argv' in each ? each.argv : each }))
}

/** The same for what changes something. */
export function changes(roles: AsRoot['roles'], ...all: readonly (readonly string[])[]): AsRoot[] {
  return commands(roles, ...all).map((each) => ({ ...each, changes: true }))
}

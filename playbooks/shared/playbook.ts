import type { z } from 'zod'
import type { AsRootOf } from './as-root.ts'
import type { Diagnosis } from './finding.ts'
import type { Inventory } from './inventory.ts'
import type { Observations, Probe } from './probe.ts'
import type { Remedy } from './remedy.ts'

/** How a check is written: `check NAME <target> [key=value …]`. */
export type Usage = {
  /** the positional argument, e.g. `<rbd_header.ID | pool/image>`; in `[…]` when it may be left out; '' when there is none */
  target: string
  /** name → what it means, for help; `cluster` is always allowed */
  options: Record<string, string>
  examples: string[]
}

/** What has to be known of a playbook to take a command for it; small, so that whoever only talks loads no more. */
export type Declaration<Args = unknown> = {
  name: string
  /** one line for help: "who watches an RBD header, and whether they live" */
  title: string
  usage: Usage
  /** `target` and options as typed → validated arguments */
  args: z.ZodType<Args>
  /** short name of what is checked, for the first line: "watchers of `rbd_header.x`" */
  subject(args: Args): string
}

/**
 * What we know about one failure mode. Pure: a playbook never runs, reads or waits for anything itself.
 * It says what to look at next, given what has been seen, and what that means.
 */
export type Playbook<Args = unknown> = Declaration<Args> & {
  /** every probe that is wanted by now; called again whenever one has ended; must not shrink */
  probes(args: Args, inventory: Inventory, seen: Observations): Probe<unknown>[]
  diagnose(args: Args, inventory: Inventory, seen: Observations, now: number): Diagnosis
  remedies: Record<string, Remedy<Args>>
  /** every command of its probes and remedies that may take root, for the gate of a host; absent: none */
  asRoot?: AsRootOf
}

/** A playbook as the catalogue has it: its declaration, and the way to the whole of it. */
export type CatalogueEntry = Declaration & { load(): Promise<Playbook> }

/** The playbook with this name, whole; undefined when the catalogue has none. */
export async function playbookNamed(
  catalogue: readonly CatalogueEntry[],
  name: string,
): Promise<Playbook | undefined> {
  return await catalogue.find((entry) => entry.name === name)?.load()
}

/** Every playbook of the catalogue, whole. */
export function allPlaybooks(catalogue: readonly CatalogueEntry[]): Promise<Playbook[]> {
  return Promise.all(catalogue.map(({ load }) => load()))
}

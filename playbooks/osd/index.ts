import type { Playbook } from '../shared/playbook.ts'
import { diagnoseAll, gatherAll } from './all.ts'
import type { OsdArgs, OsdsArgs } from './args.ts'
import { asRoot } from './as-root.ts'
import * as declaration from './declaration.ts'
import { diagnose } from './diagnose.ts'
import { gather } from './evidence.ts'
import { raiseNofile } from './nofile.ts'
import { restartOsd } from './restart.ts'

export const osd: Playbook<OsdArgs> = {
  ...declaration.osd,
  probes: (args, inventory, seen) => gather(args, inventory, seen).wanted,
  diagnose,
  remedies: { 'restart-osd': restartOsd, 'raise-nofile': raiseNofile },
  asRoot,
}

/** The same look at every OSD, without remedies: what is found is looked into one by one. */
export const osds: Playbook<OsdsArgs> = {
  ...declaration.osds,
  probes: (_, inventory, seen) => gatherAll(inventory, seen).wanted,
  diagnose: (_, inventory, seen) => diagnoseAll(inventory, seen),
  remedies: {},
  asRoot,
}

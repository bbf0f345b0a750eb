import type { Playbook } from '../shared/playbook.ts'
import type { WatchersArgs } from './args.ts'
import { asRoot } from './as-root.ts'
import * as declaration from './declaration.ts'
import { diagnose } from './diagnose.ts'
import { gather } from './gather.ts'
import { blocklist, unblock } from './remedies.ts'

export const watchers: Playbook<WatchersArgs> = {
  ...declaration.watchers,
  probes: (args, inventory, seen) => gather(args, inventory, seen).wanted,
  diagnose,
  remedies: { blocklist, unblock },
  asRoot,
}

import type { Playbook } from '../shared/playbook.ts'
import type { LustreArgs } from './args.ts'
import { asRoot } from './as-root.ts'
import * as declaration from './declaration.ts'
import { diagnose } from './diagnose.ts'
import { gather } from './evidence.ts'
import { retryMount } from './remedies.ts'

export const lustre: Playbook<LustreArgs> = {
  ...declaration.lustre,
  probes: (args, inventory, seen) => gather(args, inventory, seen).wanted,
  diagnose,
  remedies: { 'retry-mount': retryMount },
  asRoot,
}

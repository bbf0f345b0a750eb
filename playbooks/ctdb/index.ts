import type { Playbook } from '../shared/playbook.ts'
import type { CtdbArgs } from './args.ts'
import { asRoot } from './as-root.ts'
import * as declaration from './declaration.ts'
import { diagnose } from './diagnose.ts'
import { gather } from './evidence.ts'
import { disarm, holdMonitoring, resetCounter } from './remedies.ts'

export const ctdb: Playbook<CtdbArgs> = {
  ...declaration.ctdb,
  probes: (args, inventory, seen) => gather(args, inventory, seen).wanted,
  diagnose,
  remedies: { disarm, 'hold-monitoring': holdMonitoring, 'reset-counter': resetCounter },
  asRoot,
}

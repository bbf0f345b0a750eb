import type { Declaration, Playbook } from '../shared/playbook.ts'
import type { LunArgs } from './args.ts'
import { asRoot } from './as-root.ts'
import * as declaration from './declaration.ts'
import { diagnose } from './diagnose.ts'
import { gather } from './evidence.ts'
import { lastHop } from './last-hop.ts'
import { probeReserve } from './probe-reserve.ts'
import { scstTrace } from './scst-trace.ts'

/**
 * The checks `lun` and `datastore`: one way down, from two ends. `watchers` is the playbook that looks at the last hop, who
 * watches the image; playbooks do not know each other, so the catalogue hands it in. Without it the way ends at the image.
 */
export function lunPlaybooks(watchers?: Playbook): { lun: Playbook<LunArgs>; datastore: Playbook<LunArgs> } {
  const whole = (declared: Declaration<LunArgs>): Playbook<LunArgs> => ({
    ...declared,
    probes: (args, inventory, seen) => gather(args, inventory, seen, watchers).wanted,
    diagnose: (args, inventory, seen, now) => diagnose(declared.name, args, inventory, seen, now, watchers),
    remedies: {
      'probe-reserve': probeReserve(watchers),
      'scst-trace': scstTrace(watchers),
      ...(watchers && lastHop(watchers)),
    },
    asRoot,
  })
  return { lun: whole(declaration.lun), datastore: whole(declaration.datastore) }
}

/** The same without the last hop, for who has no watchers' playbook at hand. */
export const { lun, datastore } = lunPlaybooks()

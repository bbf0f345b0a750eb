import type { Playbook } from '../shared/playbook.ts'
import type { LockArgs } from './args.ts'
import { asRoot } from './as-root.ts'
import * as declaration from './declaration.ts'
import { diagnose } from './diagnose.ts'
import { gather } from './evidence.ts'
import { expireNfsdClient } from './expire.ts'
import { quarantineLockFile } from './quarantine.ts'
import { restoreLockFile } from './restore.ts'

/** Two ways to the same knowledge: from the file to who holds it, and from who hangs to the file. */
const common = {
  probes: (args: LockArgs, inventory: Parameters<typeof gather>[1], seen: Parameters<typeof gather>[2]) =>
    gather(args, inventory, seen).wanted,
  remedies: {
    'quarantine-lock-file': quarantineLockFile,
    'restore-lock-file': restoreLockFile,
    'expire-nfsd-client': expireNfsdClient,
  },
  asRoot,
}

export const lock: Playbook<LockArgs> = {
  ...declaration.lock,
  ...common,
  diagnose: (args, inventory, seen, now) => diagnose('lock', args, inventory, seen, now),
}

export const stuck: Playbook<LockArgs> = {
  ...declaration.stuck,
  ...common,
  diagnose: (args, inventory, seen, now) => diagnose('stuck', args, inventory, seen, now),
}

import type { Playbook } from '../shared/playbook.ts'
import { code } from '../shared/text.ts'
import { targetText, WatchersArgs } from './args.ts'
import { asRoot } from './as-root.ts'
import { diagnose } from './diagnose.ts'
import { gather } from './gather.ts'
import { blocklist, unblock } from './remedies.ts'

export const watchers: Playbook<WatchersArgs> = {
  name: 'watchers',
  title:
    'who watches an RBD image, and whether they live; a left-over watcher stalls reservations, mapping and deletion',
  usage: {
    target: '<rbd_header.ID | NAME.rbd | POOL/IMAGE | POOL/NAMESPACE/IMAGE>',
    options: {
      pool: 'where the header is (default: looked for in every pool for RBD)',
      interval: 'seconds between the two looks (default 35; 0 looks once)',
    },
    examples: ['check watchers rbd_header.7mjm6dk28jaj3', 'check watchers rbd/vol7'],
  },
  args: WatchersArgs,
  subject: (args) => `watchers of ${code(targetText(args))}`,
  probes: (args, inventory, seen) => gather(args, inventory, seen).wanted,
  diagnose,
  remedies: { blocklist, unblock },
  asRoot,
}

import type { Playbook } from '../shared/playbook.ts'
import { code } from '../shared/text.ts'
import { WatchersArgs } from './args.ts'
import { diagnose } from './diagnose.ts'
import { gather } from './evidence.ts'
import { specOf } from './probes.ts'
import { blocklist, unblock } from './remedies.ts'

export const watchers: Playbook<WatchersArgs> = {
  name: 'watchers',
  title:
    'who watches an RBD image, and whether they live; a left-over watcher stalls reservations, mapping and deletion',
  usage: {
    target: '<rbd_header.ID | NAME.rbd | POOL/IMAGE | POOL/NAMESPACE/IMAGE>',
    options: {
      pool: 'where the header is (default: `rbd`, then every pool for RBD)',
      interval: 'seconds between the two looks (default 35; 0 looks once)',
    },
    examples: ['check watchers rbd_header.7mjm6dk28jaj3', 'check watchers rbd/vol7'],
  },
  args: WatchersArgs,
  subject: ({ target }) =>
    `watchers of ${code(target.kind === 'image' ? specOf({ pool: target.pool, namespace: target.namespace, name: target.image }) : target.object)}`,
  probes: (args, inventory, seen) => gather(args, inventory, seen).wanted,
  diagnose,
  remedies: { blocklist, unblock },
}

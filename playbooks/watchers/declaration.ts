import type { Declaration } from '../shared/playbook.ts'
import { code } from '../shared/text.ts'
import { targetText, WatchersArgs } from './args.ts'

export const watchers: Declaration<WatchersArgs> = {
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
}

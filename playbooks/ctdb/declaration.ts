import type { Declaration } from '../shared/playbook.ts'
import { code } from '../shared/text.ts'
import { CtdbArgs } from './args.ts'

export const ctdb: Declaration<CtdbArgs> = {
  name: 'ctdb',
  title: 'whether CTDB can reach its recovery lock, and when it will shut a node down because it cannot',
  usage: {
    target: '',
    options: {
      on: 'one node (default: all of them)',
      base: 'folder with CTDB’s configuration (default `/etc/ctdb`)',
      interval: 'seconds between the two looks at waiting processes (default 4; 0 looks once)',
    },
    examples: ['check ctdb', 'check ctdb on=ctl-1'],
  },
  args: CtdbArgs,
  subject: ({ on }) => `CTDB${on === undefined ? '' : ` on ${code(on)}`}`,
}

import type { Declaration } from '../shared/playbook.ts'
import { code } from '../shared/text.ts'
import { LustreArgs } from './args.ts'

export const lustre: Declaration<LustreArgs> = {
  name: 'lustre',
  title:
    'why a Lustre client cannot mount ("Is the MGS running?") or hangs: LNet, MGS, config lock, name, eviction',
  usage: {
    target: '<FSNAME>',
    options: {
      on: 'the client host (not needed when there is one only)',
      mgs: 'the servers of the MGS, `NID,NID:NID` as in the mount (default: from the mount, fstab or the log)',
    },
    examples: ['check lustre shlfs on=host-31', 'check lustre shlfs mgs=10.1.0.202@o2ib:10.1.0.201@o2ib'],
  },
  args: LustreArgs,
  subject: ({ fsname, on }) => `Lustre file system ${code(fsname)}${on === undefined ? '' : ` on ${on}`}`,
}

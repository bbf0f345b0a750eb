import type { Playbook } from '../shared/playbook.ts'
import { type LockArgs, LockFileArgs, StuckArgs } from './args.ts'
import { asRoot } from './as-root.ts'
import { diagnose, subjectOf } from './diagnose.ts'
import { gather } from './evidence.ts'
import { expireNfsdClient } from './expire.ts'
import { quarantineLockFile } from './quarantine.ts'
import { restoreLockFile } from './restore.ts'

const options = {
  on: 'the host where it is (not needed when there is one host only)',
  interval: 'seconds between the two looks (default 5; 0 looks once)',
}

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
  ...common,
  name: 'lock',
  title: 'who holds a lock on a file and who waits, on clients and NFS servers, and whether the holder lives',
  usage: {
    target: '<PATH | MAJOR:MINOR:INODE | INODE>',
    options,
    examples: [
      'check lock /srv/nfs/locks/registry',
      'check lock 00:14:2199054015793 on=Storage5',
      'check lock "/mnt/my files/a.lock" on=ECM-043',
    ],
  },
  args: LockFileArgs,
  subject: ({ subject }) => `locks of ${subjectOf(subject)}`,
  diagnose: (args, inventory, seen, now) => diagnose('lock', args, inventory, seen, now),
}

export const stuck: Playbook<LockArgs> = {
  ...common,
  name: 'stuck',
  title: 'what a process in state D waits for: a lock and its holder, an NFS server, a disk',
  usage: {
    target: '[PROCESS | PID]',
    options,
    examples: [
      'check stuck nova-compute on=ECM-043',
      'check stuck 21409 on=ECM-043',
      'check stuck on=ECM-043',
    ],
  },
  args: StuckArgs,
  subject: ({ subject, on }) =>
    `${subject.kind === 'processes' && (subject.pid ?? subject.name) === undefined ? 'what hangs' : `whether ${subjectOf(subject)} hangs`}${on === undefined ? '' : ` on ${on}`}`,
  diagnose: (args, inventory, seen, now) => diagnose('stuck', args, inventory, seen, now),
}

import type { Declaration } from '../shared/playbook.ts'
import { type LockArgs, LockFileArgs, StuckArgs, subjectOf } from './args.ts'

const options = {
  on: 'the host where it is (not needed when there is one host only)',
  interval: 'seconds between the two looks (default 5; 0 looks once)',
}

export const lock: Declaration<LockArgs> = {
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
}

export const stuck: Declaration<LockArgs> = {
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
}

import type { Advice } from '../../shared/finding.ts'

/** What a person may be tempted to do who sees only the text. */
export function textAdvice(which: string): Advice[] {
  switch (which) {
    case 'config-lock-not-granted':
      return [
        {
          what: 'restart the MGS or fail it over first',
          why: 'it serves every file system and client of that server; who holds the lock comes first',
        },
      ]
    case 'wrong-name':
      return [
        {
          what: 'run `writeconf` to make the name known',
          why: 'it makes the configuration of the whole file system anew, and needs all of it stopped; look at the name in the mount first',
        },
      ]
    case 'mount-failed':
      return [
        {
          what: 'restart the MGS because mount asks whether it runs',
          why: "that question is printed for every input/output error; the reason stands in the kernel's log of the client",
        },
      ]
    case 'connection-lost':
      return [
        {
          what: 'unmount by force, or reboot the client',
          why: 'what it has not written yet is sent when the server is back, and lost otherwise',
        },
      ]
    case 'evicted':
    case 'client-evicted':
    case 'recovered-with-loss':
    case 'stale-clients':
      return [
        {
          what: 'take the files that were being written for whole',
          why: 'what an evicted client had not written out is lost; check them',
        },
      ]
    case 'lnet-trouble':
      return [
        {
          what: 'restart servers of Lustre for it',
          why: 'it is the network, or LNet on one machine; a restart puts every client into recovery',
        },
      ]
    case 'in-recovery':
      return [
        {
          what: 'abort the recovery (`lctl abort_recovery`)',
          why: 'clients that have not come back yet lose what they had not written',
        },
      ]
    default:
      return []
  }
}

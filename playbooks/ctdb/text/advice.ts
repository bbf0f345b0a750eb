import type { Teller } from '../../shared/linux/telling.ts'

export const CHECK = 'check ctdb'

/** What helps to look further, and what makes it worse, whenever the lock's file cannot be reached. */
export function adviseOnLock(tell: Teller): void {
  tell.next(CHECK, 'Which processes hang on the lock, and when a node will shut itself down')
  tell.doNot(
    'delete or replace the recovery lock file',
    'it does not help against a file system that hangs, and with two files two halves of the cluster can each hold “the” lock',
  )
  tell.doNot(
    'restart ctdbd on all nodes',
    'a node that cannot get the lock does not come back, and the ones that still serve stop',
  )
}

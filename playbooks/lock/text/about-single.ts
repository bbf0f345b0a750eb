import type { Teller } from '../../shared/linux/telling.ts'
import { waitKind } from '../../shared/linux/wchan.ts'
import { code } from '../../shared/text.ts'
import { lockCommand, stuckCommand } from './commands.ts'
import { meaningIn } from './meaning.ts'
import type { SeenInText } from './seen.ts'

/** A stack alone: where the process was in that moment, whatever its state. */
export function aboutStacks({ processes, hung }: SeenInText, tell: Teller): void {
  for (const { pid, stack = [], wchan, host, lines } of processes) {
    const judged = processes.some((each) => each.pid === pid && each.state !== undefined)
    if (stack.length === 0 || judged || hung.some((task) => task.pid === pid)) continue
    const kind = waitKind({ wchan, stack })
    if (kind !== 'lock' && kind !== 'nfs') continue
    tell.find({
      code: kind === 'lock' ? 'waits-for-lock' : 'waits-for-server',
      verdict: 'inconclusive',
      severity: 'info',
      summary: `Process ${pid}${host === undefined ? '' : ` on ${code(host)}`} was in ${code(stack[0]!)}: it ${meaningIn(stack) ?? (kind === 'lock' ? 'waits for a lock' : 'waits for an NFS server')}; whether it moves, one look does not tell.`,
      lines,
    })
    tell.next(stuckCommand(undefined, pid, host), 'Look twice whether it hangs, and for what')
  }
}

/** A lock file on NFS that somebody has open: no fault, and the next question is who holds it. */
export function aboutLockFiles({ files, locks }: SeenInText, tell: Teller): void {
  for (const { path, server, host, inode } of files) {
    if (server === undefined || path === undefined || !/lock/i.test(path.split('/').at(-1) ?? '')) continue
    if (locks.some((lock) => lock.ino !== undefined && lock.ino === inode)) continue
    const command = lockCommand(path, host)
    if (!command) continue
    tell.next(command, 'Who holds it, and who waits')
    tell.doNot(
      `remove ${code(path)}`,
      'if its holder works, the next one would work at the same time; look first who holds it',
    )
  }
}

import { isKernelThread, nameOf } from '../../shared/linux/ps-table.ts'
import type { Teller } from '../../shared/linux/telling.ts'
import { type WaitKind, waitKind } from '../../shared/linux/wchan.ts'
import { code } from '../../shared/text.ts'
import { capital, counted } from './about-locks.ts'
import { lockCommand, stuckCommand } from './commands.ts'
import { meaningIn } from './meaning.ts'
import type { SeenFile, SeenInText, SeenProcess } from './seen.ts'

/** What is in state D while it does its work: programs that read and write all the time. */
const BUSY =
  /^(?:dd|tar|rsync|cp|mv|fio|find|du|updatedb|mandb|fsck(?:\.\w+)?|e2fsck|mkfs(?:\.\w+)?|sync|gzip|xz|bonnie\+\+|iozone|md5sum|sha\d+sum|cat|mysqldump|pg_dump)$/
const DISK = /disk or a block device|journal|XFS/

type Waiting = SeenProcess & { name: string; kind: WaitKind; meaning: string | undefined; times: number }

/** Processes in state D, as one look shows them: busy or stuck it cannot tell, so nothing here is confirmed. */
export function aboutProcesses(seen: SeenInText, tell: Teller): void {
  const waiting = waitingIn(seen)
  const everyday = waiting.filter(isEveryday)
  const rest = waiting.filter((process) => !everyday.includes(process))
  for (const group of Map.groupBy(rest, ({ kind, host }) => `${kind} ${host ?? ''}`).values())
    aboutGroup(group, seen, tell)
  if (everyday.length > 0)
    tell.find({
      code: 'busy',
      verdict: 'inconclusive',
      severity: 'info',
      summary: `${everyday
        .slice(0, 4)
        .map(({ name, pid }) => `${code(name)} (pid ${pid})`)
        .join(
          ', ',
        )} ${everyday.length === 1 ? 'was' : 'were'} in state D at that moment, as whatever uses a disk is now and then.`,
      lines: everyday.flatMap(({ lines }) => lines),
    })
  const listed = seen.listed.reduce((sum, { processes }) => sum + processes, 0)
  if (waiting.length === 0 && seen.hung.length === 0 && seen.listed.length > 0)
    tell.find({
      code: 'nothing-stuck',
      verdict: 'ruled-out',
      severity: 'ok',
      summary: `${capital(counted(listed, 'process is listed, and it is not', 'processes are listed, and none is'))} in state D.`,
      lines: seen.listed.flatMap(({ lines }) => lines),
    })
}

/** One entry for each process in state D, with all that the text shows of it. */
function waitingIn({ processes, hung }: SeenInText): Waiting[] {
  const inD = processes.filter(
    ({ state, pid }) => state?.startsWith('D') && !hung.some((task) => task.pid === pid),
  )
  const byPid = Map.groupBy(processes, ({ pid }) => pid)
  return [...Map.groupBy(inD, ({ pid, tid, host }) => `${host ?? ''} ${pid} ${tid ?? ''}`).values()].map(
    (same) => {
      const all = byPid.get(same[0]!.pid)!.filter(({ host }) => host === same[0]!.host || host === undefined)
      const wchan = all.findLast((each) => each.wchan !== undefined)?.wchan
      const stack = all.findLast((each) => each.stack !== undefined)?.stack ?? []
      const command = all.map((each) => each.command ?? '').sort((a, b) => b.length - a.length)[0] ?? ''
      const kind = waitKind({ wchan, stack })
      const meaning = meaningIn([wchan, ...stack])
      const lines = all.flatMap((each) => each.lines)
      const listings = new Set(same.map(({ listing }) => listing)).size
      return {
        ...same[0]!,
        ...(wchan !== undefined && { wchan }),
        stack,
        command,
        name: nameOf(command) ?? same[0]!.pid,
        kind,
        meaning,
        lines,
        times: listings,
      }
    },
  )
}

function isEveryday({ kind, command, name, meaning, times }: Waiting): boolean {
  if (times > 1 || kind === 'lock' || kind === 'nfs' || kind === 'nfs-unclear') return false
  if (kind === 'other' && meaning !== undefined && !DISK.test(meaning)) return false
  return isKernelThread({ command: command ?? '' }) || kind === 'other' || BUSY.test(name)
}

const CODES: Record<WaitKind, string> = {
  lock: 'waits-for-lock',
  nfs: 'waits-for-server',
  'nfs-unclear': 'waits-for-server',
  other: 'not-a-lock',
  unknown: 'in-state-d',
}

function aboutGroup(group: Waiting[], seen: SeenInText, tell: Teller): void {
  const [first] = group as [Waiting, ...Waiting[]]
  const host = first.host
  const who = group
    .slice(0, 3)
    .map(({ name, pid }) => `${code(name)} (pid ${pid})`)
    .join(', ')
  const more = group.length > 3 ? ` and ${group.length - 3} more` : ''
  const is = group.length === 1 ? 'is' : 'are'
  const often = group.some(({ times }) => times > 1)
    ? `, in ${Math.max(...group.map(({ times }) => times))} looks`
    : ''
  const meaning = group.map((each) => each.meaning).find((text) => text !== undefined)
  const wchan = group.map((each) => each.wchan ?? each.stack?.[0]).find((text) => text !== undefined)
  // who may have the lock says more than that something waits
  for (const process of group) aboutItsFiles(process, seen, tell)
  tell.find({
    code: CODES[first.kind],
    verdict: 'inconclusive',
    severity: 'warning',
    summary: `${who}${more}${host === undefined ? '' : ` on ${code(host)}`} ${is} in state D${wchan === undefined ? '' : ` in ${code(wchan)}`}${often}${meaning === undefined ? '' : `: ${group.length === 1 ? 'it' : 'each'} ${meaning}`}; whether it moves, one look does not tell.`,
    details: group.flatMap((process) => openFiles(process, seen)).slice(0, 8),
    lines: group.flatMap(({ lines }) => lines),
  })
  for (const { name, pid } of group.slice(0, 3))
    tell.next(stuckCommand(name, pid, host), 'Look twice whether it hangs, and for what')
  const pids = group
    .slice(0, 5)
    .map(({ pid }) => pid)
    .join(', ')
  tell.doNot(
    `kill ${who}${more} (\`kill -9 ${pids}\`)`,
    first.wchan?.endsWith('_killable')
      ? 'this wait can be killed, but what the process has not written is lost, and the next one waits for the same thing'
      : 'a process in state D does not take the signal until what it waits for answers; it ends then, perhaps in the middle of its work',
  )
}

const nfsFilesOf = ({ pid }: Pick<SeenProcess, 'pid'>, { files }: SeenInText) =>
  files.filter((file) => file.pid === pid && file.server !== undefined)

const openFiles = (process: Waiting, seen: SeenInText) =>
  nfsFilesOf(process, seen).map(
    ({ path, server, inode }) =>
      `${code(process.name)} has ${code(path ?? '')} open${inode === undefined ? '' : `, inode ${inode}`}, on ${code(server ?? '')}.`,
  )

/** Its files on NFS, and who has them locked elsewhere in the text: the same inode, whatever the path and the device. */
function aboutItsFiles(process: Waiting, seen: SeenInText, tell: Teller): void {
  const files = seen.files.filter(
    (file) => file.pid === process.pid && (file.inode !== undefined || file.server !== undefined),
  )
  for (const file of files) {
    const locks = seen.locks.filter(({ ino, waits }) => ino !== undefined && ino === file.inode && !waits)
    const byOthers = locks.filter(({ pid }) => pid !== process.pid)
    if (byOthers.length > 0) {
      const [lock] = byOthers
      tell.find({
        code: 'waits-for-lock',
        verdict: 'inconclusive',
        severity: 'warning',
        summary: `${code(process.name)} (pid ${process.pid}) is in state D and has ${code(file.path ?? `inode ${file.inode}`)} open; pid ${lock!.pid}${lock!.host === undefined ? '' : ` on ${code(lock!.host)}`} holds a ${lock!.mode?.toLowerCase() ?? ''} lock on inode ${file.inode}. It may wait for that lock.`,
        details: [
          "The holder that an NFS server shows may stand for a client: which one, `/var/lib/nfs/sm` and nfsd's own list of clients tell.",
        ],
        lines: [...process.lines, file.line, ...byOthers.map(({ line }) => line)],
      })
      for (const each of byOthers) {
        const command = lockCommand(each.target, each.host)
        if (command) tell.next(command, 'Who holds it, and whether the holder lives')
      }
    }
    if (byOthers.length > 0 || (file.server !== undefined && isLockFile(file))) {
      const command = lockCommand(file.path, file.host ?? process.host)
      if (command) tell.next(command, 'The same file by its path on the client')
      tell.doNot(
        `remove ${code(file.path ?? `the file with inode ${file.inode}`)}`,
        'if its holder works, the next one would work at the same time; look first who holds it',
      )
    }
  }
}

const isLockFile = ({ path = '' }: SeenFile) => /lock/i.test(path.split('/').at(-1) ?? '')

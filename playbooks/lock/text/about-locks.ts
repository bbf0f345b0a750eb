import type { Teller } from '../../shared/linux/telling.ts'
import { code } from '../../shared/text.ts'
import { lockCommand } from './commands.ts'
import type { SeenInText, SeenLock, SeenProcess } from './seen.ts'

/** What nfsd keeps beside locks proper. */
const NO_LOCK = /^(?:open|deleg|layout|revoked)$/

/** that many files are told one by one */
const MOST_FILES = 12

/** Who waits for whom, in listings of locks. A holder that lives is no fault; whether it lives another listing may tell. */
export function aboutLocks(seen: SeenInText, tell: Teller): void {
  const locks = seen.locks.filter(({ kind, client }) => !NO_LOCK.test(kind) && client === undefined)
  const waiters = locks.filter(({ waits }) => waits)
  const groups = Map.groupBy(
    waiters,
    (waiter) =>
      `${waiter.host ?? ''} ${waiter.target ?? waiter.path ?? `${waiter.listing}/${waiter.number}`}`,
  )
  const holders = holdersIn(locks)
  for (const group of [...groups.values()].slice(0, MOST_FILES)) aboutWaiters(group, holders, seen, tell)
  if (groups.size > MOST_FILES)
    tell.find({
      code: 'more-waiters',
      verdict: 'inconclusive',
      severity: 'info',
      summary: `Locks on ${groups.size - MOST_FILES} more files are waited for.`,
      lines: [...groups.values()].slice(MOST_FILES).flatMap((group) => group.map(({ line }) => line)),
    })
  if (locks.length > 0 && waiters.length === 0 && !linked(seen))
    tell.find({
      code: 'nobody-waits',
      verdict: 'ruled-out',
      severity: 'ok',
      summary: `${capital(counted(locks.length, 'lock is', 'locks are'))} held, and nobody waits for one of them, in this list.`,
      details: ['A client that waits at another server, or in its own kernel, is not in it.'],
      lines: locks.map(({ line }) => line),
    })
  for (const lock of locks.filter(({ nature }) => nature === 'BREAKING' || nature === 'BREAKER'))
    tell.find({
      code: 'lease-broken',
      verdict: 'inconclusive',
      severity: 'info',
      summary: `A ${lock.kind === 'DELEG' ? 'delegation' : 'lease'} on ${nameOf(lock)} is being called back; whoever wants the file waits until its holder (pid ${lock.pid}) gives it up, \`lease-break-time\` at most.`,
      lines: [lock.line],
    })
}

/** A process in state D has a file open that is locked here: another finding says so. */
const linked = (seen: SeenInText) =>
  seen.processes.some(
    ({ state, pid }) =>
      state?.startsWith('D') &&
      seen.files.some(
        (file) =>
          file.pid === pid &&
          file.inode !== undefined &&
          seen.locks.some(({ ino, pid: holder }) => ino === file.inode && holder !== pid),
      ),
  )

function aboutWaiters(group: SeenLock[], known: Holders, seen: SeenInText, tell: Teller): void {
  const [first] = group as [SeenLock, ...SeenLock[]]
  const holders = [...new Set(group.flatMap((waiter) => holderOf(waiter, known) ?? []))]
  const processes = holders.flatMap(({ pid, host }) => processOf(pid, host, seen) ?? [])
  const hung = processes.filter(({ state }) => /^[DTtZX]/.test(state ?? ''))
  const alive = processes.length > 0 && hung.length === 0
  const who =
    holders.length === 0 ? 'a lock whose line is not in the text' : holders.map(holderName).join(' and ')
  const pids = group.slice(0, 8).map(({ pid, blocker }) => (pid === '-1' ? 'not told' : (pid ?? blocker)))
  const waits = `${counted(group.length, 'process waits', 'processes wait')} (pid ${pids.join(', ')}${group.length > 8 ? ' …' : ''})`
  const lines = [...holders, ...group].map(({ line }) => line)
  const name = nameOf(first)
  if (hung.length > 0)
    tell.find({
      code: 'holder-hangs',
      verdict: 'inconclusive',
      severity: 'warning',
      summary: `${name} is held by ${who}, which is in state ${hung[0]!.state} itself; ${waits} for it.`,
      details: ['What the holder waits for is the cause; when it goes on, so do the others.'],
      lines: [...lines, ...hung.flatMap((process) => process.lines)],
    })
  else if (alive)
    tell.find({
      code: 'contention',
      verdict: 'inconclusive',
      severity: 'info',
      summary: `${name} is held by ${who}, which is there (state ${processes[0]!.state ?? 'not shown'}); ${waits} for it.`,
      details: ['That is what a lock is for. If it takes too long, ask whoever runs the holder.'],
      lines,
    })
  else
    tell.find({
      code: 'holder-unseen',
      verdict: 'inconclusive',
      severity: 'warning',
      summary: `${name} is held by ${who}; ${waits} for it. Whether the holder works, the text does not show.`,
      details: [
        'On an NFS server the holder is often the server itself, for a client: `lockd`, `nfsd` or, before Linux 5.3, a number of the client.',
      ],
      lines,
    })
  const file = first.target ?? first.path
  const command = lockCommand(file, first.host)
  if (command) tell.next(command, 'Who holds it, and whether the holder lives')
  if (hung[0])
    tell.next(
      `check stuck ${hung[0].pid}${hung[0].host === undefined ? '' : ` on=${hung[0].host}`}`,
      'Why the holder hangs',
    )
  tell.doNot(
    `remove the lock file (${name}) or end its holder (${holders.map(({ pid }) => pid).join(', ') || 'whoever it is'}) because others wait`,
    'a holder that works would go on, and the next one would work on the same data at the same time',
  )
}

/** Holders by what a waiter may know of them. */
type Holders = ReadonlyMap<string, SeenLock>

function holdersIn(locks: readonly SeenLock[]): Holders {
  const holders = new Map<string, SeenLock>()
  for (const lock of locks) {
    if (lock.waits) continue
    for (const key of keysOf(lock, lock.pid)) if (!holders.has(key)) holders.set(key, lock)
  }
  return holders
}

/** The same number in /proc/locks is surest; then the pid that lslocks names; then the same file. */
function keysOf({ listing, host, number, ino, target, path }: SeenLock, pid: string | undefined): string[] {
  const parts = [
    number && `number ${number} ${ino ?? ''}`,
    pid && `pid ${pid}`,
    target && `file ${target}`,
    path && `path ${path}`,
  ]
  return parts.flatMap((part) => (part ? [`${listing} ${host ?? ''} ${part}`] : []))
}

function holderOf(waiter: SeenLock, holders: Holders): SeenLock | undefined {
  const key = keysOf(waiter, waiter.blocker).find((each) => holders.has(each))
  return key === undefined ? undefined : holders.get(key)
}

/** What another part of the text shows of a pid; numbers of other hosts are other processes. */
function processOf(
  pid: string | undefined,
  host: string | undefined,
  seen: SeenInText,
): SeenProcess | undefined {
  return seen.processes.findLast(
    (process) =>
      process.pid === pid &&
      process.state !== undefined &&
      (process.host === undefined || host === undefined || process.host === host),
  )
}

const holderName = ({ pid, command }: SeenLock) =>
  pid === '-1'
    ? 'an OFD lock, which belongs to no single process'
    : `${command === undefined || command === '(undefined)' || command === '(unknown)' ? '' : `${code(command)} `}pid ${pid}`

const nameOf = ({ path, target, ino }: SeenLock) =>
  code(path ?? target ?? (ino === undefined ? 'the file' : `inode ${ino}`))

export const counted = (count: number, one: string, many: string) =>
  count === 1 ? `one ${one}` : `${count} ${many}`

export const capital = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1)

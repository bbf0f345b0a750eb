import { asInLocks } from '../shared/linux/device.ts'
import type { Wait } from '../shared/linux/threads.ts'
import { meaningOf } from '../shared/linux/wchan.ts'
import { code } from '../shared/text.ts'
import type { FileView } from './evidence.ts'
import type { LockFile } from './files.ts'
import type { Holder, HoldingClient } from './holder.ts'
import type { Owner } from './owners.ts'
import type { Hung } from './processes.ts'
import type { LockRecord } from './records.ts'

/** `1 min`, `2 h 5 min`, `3 d`: as people say it. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`
  return `${Math.round(hours / 24)} d`
}

/** The file by its name, or by its inode where the name is not known. */
export function fileName({ path, ino, devices }: LockFile): string {
  return code(path ?? (devices?.[0] ? `${asInLocks(devices[0])}:${ino}` : `inode ${ino}`))
}

/** `POSIX write lock, whole file`. */
export function lockKind({ lock }: LockRecord): string {
  const range = lock.from === '0' && lock.to === 'EOF' ? 'whole file' : `bytes ${lock.from} to ${lock.to}`
  // ACCESS: a POSIX lock that an NFS client has yet to ask its server for
  const kind = lock.kind === 'OFDLCK' ? 'OFD' : lock.kind === 'ACCESS' ? 'POSIX' : lock.kind
  return `${kind} ${lock.mode.toLowerCase()} lock, ${range}`
}

/** The line as it stands in /proc/locks, short: `28331 00:14:2199054015793`. */
export function lockLine({ lock }: LockRecord): string {
  return code(`${lock.pid} ${lock.device === undefined ? '<none>' : asInLocks(lock.device)}:${lock.ino}`)
}

export function ownerName(owner: Owner): string {
  switch (owner.kind) {
    case 'process':
      return `${code(owner.name)} (pid ${owner.pid})${owner.state === 'works' ? '' : owner.state === 'stopped' ? ', which is stopped' : `, which hangs itself${owner.wchan === undefined ? '' : ` in ${code(owner.wchan)}`}`}`
    case 'daemon':
      return `the NFS server itself (${code(owner.name)}, pid ${owner.pid}), for a client,`
    case 'nobody':
      return `pid ${owner.pid}, which is no process there (before Linux 5.3 an NFS server shows its client's pid),`
    case 'perhaps':
      return `perhaps ${code(owner.name)} (pid ${owner.pid}; not made sure of: ${owner.why})`
    case 'unseen':
      return `pid ${owner.pid} (could not be looked at: ${owner.why})`
  }
}

/** One line of evidence for each lock and each waiter. */
export function recordLine(record: LockRecord): string {
  const who =
    record.owners.length === 0 ? `pid ${record.lock.pid}` : record.owners.map(ownerName).join(' and ')
  const what = record.lock.waits
    ? `waits for a ${lockKind(record)}`
    : `holds it (${lockKind(record)}${record.lasted === true ? ', still at the second look' : ''})`
  return `${code(record.host.name)}: ${who} ${what}; ${lockLine(record)}${record.sure ? '' : ', matched by the inode number alone'}.`
}

export function clientLine({ server, client, leaseSeconds, lease }: HoldingClient): string {
  const renewed =
    client.secondsSinceRenewal === undefined
      ? ''
      : `, last renewed ${duration(client.secondsSinceRenewal)} ago${leaseSeconds === undefined ? '' : ` (lease ${leaseSeconds} s)`}`
  return `${code(server.name)}: NFSv4 client ${code(client.address)} (${code(client.name)}) has it locked${client.status === undefined ? '' : `, status ${client.status}`}${renewed}${lease === 'good' ? '; its lease is good' : lease === 'overdue' ? '; it should have by now' : ''}.`
}

/** Who holds the file, as part of a sentence. */
export function holderName(holder: Holder): string {
  switch (holder.is) {
    case 'works':
    case 'hangs': {
      const [first, ...more] = holder.by
      return `${code(first!.owner.name)} (pid ${first!.owner.pid} on ${code(first!.host.name)})${more.length > 0 ? ` and ${more.length} more` : ''}`
    }
    case 'leased':
    case 'ran-out':
      return `NFSv4 client ${holder.clients.map(({ client }) => code(client.address)).join(', ')}`
    case 'left-over':
      return 'nobody'
    default:
      return 'somebody'
  }
}

/** A process that hangs: what it waits in, what that usually means, since when the kernel has known of it. */
export function hungLine({ wait, twice, is }: Hung, sinceS: number | undefined): string {
  const where = wait.wchan === undefined ? '' : ` in ${code(wait.wchan)}`
  const meaning =
    wait.wchan === undefined
      ? undefined
      : (meaningOf(wait.wchan) ?? wait.stack.map(meaningOf).find((text) => text !== undefined))
  const how =
    is === 'moves' ? ', but moved between the two looks' : twice ? ', not moved between the two looks' : ''
  return `${code(wait.name)} (pid ${wait.pid}${wait.tid === wait.pid ? '' : `, thread ${wait.tid}`}): state D${where}${how}${sinceS === undefined ? '' : `, blocked already ${duration(sinceS)} ago, says the kernel`}${meaning === undefined ? '' : `; it ${meaning}`}.`
}

/** A process that waits for a lock and could be ended: newer kernels wait for a lock on NFS like that. */
export function askingLine({ name, pid, state, wchan }: Wait): string {
  return `${code(name)} (pid ${pid}): waits for a lock${wchan === undefined ? '' : ` in ${code(wchan)}`}, in state ${state}.`
}

/** What the same inode number elsewhere means, for who compares with grep. */
export function elsewhereLine({ elsewhere }: FileView): string[] {
  if (elsewhere.length === 0) return []
  const places = [
    ...new Set(
      elsewhere.map(
        ({ host, lock }) =>
          `${code(lock.device === undefined ? '<none>' : asInLocks(lock.device))} on ${code(host.name)}`,
      ),
    ),
  ]
  return [
    `The same inode number is locked on another file system, too (${places.slice(0, 4).join(', ')}): that is not this file.`,
  ]
}

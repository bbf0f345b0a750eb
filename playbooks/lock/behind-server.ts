import type { Host, Inventory } from '../shared/inventory.ts'
import { isLocalType } from '../shared/linux/mountinfo.ts'
import { isHeldLock } from '../shared/linux/proc-locks.ts'
import { code } from '../shared/text.ts'
import type { Evidence, FileView } from './evidence.ts'
import type { Holder } from './holder.ts'
import { hiddenOn } from './not-listed.ts'
import type { HostView, LockRecord } from './records.ts'

/**
 * Who keeps a lock for somebody else, by its line: lockd (NFSv2/v3), nfsd (NFSv4), another program with a list of its own,
 * or `unknown`: a number that is no process there, as lockd shows before Linux 5.3.
 */
export function keptFor({ lock, owners }: LockRecord): 'lockd' | 'nfsd' | 'other' | 'unknown' {
  // the kernel's servers take POSIX locks only, for a flock of their client as well (fs/lockd/svclock.c, fs/nfsd/nfs4state.c)
  if (lock.kind !== 'POSIX') return 'other'
  const daemon = owners.find((owner) => owner.kind === 'daemon')
  if (!daemon) return 'unknown'
  if (/^(rpc\.)?lockd$/.test(daemon.name)) return 'lockd'
  return daemon.name.startsWith('nfsd') ? 'nfsd' : 'other'
}

/** Left over only where every client of every server that keeps it was asked, twice, and none has it. */
export function behindTheServer(view: FileView, hosts: Evidence['hosts'], inventory: Inventory): Holder {
  const kept = view.records.filter(({ lock }) => !lock.waits)
  const others = kept.flatMap((record) => notLockds(record, hosts))
  if (others.length > 0) return { is: 'unseen', missing: [...new Set(others)] }
  const servers = [...new Map(kept.map(({ host }) => [host.name, host])).values()]
  const missing: string[] = []
  const asked = new Map<string, Host>()
  for (const server of servers) {
    const monitored = hosts.find(({ host }) => host.name === server.name)?.monitored
    if (!monitored?.seen)
      missing.push(`the clients that ${code(server.name)} keeps locks for (${monitored?.why ?? 'not asked'})`)
    else if (monitored.value.length === 0) missing.push(`a client: statd on ${code(server.name)} knows none`)
    for (const { name } of monitored?.seen ? monitored.value : []) {
      const client = inventory.hosts.find(
        (each) => each.name.toLowerCase() === name.toLowerCase() || each.addresses.includes(name),
      )
      const seen = client && hosts.find(({ host }) => host.name === client.name)
      const doubt = seen && doubtAbout(view, seen)
      if (!client) missing.push(`client ${code(name)}, which is not in the configuration`)
      else if (!seen) missing.push(`client ${code(client.name)} (not asked: it has no role \`nfs-client\`)`)
      else if (doubt !== undefined) missing.push(`client ${code(client.name)} (${doubt})`)
      else asked.set(client.name, client)
    }
  }
  if (view.records.some(({ sure }) => !sure)) missing.push('the file system behind the inode number')
  // a lock that was given back between the look at its server and the one at its client is on neither any more
  for (const { host, lasted } of kept.filter((record) => record.lasted !== true))
    missing.push(
      `the lock on ${code(host.name)} at a second look${lasted === false ? ': it was not there any more' : ''}`,
    )
  if (missing.length > 0) return { is: 'unseen', missing: [...new Set(missing)] }
  return { is: 'left-over', server: servers[0]!, asked: [...asked.values()] }
}

/** Why the clients that statd knows are not all that may have this lock. */
function notLockds(record: LockRecord, hosts: Evidence['hosts']): string[] {
  const { host, owners, lock } = record
  const nfsd = hosts.find((each) => each.host.name === host.name)?.nfsd
  const at = code(host.name)
  // a process of this machine that died leaves no lock: only a server keeps one for somebody else
  if (!host.roles.includes('nfs-server'))
    return [`process ${owners[0]?.pid ?? lock.pid} on ${at}, which is gone or in another container`]
  switch (keptFor(record)) {
    case 'lockd':
      return []
    case 'nfsd':
      return [
        `the NFSv4 client that ${at} keeps it for (${nfsd?.seen ? 'none of those that it lists has it locked' : (nfsd?.why ?? 'not asked')})`,
      ]
    case 'unknown':
      // where the kernel has no such list, it is old enough to show the number of a client of lockd
      return nfsd?.seen || nfsd?.code === 'absent'
        ? []
        : [`the NFSv4 clients of ${at} (${nfsd?.why ?? 'not asked'})`]
    case 'other': {
      const daemon = owners.find((owner) => owner.kind === 'daemon')
      return [
        daemon
          ? `for whom ${code(daemon.name)} on ${at} holds it: that is only in a list of its own`
          : `the process that has the ${lock.kind} lock on ${at}: no NFS client has one of that kind there`,
      ]
    }
  }
}

/** Why a client that was looked at may still have it; undefined: it has not. */
function doubtAbout(view: FileView, seen: HostView): string | undefined {
  const { host, locks, later, mounts } = seen
  if (!locks.seen) return locks.why
  const hidden = hiddenOn(seen)
  if (hidden !== undefined) return hidden
  // what one client gives back and the next takes is on neither of them for a moment, and on the server all the time
  if (!later?.seen) return `asked once only${later ? `: ${later.why}` : ''}`
  const local = (device: string | undefined) => {
    const mount = mounts.seen ? mounts.value.find((each) => each.device === device) : undefined
    return mount !== undefined && isLocalType(mount.type)
  }
  const like = [...locks.value, ...later.value].find(
    (lock) => isHeldLock(lock) && lock.ino === view.file.ino && !local(lock.device),
  )
  if (!like) return undefined
  return view.records.some((record) => record.host.name === host.name && record.lock.device === like.device)
    ? 'it has it at one of the two looks'
    : `it has inode ${view.file.ino} locked on a file system that I can't tell from this one`
}

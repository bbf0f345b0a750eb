import type { Offer } from '../shared/finding.ts'
import type { Inventory } from '../shared/inventory.ts'
import type { Device } from '../shared/linux/device.ts'
import { isBelow } from '../shared/linux/mountinfo.ts'
import { code } from '../shared/text.ts'
import type { LockArgs } from './args.ts'
import {
  basisOfExpire,
  basisOfQuarantine,
  type ExpireParams,
  expireCommand,
  type QuarantineParams,
  renameCommand,
} from './basis.ts'
import type { Evidence, FileView } from './evidence.ts'
import type { Holder, HoldingClient } from './holder.ts'
import { held, holderOf } from './judge.ts'
import { waitersOf } from './waits.ts'
import { fileName, holderName } from './words.ts'

type Context = { args: LockArgs; inventory: Inventory; evidence: Evidence; now: number }

/**
 * What may be offered for a file: nothing while its holder works or its lease is good, nothing before the second look,
 * nothing that nobody waits for.
 */
export function offersFor(view: FileView, context: Context): Offer[] {
  const holder = holderOf(view, context.evidence, context.inventory)
  const lasted = held(view).length > 0 && held(view).every((record) => record.lasted === true)
  if (!lasted || view.pending || waitersOf(view, context.evidence) === 0) return []
  if (holder.is === 'ran-out') return holder.clients.flatMap((client) => expire(view, client, context))
  if (holder.is !== 'left-over' && holder.is !== 'hangs' && holder.is !== 'unseen') return []
  if (held(view).some(({ owners }) => owners.some(({ kind }) => kind === 'perhaps'))) return []
  return quarantine(view, holder, context)
}

/** Why a lock file cannot be moved aside; undefined when it can. */
export function obstacle(view: FileView): string | undefined {
  const { name } = view
  if (!name) return 'the name of the file on the machine that has its disk is not known'
  const at = code(name.host.name)
  if (!name.stat.seen || !name.realPath.seen)
    return `${code(name.path)} on ${at} could not be looked at: ${!name.stat.seen ? name.stat.why : !name.realPath.seen ? name.realPath.why : ''}`
  const { value } = name.stat
  if (value.kind !== 'regular')
    return `${code(name.path)} on ${at} is no regular file but a ${value.kind === 'stale' ? 'stale handle' : value.kind}`
  if (name.realPath.value !== name.path)
    return `there is a symlink in ${code(name.path)}; it leads to ${code(name.realPath.value)}`
  if (value.ino !== view.file.ino) return `${code(name.path)} on ${at} is another file by now`
  const roots = name.host.lockRoots ?? []
  if (!roots.some((root) => isBelow(name.path, root) && name.path !== root)) {
    const folder = name.path.slice(0, name.path.lastIndexOf('/')) || '/'
    return `no folder of ${at} is configured for it; to allow it, add \`lock_roots: [${folder}]\` to that host in unwedge.yaml`
  }
  if (newNameOf(name.path, 0).length > 255 + name.path.lastIndexOf('/'))
    return 'its name is too long to get an addition'
  return undefined
}

function quarantine(view: FileView, holder: Holder, context: Context): Offer[] {
  const { name, file } = view
  if (obstacle(view) !== undefined || !name?.stat.seen || name.stat.value.kind === 'stale') return []
  const params: QuarantineParams = {
    host: name.host.name,
    path: name.path,
    device: name.stat.value.device satisfies Device,
    ino: file.ino,
    to: newNameOf(name.path, context.now),
  }
  const proven = holder.is === 'left-over'
  const who = holderName(holder)
  return [
    {
      remedy: 'quarantine-lock-file',
      params,
      label: 'move the lock file aside',
      plan: `rename ${code(name.path)} on ${code(name.host.name)} to ${code(params.to)} (beside it; nothing is removed) → see it there → wait until nobody waits any more.`,
      commands: [renameCommand(params)],
      touches: proven
        ? 'nobody who holds it; whoever opens it next makes a new lock file.'
        : holder.is === 'hangs'
          ? `${who}: it keeps its lock on the old file. If it wakes up, it and the next one both believe that they hold the lock.`
          : 'the holder, if it lives: it keeps its lock on the old file, and the next one gets a new one. Both would work at the same time.',
      approvals: proven ? 1 : 2,
      ...(!proven && {
        because:
          holder.is === 'unseen'
            ? `I can't tell whether the holder lives: ${holder.missing.join('; ')}`.slice(0, 600)
            : `the holder, ${who}, is there, although it hangs`,
        typed: typeable(name.path.slice(name.path.lastIndexOf('/') + 1)) ?? file.ino,
      }),
      basis: basisOfQuarantine(params, view, holder),
    },
  ]
}

/** A name that people can type; undefined for one with invisible or unusual characters. */
const typeable = (name: string) => (/^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/.test(name) ? name : undefined)

/** `NAME.unwedge-20190413T090301Z`: when it was offered; the approval and the audit trail name the same. */
export function newNameOf(path: string, now: number): string {
  return `${path}.unwedge-${new Date(now).toISOString().replace(/[-:]|\.\d+/g, '')}`
}

function expire(
  view: FileView,
  { server, client, leaseSeconds }: HoldingClient,
  { evidence, inventory }: Context,
): Offer[] {
  const params: ExpireParams = {
    host: server.name,
    number: client.number,
    clientId: client.clientId,
    address: client.address,
  }
  const knows = inventory.hosts.find((host) => host.addresses.includes(client.address))
  return [
    {
      remedy: 'expire-nfsd-client',
      params,
      label: 'expire the lost NFSv4 client',
      plan: `expire NFSv4 client ${code(client.address)} (${code(client.clientId)}) on ${code(server.name)} → see that it is gone → wait until nobody waits for ${fileName(view.file)}.`,
      commands: [expireCommand(params)],
      touches: `every file that this client has open or locked on ${code(server.name)}. ${knows ? `If ${code(knows.name)} lives, its programs` : 'If it lives, its programs'} get errors and lose what was not written yet.`,
      approvals: 1,
      basis: basisOfExpire(params, view, evidence, leaseSeconds),
    },
  ]
}

import { z } from 'zod'
import { asInLocks, type Device, deviceFromDecimal, statNumber } from '../shared/linux/device.ts'
import { NotSeen } from '../shared/probe.ts'
import type { Evidence, FileView } from './evidence.ts'
import type { Holder } from './holder.ts'
import { held, leaseOf } from './judge.ts'
import { expireArgv, renameArgv } from './scripts.ts'

const Path = z
  .string()
  .startsWith('/')
  .max(4095)
  .refine((path) => !path.includes('\0') && !/(^|\/)\.{0,2}(\/|$)/.test(path.slice(1)), 'not a plain path')
const DeviceText = z
  .string()
  .refine(
    (text): text is Device => deviceFromDecimal(text) !== undefined && !text.includes(','),
    'not a device',
  )
const Inode = z.string().regex(/^\d{1,20}$/)

/** Which file is renamed to what, and which it has to be: device and inode as they were approved. */
export const QuarantineParams = z
  .strictObject({ host: z.string(), path: Path, device: DeviceText, ino: Inode, to: Path })
  .refine(
    ({ path, to }) => to.startsWith(`${path}.unwedge-`) && !to.slice(path.length).includes('/'),
    'not beside the file',
  )
export type QuarantineParams = z.infer<typeof QuarantineParams>

/** Which client of which server: the folder's number may name somebody else later, its id does not. */
export const ExpireParams = z.strictObject({
  host: z.string(),
  number: z.string().regex(/^\d{1,20}$/),
  clientId: z.string().regex(/^0x[0-9a-f]{1,16}$/),
  address: z.string().max(64),
})
export type ExpireParams = z.infer<typeof ExpireParams>

/** What moving a lock file aside rests on: the file itself, each lock on it, and what is known of the holder. */
export function basisOfQuarantine(
  { host, path, device, ino }: QuarantineParams,
  view: FileView,
  holder: Holder,
): string {
  const { name } = view
  if (!name || name.host.name !== host || name.path !== path)
    throw new NotSeen('absent', `the lock on ${path} is not there any more`)
  if (!name.stat.seen) throw new NotSeen(name.stat.code, `${path} could not be looked at: ${name.stat.why}`)
  const { value } = name.stat
  const is =
    value.kind === 'stale' ? 'a stale handle' : `${value.kind} ${asInLocks(value.device)}:${value.ino}`
  return [
    `file ${host}:${path} is ${is}`,
    `approved as ${asInLocks(device as Device)}:${ino}`,
    ...held(view).map(
      ({ host: at, lock, owners, lasted }) =>
        `lock on ${at.name}: ${lock.kind} ${lock.mode} ${lock.pid} ${lock.from}-${lock.to}, ${
          owners
            .map(({ kind }) => kind)
            .sort()
            .join('+') || 'unknown'
        }${lasted === true ? '' : ', not at both looks'}`,
    ),
    ...('by' in holder
      ? holder.by.map(
          ({ host: at, owner }) =>
            `holder ${owner.pid} on ${at.name}, started at tick ${owner.startTicks}, ${owner.state}`,
        )
      : []),
    `holder is ${holder.is}`,
  ]
    .sort()
    .join('\n')
}

/** What expiring a client rests on: that it is the same client, still without renewal, still with this file. */
export function basisOfExpire(
  { host, number, clientId, address }: ExpireParams,
  view: FileView,
  { hosts }: Pick<Evidence, 'hosts'>,
  lease: number | undefined,
): string {
  const nfsd = hosts.find((each) => each.host.name === host)?.nfsd
  if (!nfsd?.seen)
    throw new NotSeen(
      nfsd?.code ?? 'pending',
      `the NFSv4 clients of ${host} could not be seen: ${nfsd?.why ?? 'not asked'}`,
    )
  const client = nfsd.value.clients.find((each) => each.number === number)
  const words = { good: 'is good', overdue: 'is overdue', 'ran-out': 'has run out' }
  return [
    `client ${number} on ${host} is ${client ? `${client.clientId} ${client.address}` : 'gone'}`,
    `approved as ${clientId} ${address}`,
    `its lease ${client ? words[leaseOf(client, lease)] : 'is gone'}`,
    `it has ${client?.states.some(({ kind, ino }) => kind === 'lock' && ino === view.file.ino) ? 'a' : 'no'} lock on inode ${view.file.ino}`,
  ]
    .sort()
    .join('\n')
}

/** The confirm dialog shows what is done in words of the shell; what runs is the script with these arguments. */
export function renameCommand({
  path,
  to,
  device,
  ino,
}: Pick<QuarantineParams, 'path' | 'to' | 'device' | 'ino'>): string {
  return `${shown(renameArgv({ from: path, to, device: statNumber(device as Device), ino }))}  # only if it still is inode ${ino}, a regular file, and no symlink is in its path`
}

export function expireCommand(params: ExpireParams): string {
  return `${shown(expireArgv(params))}  # echo expire > ctl, only if it still is this client`
}

/** The script itself is left out: it is always the same and stands in scripts.ts. */
function shown(argv: readonly string[]): string {
  return argv
    .map((word) =>
      word.includes('\n')
        ? "'…'"
        : /^[A-Za-z0-9_./:=@%+-]+$/.test(word)
          ? word
          : `'${word.replaceAll("'", "'\\''")}'`,
    )
    .join(' ')
}

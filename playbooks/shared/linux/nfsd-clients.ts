import { NotSeen, type Output } from '../probe.ts'
import { type Device, deviceFromLocks } from './device.ts'

/** An NFSv4 client as the kernel's server knows it (Linux 5.3 and later). */
export type NfsdClient = {
  /** folder below /proc/fs/nfsd/clients; may name somebody else after a restart of nfsd */
  number: string
  /** `0x6a1b2c3d4e5f6071`, unique while this server runs */
  clientId: string
  /** without port */
  address: string
  /** what the client calls itself: `Linux NFSv4.2 host7` */
  name: string
  /** `courtesy`: its lease has run out, and its locks are kept until somebody wants them (Linux 5.19 and later) */
  status: 'confirmed' | 'unconfirmed' | 'courtesy' | undefined
  /** undefined on kernels that do not tell (before 5.17) */
  secondsSinceRenewal: number | undefined
  /** what it has open or locked, of the inodes that were asked for */
  states: { kind: string; device: Device; ino: string }[]
}

export type NfsdView = { clients: NfsdClient[]; leaseSeconds: number | undefined }

/** All clients, and of their states only those on these inodes: states may run to millions of lines. */
export function nfsdClientsArgv(inodes: readonly string[]): readonly [string, ...string[]] {
  const states = inodes.length === 0 ? [] : [`:(${inodes.join('|')})"`]
  const pattern = ['^[A-Za-z]', '^[0-9]+$', ...states].join('|')
  return [
    'grep',
    '-rHE',
    '--include=info',
    '--include=states',
    '--include=nfsv4leasetime',
    '-e',
    pattern,
    '/proc/fs/nfsd/clients',
    '/proc/fs/nfsd/nfsv4leasetime',
  ]
}

/**
 * Output of nfsdClientsArgv, e.g. `/proc/fs/nfsd/clients/3/info:status: confirmed`. No clients: nobody uses NFSv4.
 * Throws NotSeen('absent') where the kernel serves no NFS or is older than 5.3.
 * Source: the kernel's fs/nfsd/nfs4state.c, client_info_show() and nfs4_show_lock().
 */
export function readNfsdClients(output: Output): NfsdView {
  if (/Permission denied/.test(output.stderr))
    throw new NotSeen('denied', "the NFS server's clients are not readable; this needs root")
  if (/nfsd\/clients: No such file/.test(output.stderr))
    throw new NotSeen('absent', 'this kernel serves no NFS, or does not list its clients (before 5.3)')
  // a client that left while it was read is gone; anything else may have hidden one
  const odd = output.stderr.split('\n').find((line) => line !== '' && !/No such file or directory/.test(line))
  if (odd !== undefined)
    throw new NotSeen('failed', `the NFS server's clients could not be read: ${odd.slice(0, 160)}`)
  if (output.truncated) throw new NotSeen('unparsable', 'the list of NFS clients is longer than what is kept')
  const fields = new Map<string, Map<string, string>>()
  const states = new Map<string, NfsdClient['states']>()
  let leaseSeconds: number | undefined
  for (const [index, line] of output.stdout.split('\n').entries()) {
    if (line === '') continue
    const lease = /^\/proc\/fs\/nfsd\/nfsv4leasetime:(\d+)$/.exec(line)
    const entry = /^\/proc\/fs\/nfsd\/clients\/(\d+)\/(info|states):(.*)$/.exec(line)
    if (lease) leaseSeconds = Number(lease[1])
    else if (!entry)
      throw new NotSeen('unparsable', `nfsd's clients, line ${index + 1}: ${line.slice(0, 120)}`)
    else if (entry[2] === 'info') {
      const [, key, value] = /^([A-Za-z][A-Za-z ]*): ?(.*)$/.exec(entry[3]!) ?? []
      const known = fields.get(entry[1]!) ?? new Map<string, string>()
      if (key !== undefined) known.set(key, value!)
      fields.set(entry[1]!, known)
    } else states.set(entry[1]!, [...(states.get(entry[1]!) ?? []), ...stateIn(entry[3]!)])
  }
  const clients = [...fields].map(([number, known]) => clientOf(number, known, states.get(number) ?? []))
  return { clients, leaseSeconds }
}

/**
 * `- 0x…: { type: lock, superblock: "fd:10:13649", filename: "/a", owner: "lock id:…" }`; the inode is printed signed.
 * What follows the superblock is not read: the kernel prints the file's name as it is, quotes and all.
 */
function stateIn(line: string): NfsdClient['states'] {
  const [, kind, device, ino] =
    /^- 0x[0-9a-f]+: \{ type: (\w+),[^"]*superblock: "([0-9a-f]+:[0-9a-f]+):(-?\d+)"/.exec(line) ?? []
  const at = device === undefined ? undefined : deviceFromLocks(device)
  return at ? [{ kind: kind!, device: at, ino: String(BigInt.asUintN(64, BigInt(ino!))) }] : []
}

function clientOf(number: string, known: Map<string, string>, states: NfsdClient['states']): NfsdClient {
  const clientId = known.get('clientid')
  const address = known.get('address')
  if (clientId === undefined || address === undefined)
    throw new NotSeen('unparsable', `nfsd's client ${number} has no clientid or no address`)
  const status = known.get('status')
  const renewed = known.get('seconds from last renew')
  return {
    number,
    clientId,
    states,
    address: withoutPort(unquoted(address)),
    name: unquoted(known.get('name') ?? ''),
    status: status === 'confirmed' || status === 'unconfirmed' || status === 'courtesy' ? status : undefined,
    secondsSinceRenewal: renewed !== undefined && /^\d+$/.test(renewed) ? Number(renewed) : undefined,
  }
}

const unquoted = (text: string) => text.replace(/^"(.*)"$/, '$1')

/** `10.0.0.7:764` → `10.0.0.7`, `[fe80::1]:764` → `fe80::1`. */
const withoutPort = (text: string) =>
  text.replace(/^\[([^\]]+)\]:\d+$/, '$1').replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')

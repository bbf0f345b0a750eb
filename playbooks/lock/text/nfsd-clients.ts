import { asInLocks, deviceFromLocks } from '../../shared/linux/device.ts'
import type { Teller } from '../../shared/linux/telling.ts'
import type { Line, Passage } from '../../shared/triage.ts'
import { lockFact } from './locks.ts'
import type { SeenClient, SeenInText, SeenLock } from './seen.ts'

const INFO =
  /^(clientid|address|status|name|seconds from last renew|minor version|Implementation domain|Implementation name|Implementation time|callback state|callback address|admin-revoked states|session slots|session target slots): ?(.*)$/
const STATE = /-\s*(0x[0-9a-f]+|\w+):\s*\{\s*type:\s*(open|lock|deleg|layout|revoked)\s*,?(.*)$/
const FILE = /^(?:(\S+?):\s?)?(?:(\/proc\/fs\/nfsd\/clients\/(\d+)\/(?:info|states)):)?(.*)$/

/**
 * `/proc/fs/nfsd/clients/N/info` (`clientid: 0x…`, `address: "10.0.0.7:764"`, `seconds from last renew: 12`) and `states`, alone
 * or of many clients behind the names of their files. Source: the kernel's fs/nfsd/nfs4state.c, client_info_show().
 */
export function readNfsdClients(passage: Passage, listing: number, seen: SeenInText, tell: Teller): void {
  const clients: (SeenClient & { lines: Line[] })[] = []
  const typed = /\/proc\/fs\/nfsd\/clients\/(\d+)\b/.exec(passage.command?.join(' ') ?? '')?.[1]
  const used: Line[] = []
  const states: { lock: SeenLock; number: string | undefined }[] = []
  for (const line of passage.lines) {
    const number = /\/clients\/(\d+)\//.exec(line.text)?.[1] ?? typed
    const text = (FILE.exec(line.text.trim())?.[4] ?? line.text).trim()
    const info = INFO.exec(text) ?? INFO.exec(line.text.trim())
    const state = STATE.exec(line.text)
    if (info) {
      const [, key = '', value = ''] = info
      const current = clients.at(-1)
      // `clientid` stands first
      const client =
        current && current.number === number && (key !== 'clientid' || current.fields.clientid === undefined)
          ? current
          : { number, fields: {}, states: 0, host: passage.host, lines: [] as Line[] }
      if (client !== current) clients.push(client)
      client.fields[key] = value.trim().replace(/^"(.*)"$/, '$1')
      client.lines.push(line)
    } else if (state) states.push({ lock: stateOf(state, line, passage.host, listing), number })
    else continue
    used.push(line)
  }
  const known = clients.filter(
    ({ fields }) =>
      fields.clientid !== undefined || (fields.address !== undefined && fields.name !== undefined),
  )
  for (const { lock, number } of states) {
    const owner =
      known.find((client) => client.number === number) ?? (known.length === 1 ? known[0] : undefined)
    if (owner) owner.states += lock.kind === 'lock' ? 1 : 0
    const client = owner?.fields.address
    const whole = { ...lock, ...(client !== undefined && { client: withoutPort(client) }) }
    seen.locks.push(whole)
    tell.fact('locks', lockFact(whole))
  }
  for (const { fields, number, host } of known)
    tell.fact('nfsClients', {
      number,
      clientId: fields.clientid,
      address: fields.address === undefined ? undefined : withoutPort(fields.address),
      name: fields.name,
      status: fields.status,
      secondsSinceRenewal: fields['seconds from last renew'],
      minorVersion: fields['minor version'],
      callbackState: fields['callback state'],
      host,
    })
  seen.clients.push(...known)
  if (known.length > 0 || states.length > 0) tell.saw('/proc/fs/nfsd/clients', used)
}

/** `type: lock, superblock: "fd:10:13649", filename: "a", owner: "lock id:…" }`; the inode is printed signed. */
function stateOf(state: RegExpExecArray, line: Line, host: string | undefined, listing: number): SeenLock {
  const [, , kind = '', rest = ''] = state
  const [, device, signed] = /superblock: "([0-9a-f]+:[0-9a-f]+):(-?\d{1,20})"/.exec(rest) ?? []
  const path = /filename: "([^"]*)"/.exec(rest)?.[1]
  const at = device === undefined ? undefined : deviceFromLocks(device)
  const ino = signed === undefined ? undefined : String(BigInt.asUintN(64, BigInt(signed)))
  return {
    kind,
    waits: false,
    ...(ino !== undefined && { ino }),
    ...(device !== undefined && { device }),
    ...(path !== undefined && { path }),
    ...(at && ino !== undefined && { target: `${asInLocks(at)}:${ino}` }),
    host,
    listing,
    line,
  }
}

/** `10.0.0.7:764` → `10.0.0.7`, `[fe80::1]:764` → `fe80::1`. */
const withoutPort = (text: string) =>
  text.replace(/^\[([^\]]+)\](?::\d+)?$/, '$1').replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')

import type { Address } from '../shared/ceph/address.ts'
import { readIp, unmapped, writeIp } from '../shared/ceph/ip.ts'
import type { Watcher } from '../shared/ceph/watchers.ts'
import type { Reading } from '../shared/probe.ts'
import { code } from '../shared/text.ts'
import type { Evidence } from './evidence.ts'
import { type HostView, mayTellProcesses, noncesTellProcesses, talkersAt } from './host-view.ts'
import { mayHaveMade, pidsOfNonce } from './nonce.ts'
import { keepsDeadWatches } from './renewal.ts'
import type { SessionTrace } from './session-trace.ts'

type Judged = { found: 'alive' | 'nothing' | 'unclear'; because: string[]; evidence: string[] }

/** Whether anything on this host is or could be the client. Mappings of the client itself are judged before. */
export function judgeHost(
  watcher: Watcher,
  evidence: Evidence,
  view: HostView,
  session: SessionTrace,
): Judged {
  const name = code(view.host.name)
  const rests = [
    ...[
      ...['krbd', 'sockets', 'processes', 'addresses', 'namespaces', 'forwarding'],
      ...(view.again ? ['sockets-again', 'processes-again'] : []),
    ].map((probe) => `${probe}@${view.host.name}`),
    'osd-dump',
  ]
  const says = (found: Judged['found'], ...because: string[]): Judged => ({ found, because, evidence: rests })
  const missing = notSeen(evidence, view)
  if (missing !== undefined) return says('unclear', missing)
  const { processes, kernel } = talkersAt(evidence, view)

  const byNonce = noncesTellProcesses(view)
  const pids = byNonce ? pidsOfNonce(watcher.address.nonce) : []
  const own = processes.find(({ pid }) => pids.includes(pid))
  if (own) {
    const made = `process ${own.pid} (${code(own.command)}) on ${name} made this address and talks to the OSDs`
    return says('alive', made)
  }
  const elsewhere = notTheHostItself(watcher.address, view)
  if (elsewhere !== undefined) return says('unclear', elsewhere)
  const perhaps = mayTellProcesses(view) ? pidsOfNonce(watcher.address.nonce) : []
  const silent = view.processes.seen
    ? view.processes.value.find(({ pid }) => perhaps.includes(pid))
    : undefined
  if (silent)
    return says(
      'unclear',
      `process ${silent.pid} (${code(silent.command)}) on ${name} may have made this address`,
    )
  const isOther = ({ pid, talksToMonitor }: (typeof processes)[number]) =>
    byNonce ? !mayHaveMade(pid, watcher.address.nonce) : session.found === 'nothing' && talksToMonitor
  const possible = processes.filter((process) => process.carries || !isOther(process))
  if (possible[0]) {
    const more = possible.length > 1 ? ` and ${possible.length - 1} more` : ''
    const first = `process ${possible[0].pid} (${code(possible[0].command)})${more}`
    return says('unclear', `${first} on ${name} talks to the OSDs and may be it`)
  }
  const fromKernel = inTheKernel(view, kernel)
  if (fromKernel !== undefined) return says('unclear', fromKernel)
  // what hides here would have a session, as the others at this address have
  const other = session.found === 'nothing' && session.othersHave ? undefined : mayHideOthers(view)
  if (other !== undefined) return says('unclear', other)
  // neither time nor a session speaks there: a client between two connections would look the same
  if (keepsDeadWatches(evidence) && !byNonce)
    return says('unclear', `which process of ${name} its number stands for cannot be told`)
  const nothing = byNonce ? `no process with its number (${pids[0] ?? '–'})` : 'no process that could be it'
  return says('nothing', `no rbd mapping of it on ${name}`, `${nothing} on ${name}`)
}

function notSeen({ dump }: Evidence, view: HostView): string | undefined {
  const parts: [string, Reading<unknown>][] = [
    ['rbd mappings', view.krbd],
    ['connections', view.sockets],
    ['processes', view.processes],
    ['addresses', view.addresses],
  ]
  for (const [what, reading] of parts) {
    if (!reading.seen) return `the ${what} of ${code(view.host.name)} could not be seen (${reading.why})`
  }
  return dump.seen ? undefined : `the addresses of the OSDs could not be seen (${dump.why})`
}

/** The inventory may be outdated, a virtual address elsewhere, and we may be looking from inside a container. */
function notTheHostItself(address: Address, { host, addresses, processes }: HostView): string | undefined {
  const ip = writeIp(unmapped(readIp(address.ip)))
  if (!addresses.seen || !addresses.value.includes(ip))
    return `${code(host.name)} does not have the address ${code(ip)} now`
  const whole =
    processes.seen && processes.value.some(({ pid, command }) => pid === '2' && command === '[kthreadd]')
  return whole ? undefined : `not all processes of ${code(host.name)} can be seen from where we look`
}

function inTheKernel(
  { host, krbd, processes, namespaces }: HostView,
  connected: boolean,
): string | undefined {
  const mappings = krbd.seen ? krbd.value : []
  if (mappings.some(({ client }) => client === undefined))
    return `an rbd mapping on ${code(host.name)} does not say which client it is`
  if (connected && mappings.length === 0)
    return `the kernel of ${code(host.name)} talks to the OSDs (CephFS, or a mapping that is just being removed)`
  // ss shows other users' processes to root only, as /proc does: the owner may be any process
  if (connected && !namespaces.seen)
    return `whose connections to the OSDs these are on ${code(host.name)} could not be seen (${namespaces.why})`
  // a mapping that is being removed is no longer listed, but its client still is there
  const removing = (processes.seen ? processes.value : []).find(({ command }) =>
    /^(?:\S*\/)?rbd(?:-nbd)?\s.*\b(?:map|unmap|device)\b/.test(command),
  )
  return removing && `${code(removing.command)} is running on ${code(host.name)}`
}

/** Containers and machines behind this host have its address, but not its processes. Reading them takes root. */
function mayHideOthers({ host, namespaces, forwarding }: HostView): string | undefined {
  const name = code(host.name)
  if (!namespaces.seen) return `whether containers run on ${name} could not be seen (${namespaces.why})`
  if (namespaces.value > 1)
    return `${name} has ${namespaces.value} network namespaces; a container may be behind the address`
  if (!forwarding.seen) return `whether ${name} forwards for others could not be seen (${forwarding.why})`
  return forwarding.value ? `${name} forwards packets; another machine may be behind the address` : undefined
}

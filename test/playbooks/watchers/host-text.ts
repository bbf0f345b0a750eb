import type { Observation } from '../../../playbooks/shared/observation.ts'
import type { Probe } from '../../../playbooks/shared/probe.ts'

/** What a host behind a client's address shows. Everything not said is an idle Linux that hides nothing. */
export type ShownHost = {
  name: string
  ip: string
  /** addresses in the inventory, when they are not `ip` */
  listed?: string[]
  /** addresses that it has now, when they are not `ip` */
  has?: string[]
  krbd?: Partial<Record<'client' | 'address' | 'pool' | 'name' | 'ns' | 'snap', string>>[]
  /** processes: `PID COMMAND` */
  processes?: string[]
  /** connections: `PEER NAME PID`, `PEER` alone for one without owner; a state may stand before, `SYN-SENT PEER` */
  sockets?: string[]
  /** those of the first of two lists, when they differ */
  socketsFirst?: string[]
  processesFirst?: string[]
  kthreadd?: boolean
  namespaces?: number
  pidNamespaces?: number
  forwards?: boolean
  version?: string
}

/** The output of a command on such a host; undefined for what is no host's probe. */
export function hostText(hosts: ShownHost[], { id, host }: Probe<unknown>): Partial<Observation> | undefined {
  const of = hosts.find(({ name }) => name === host)
  if (!of) return undefined
  const kinds = ['inet', 'inet6']
  switch (id.split('@')[0]) {
    case 'krbd':
      return { stdout: (of.krbd ?? []).map(mapping).join('') }
    case 'sockets':
      return { stdout: socketList(of.ip, of.socketsFirst ?? of.sockets) }
    case 'sockets-again':
      return { stdout: socketList(of.ip, of.sockets) }
    case 'processes':
      return { stdout: processList(of, of.processesFirst ?? of.processes) }
    case 'processes-again':
      return { stdout: processList(of, of.processes) }
    case 'addresses':
      return {
        stdout: (of.has ?? [of.ip, '127.0.0.1'])
          .map((ip) => `2: eth0    ${kinds[Number(ip.includes(':'))]} ${ip}/24 scope global eth0\\  x\n`)
          .join(''),
      }
    case 'namespaces':
      return { stdout: ids('net', of.namespaces ?? 1) }
    case 'pid-namespaces':
      return { stdout: ids('pid', of.pidNamespaces ?? 1) }
    case 'forwarding':
      return { stdout: of.forwards ? '1\n0\n' : '0\n0\n' }
    case 'client-release':
      return { stdout: `${of.version ?? 'ceph version 0.87 (c51c8f9d80fa4e0168aa52685b8de40e42758578)'}\n` }
    default:
      return undefined
  }
}

const ids = (kind: string, count: number) =>
  Array.from({ length: count }, (_, at) => `${kind}:[${4026531840 + at}]\n`).join('')

function mapping(of: NonNullable<ShownHost['krbd']>[number], device: number): string {
  const attributes = {
    client_id: of.client,
    client_addr: of.address,
    pool: of.pool,
    pool_ns: of.ns,
    name: of.name,
    current_snap: of.snap ?? '-',
  }
  return Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([attribute, value]) => `/sys/bus/rbd/devices/${device}/${attribute}:${value}\n`)
    .join('')
}

function processList({ kthreadd }: ShownHost, lines: string[] = []): string {
  const rows = ['1 Ss 10:00 /sbin/init', ...(kthreadd === false ? [] : ['2 S 10:00 [kthreadd]'])]
  const others = lines.map((line) => line.replace(/^(\d+) /, '$1 Sl 01:00 '))
  return [...rows, ...others].map((row) => `  ${row}\n`).join('')
}

function socketList(ip: string, lines: string[] = []): string {
  const heading = 'State  Recv-Q Send-Q Local Address:Port Peer Address:Port\n'
  return heading + lines.map((line) => socket(ip, line)).join('')
}

function socket(ip: string, line: string): string {
  const [, state = 'ESTAB', peer, name, pid] =
    /^(?:([A-Z][A-Z0-9-]+) )?(\S+)(?: (\S+) (\d+))?$/.exec(line) ?? []
  const local = `${ip.includes(':') ? `[${ip}]` : ip}:50000`
  return `${state} 0 0 ${local} ${peer}${name ? ` users:(("${name}",pid=${pid},fd=9))` : ''}\n`
}

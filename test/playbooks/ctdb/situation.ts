import { CtdbArgs } from '../../../playbooks/ctdb/args.ts'
import { ctdb } from '../../../playbooks/ctdb/index.ts'
import type { Diagnosis } from '../../../playbooks/shared/finding.ts'
import type { Observation } from '../../../playbooks/shared/observation.ts'

export const NOW = Date.UTC(2026, 10, 20, 12, 0, 0)
const LOCK = '/gpfs/ctdb/lock'
export const SCRIPT = '/etc/ctdb/events.d/01.reclock'
const COUNTER = '/var/lib/ctdb/failcount/01.reclock'
const BOOTED_S = 1_000_000

export type Row = { pid: number; ppid: number; name: string; ageS: number; state?: string; wchan?: string }
/** One node as its tools print it; everything not said is healthy and of release 4.17. */
export type Node = {
  /** own flags, by their heading */
  flags?: string[]
  /** what it says of other nodes: pnn → flags */
  others?: Record<string, string[]>
  pnn?: number
  lock?: string
  /** count of failures; makes 01.reclock one of the old kind */
  count?: number
  off?: boolean
  processes?: Row[]
  /** pids that the second look finds moved on */
  moved?: number[]
  runs?: string
  log?: string
  state?: Partial<Observation>
  /** what a probe gives instead, by its id without the host */
  instead?: Record<string, Partial<Observation>>
}

export const helperIdle: Row[] = [
  { pid: 500, ppid: 400, name: 'ctdb_mutex_fcnt', ageS: 900, wchan: 'do_epoll_wait' },
  { pid: 501, ppid: 500, name: 'ctdb_mutex_fcnt', ageS: 900, wchan: 'do_epoll_wait' },
]
export const helperStuck: Row[] = [helperIdle[0]!, { ...helperIdle[1]!, wchan: 'request_wait_answer' }]
/** `n` monitor runs, the last `lastS` seconds ago, 15.2 s apart. */
export const stats = (n: number, lastS = 5): Row[] =>
  Array.from({ length: n }, (_, at) => ({ at, ageS: lastS + (n - 1 - at) * 15.2 })).flatMap(
    ({ at, ageS }) => [
      { pid: 1000 + 2 * at, ppid: 1, name: '01.reclock', ageS, wchan: 'do_wait' },
      {
        pid: 1001 + 2 * at,
        ppid: 1000 + 2 * at,
        name: 'stat',
        ageS,
        state: 'D',
        wchan: 'rpc_wait_bit_killable',
      },
    ],
  )
export const gun: Row[] = [
  { pid: 7000, ppid: 300, name: '01.reclock', ageS: 12, wchan: 'do_wait' },
  { pid: 7001, ppid: 7000, name: 'df', ageS: 12, state: 'D', wchan: 'rpc_wait_bit_killable' },
]

const HEADING = [
  'Disconnected',
  'Unknown',
  'Banned',
  'Disabled',
  'Unhealthy',
  'Stopped',
  'Inactive',
  'PartiallyOnline',
]

/** The check of these nodes, `n0`, `n1` …, with the ids of all probes that it asked for. */
export function look(
  nodes: Node[],
  options: { on?: string; interval?: string } = {},
): Diagnosis & { wanted: string[]; codes: string[] } {
  const args = CtdbArgs.parse(options)
  const inventory = {
    cluster: 'c',
    hosts: nodes.map((_, at) => ({
      name: `n${at}`,
      addresses: [`10.0.0.${at + 1}`],
      roles: ['ctdb-node' as const],
    })),
  }
  const seen = new Map<string, Observation>()
  for (let round = 0; round < 6; round++) {
    for (const probe of ctdb.probes(args, inventory, seen)) {
      if (seen.has(probe.id)) continue
      const node = nodes[Number(probe.host.slice(1))]!
      seen.set(probe.id, answer(node, nodes.indexOf(node), nodes.length, probe.id.split('@')[0]!, probe))
    }
  }
  const diagnosis = ctdb.diagnose(args, inventory, seen, NOW)
  return { ...diagnosis, wanted: [...seen.keys()], codes: diagnosis.findings.map(({ code }) => code) }
}

function answer(
  node: Node,
  at: number,
  nodes: number,
  id: string,
  { host, argv, id: probe }: { host: string; argv: readonly string[]; id: string },
): Observation {
  const base: Observation = {
    ...{ probe, host, argv: [...argv], startedAt: NOW, durationMs: 5, outcome: 'exited', exitCode: 0 },
    ...{ stdout: textOf(node, at, nodes, id, argv), stderr: '', truncated: false },
  }
  const other = { ...(id === 'state' ? node.state : undefined), ...node.instead?.[id] }
  return {
    ...base,
    ...other,
    ...(other.outcome && other.outcome !== 'exited' && { exitCode: null, stdout: '' }),
  }
}

function textOf(node: Node, at: number, nodes: number, id: string, argv: readonly string[]): string {
  const processes = node.processes ?? helperIdle
  switch (id) {
    case 'status':
      return statusText(node, at, nodes)
    case 'state':
      return 'Recovery mode:NORMAL (0)\nLeader:0\n'
    case 'version':
      return '4.17.12-Debian\n'
    case 'lock':
      return `${node.lock ?? LOCK}\n`
    case 'runs':
      return (
        node.runs ??
        `00.ctdb OK 0.001 Fri Nov 20 2026\n${node.off ? '' : '01.reclock OK 0.001 Fri Nov 20 2026\n'}`
      )
    case 'tunables':
      return 'MonitorInterval = 15\nEventScriptTimeout = 30\n'
    case 'config':
      return '/etc/ctdb/ctdb.conf:  location = file:/var/log/log.ctdb\n'
    case 'script':
      return node.count === undefined
        ? '/etc/ctdb/events/legacy/01.reclock.script:init)\n'
        : ['if [ $n -ge 200 ]', 'df', 'ctdb shutdown', 'if [ $n -ge 3 ]']
            .map((row) => `${SCRIPT}:${row}\n`)
            .join('')
    case 'files':
      return node.count === undefined
        ? ''
        : `${node.off ? 644 : 755} 900 1480000000 ${SCRIPT}\n644 ${node.count} ${NOW / 1000 - 5} ${COUNTER}\n`
    case 'mounts':
      return '21 0 254:2 / / rw - ext4 /dev/vda2 rw\n40 21 0:34 / /gpfs rw - gpfs gpfs1 rw\n'
    case 'clock':
      return `${NOW / 1000} 2026/11/20 12:00:00\n`
    case 'uptime':
      return `${BOOTED_S}.00 1.00\n`
    case 'processes':
      return processes
        .map(
          ({ pid, ppid, state = 'S', ageS, wchan = '-', name }) =>
            `${pid} ${ppid} ${state} ${etime(ageS)} ${wchan} ${name}\n`,
        )
        .join('')
    case 'waits-1':
    case 'waits-2':
      return processes
        .filter(({ pid }) => argv.includes(`/proc/${pid}/task/${pid}/stat`))
        .map(({ pid, state = 'S', ageS, wchan = '0', name }) => {
          const task = `/proc/${pid}/task/${pid}`
          const ticks = Math.round((BOOTED_S - ageS) * 100)
          const moved = id === 'waits-2' && node.moved?.includes(pid) ? 9 : 3
          return `${task}/stat:${pid} (${name}) ${state} 1${' 0'.repeat(17)} ${ticks}\n${task}/status:voluntary_ctxt_switches:\t${moved}\n${task}/wchan:${wchan}\n`
        })
        .join('')
    default:
      return node.log ?? '2026-11-20T11:00:00.1+00:00 n ctdbd[1]: monitor event OK - node re-enabled\n'
  }
}

function statusText(node: Node, at: number, nodes: number): string {
  const rows = Array.from({ length: nodes }, (_, pnn) => {
    const flags = pnn === at ? (node.flags ?? []) : (node.others?.[pnn] ?? [])
    const cells = HEADING.map((name) => (flags.includes(name) ? 1 : 0))
    return `|${pnn}|10.0.0.${pnn + 1}|${cells.join('|')}|${pnn === at ? 'Y' : 'N'}|\n`
  })
  return `|Node|IP|${HEADING.join('|')}|ThisNode|\n${rows.join('')}`
}

function etime(seconds: number): string {
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0')
  const h = Math.floor(seconds / 3600)
  return `${h > 0 ? `${two(h)}:` : ''}${two((seconds / 60) % 60)}:${two(seconds % 60)}`
}

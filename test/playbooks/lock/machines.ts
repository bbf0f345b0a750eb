import { runCheck } from '../../../jobs/check.ts'
import { fastClock } from '../../../jobs/clock.ts'
import type { CheckResult, Mandate, RemedyResult } from '../../../jobs/contracts.ts'
import { type Cluster, openCluster } from '../../../jobs/hosts/cluster.ts'
import { runRemedy } from '../../../jobs/remedy.ts'
import { lock, stuck } from '../../../playbooks/lock/index.ts'
import { type Files, readWith } from '../../../playbooks/lock/replayed-files.ts'
import type { Offer } from '../../../playbooks/shared/finding.ts'
import type { Host } from '../../../playbooks/shared/inventory.ts'
import type { Playbook } from '../../../playbooks/shared/playbook.ts'
import type { Reply, Scenario } from '../../../playbooks/shared/scenario.ts'

/** A replayed host: its files, threads as ps lists them, and what its other programs print. */
export type Machine = Partial<Host> & {
  name: string
  files?: Files
  threads?: Row[]
  /** path → `stat -c '%D %i %f …'`, or `hangs` or `stale` */
  stats?: Record<string, string>
  /** link of each descriptor, by pid */
  open?: Record<string, Record<string, string>>
  /** names in /var/lib/nfs/sm; absent: statd never ran */
  monitored?: string[]
  dmesg?: string
  down?: boolean
  program?: (argv: readonly string[]) => Reply | undefined
}
export type Row = {
  pid: number
  state: string
  wchan?: string
  name: string
  stack?: string[]
  switches?: number
}

export const playbooks = { lock: lock as Playbook, stuck: stuck as Playbook }

/** A cluster of replayed machines; `every` command takes no time of ours. */
export function clusterOf(machines: () => Machine[]): Cluster {
  const hosts = machines().map(
    ({ name, addresses = [], roles = ['nfs-client'], lockRoots }): Host => ({
      name,
      addresses,
      roles,
      ...(lockRoots && { lockRoots }),
    }),
  )
  const scenario: Scenario<null> = {
    playbook: 'lock',
    hosts,
    start: () => null,
    answer: (state, host, argv) => {
      const machine = machines().find(({ name }) => name === host)
      const reply = machine && (machine.down ? { tookMs: 3_600_000 } : answer(machine, argv))
      return reply && { state, reply }
    },
  }
  return openCluster({
    name: 'test',
    hosts: hosts.map((host) => ({ ...host, transport: 'replay' as const })),
    scenarios: [scenario],
    clock: fastClock(500),
  })
}

function answer(machine: Machine, argv: readonly string[]): Reply | undefined {
  const own = machine.program?.(argv)
  if (own) return own
  const path = argv.at(-1)!
  const { threads = [], stats = {}, open = {}, dmesg = '', monitored } = machine
  if (argv[0] === 'ps')
    return {
      stdout: `    1     1 Ss 31-04:11:09 - init\n    2     2 S 31-04:11:09 - kthreadd\n${threads.map((row) => `${row.pid} ${row.pid} ${row.state} 02:41:07 ${row.wchan ?? '-'} ${row.name}\n`).join('')}`,
    }
  if (argv[0] === 'dmesg') return { stdout: dmesg }
  if (argv[0] === 'stat') return statOf(stats[path], path)
  if (argv[0] === 'readlink') return stats[path] === undefined ? { exitCode: 1 } : { stdout: path }
  if (argv[0] === 'find' && argv[1] === '/var/lib/nfs/sm') {
    const gone = ['sm', 'statd/sm']
      .slice(monitored ? 1 : 0)
      .map((folder) => `find: '/var/lib/nfs/${folder}': No such file or directory\n`)
    return {
      stdout: (monitored ?? []).map((name) => `1492045380.0 ${name}\n`).join(''),
      stderr: gone.join(''),
      exitCode: 1,
    }
  }
  const pid = /^\/proc\/(\d+)\/fd$/.exec(argv[1] ?? '')?.[1]
  if (argv[0] === 'find' && pid !== undefined)
    return {
      stdout: Object.entries(open[pid] ?? {})
        .map(([fd, link]) => `${fd}\t${link}\0`)
        .join(''),
    }
  if (argv[0] === 'find') return { stdout: '' }
  return readWith(argv, filesOf(machine))
}

function statOf(known: string | undefined, path: string): Reply {
  if (known === 'hangs') return { tookMs: 3_600_000 }
  if (known === 'stale') return { stderr: `stat: cannot statx '${path}': Stale file handle\n`, exitCode: 1 }
  return known === undefined
    ? { stderr: `stat: cannot statx '${path}': No such file or directory\n`, exitCode: 1 }
    : { stdout: `${known}\n` }
}

function filesOf({ files = {}, threads = [] }: Machine): Files {
  const perThread = threads.flatMap(
    ({ pid, state, wchan, name, stack = [], switches = 5 }): [string, string][] => {
      const at = `/proc/${pid}/task/${pid}`
      return [
        [`${at}/stat`, `${pid} (${name}) ${state[0]} 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 ${pid}00 0 0\n`],
        [`${at}/status`, `voluntary_ctxt_switches:\t${switches}\nnonvoluntary_ctxt_switches:\t0\n`],
        [`${at}/wchan`, wchan ?? '0'],
        [`${at}/stack`, stack.map((frame) => `[<0>] ${frame}+0x1/0x2\n`).join('')],
      ]
    },
  )
  const mounts = files['/proc/self/mountinfo'] ?? ROOT
  const namespaces = threads.map(({ pid }): [string, string] => [`/proc/${pid}/mountinfo`, mounts])
  return {
    '/proc/locks': '',
    '/proc/uptime': '10000.00 1.00\n',
    '/proc/self/mountinfo': ROOT,
    ...Object.fromEntries([...perThread, ...namespaces]),
    ...files,
  }
}

export const ROOT = '20 1 8:1 / / rw - ext4 /dev/sda1 rw\n'

export async function check(
  cluster: Cluster,
  playbook: 'lock' | 'stuck',
  args: Record<string, string>,
): Promise<CheckResult> {
  return (await runCheck({ playbook: playbooks[playbook], args, cluster })).result
}

/** As two people agreed to it: the worker's part, without the queue. */
export function carryOut(
  cluster: Cluster,
  playbook: 'lock' | 'stuck',
  args: Record<string, string>,
  offer: Offer,
): Promise<RemedyResult> {
  const { remedy, params, basis, approvals } = offer
  const decisions = [
    { user: 'U0MEI00001', at: 1 },
    { user: 'U0TOMAS001', at: 2 },
  ].slice(0, approvals)
  const mandate: Mandate = {
    approvalId: 'a-test01',
    checkId: 'c-test01',
    cluster: 'test',
    playbook,
    args,
    remedy,
    params,
    basis,
    approvals,
    requestedBy: 'U0LIN00001',
    approvedBy: decisions,
    deadline: Date.now() + 300_000,
  }
  return runRemedy({ playbook: playbooks[playbook], mandate, cluster, journal: async () => {} })
}

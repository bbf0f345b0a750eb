import type { Unseen } from '../shared/finding.ts'
import { code } from '../shared/text.ts'
import type { Evidence } from './evidence.ts'
import { IN_A_CONTAINER } from './not-listed.ts'
import { leftOut, NOT_ALL } from './nothing-stuck.ts'
import { seesAll } from './processes.ts'

/** What could not be looked at, a host that shows nothing at all as one line. */
export function unseenOf({ gaps, hosts, processes }: Evidence): Unseen[] {
  const relevant = gaps.filter(
    ({ reading, probe }) => !(reading.code === 'absent' || /^(name|real|file):/.test(probe.id)),
  )
  const byHost = Map.groupBy(
    relevant,
    ({ probe, reading }) => `${probe.host}\n${reading.why.replace(/^`[^`]*` /, '')}`,
  )
  const notRead = [...byHost.values()].map((group): Unseen => {
    const [{ probe, reading }] = group as [Evidence['gaps'][number]]
    const what =
      group.length > 1
        ? code(probe.host)
        : `${(LOOKED_AT[probe.id.replace(/[-:@].*/, '')] ?? probe.id).toString()} of ${code(probe.host)}`
    return { what, why: reading.why, probe: probe.id }
  })
  const hidden = hosts
    .filter(({ namespace }) => namespace.seen && namespace.value === 'container')
    .map(({ host: { name } }): Unseen => {
      return { what: `other locks of ${code(name)}`, why: IN_A_CONTAINER, probe: `namespace@${name}` }
    })
  const name = processes?.host.name
  const partly = processes?.threads.seen === true && !seesAll(processes)
  return [
    ...notRead,
    ...hidden,
    ...(processes && processes.leftOut.length > 0
      ? [
          {
            what: `what threads on ${code(name!)} wait for`,
            why: leftOut(processes),
            probe: `threads@${name}`,
          },
        ]
      : []),
    ...(partly
      ? [{ what: `other processes of ${code(name!)}`, why: NOT_ALL, probe: `threads@${name}` }]
      : []),
  ]
}

const LOOKED_AT: Record<string, string> = {
  threads: 'the processes',
  processes: 'the command lines',
  waits: 'what threads wait for',
  mounts: 'the mounts',
  files: 'the open files',
  fdinfo: 'the open files',
  locks: 'the locks',
  namespace: 'the pid namespace',
  lock: 'the owners of OFD and flock locks',
  kernel: "the kernel's log",
  uptime: 'the uptime',
  nfsd: 'the NFSv4 clients',
  statd: "statd's clients",
}

import { expect, test } from 'vitest'
import { runCheck } from '../../../jobs/check.ts'
import type { Observation } from '../../../playbooks/shared/observation.ts'
import type { Reply } from '../../../playbooks/shared/scenario.ts'
import { clusterOf, type Machine, playbooks } from './machines.ts'
import { CLIENT_PATH, client, holder, holding, server } from './nfs.ts'

const LOCKD = [
  { pid: 90, state: 'S', name: 'lockd' },
  { pid: 91, state: 'S', name: 'rpc.statd' },
  { pid: 801, state: 'S', name: 'registryd' },
]
const base = { stuck: { target: 'nova-compute', on: 'client' }, lock: { target: CLIENT_PATH, on: 'client' } }
/** What each conclusion rests on, by the ids of probes. */
const situations: [name: string, playbook: 'lock' | 'stuck', restsOn: RegExp, machines: () => Machine[]][] = [
  [
    'left over',
    'stuck',
    /^(locks-[12]|namespace@(client|holder)|statd|threads@client|waits-[12]:700@client)/,
    () => [server(), client(), holder()],
  ],
  [
    'held by a process that works',
    'lock',
    /^(locks-1.*@holder|waits-1.*@holder)/,
    () => [server(), client(), holder({ files: holding(801), threads: LOCKD })],
  ],
  [
    'not locked',
    'lock',
    /^(locks-1|namespace@server|mounts@client|file:)/,
    () => [server({ files: { '/proc/locks': '' } }), client(), holder()],
  ],
  [
    'nothing stuck',
    'stuck',
    /^(threads@client|waits-1.*@client)/,
    () => [server(), client({ threads: [{ pid: 700, state: 'S', name: 'nova-compute' }] }), holder()],
  ],
]
const failures: Reply[] = [
  { tookMs: 3_600_000 },
  { stdout: '', exitCode: 1, stderr: 'x: Permission denied\n' },
  { stdout: 'garbage\n' },
]

/** The same machines, of which one answers one command like that. */
const damaged =
  (machines: () => Machine[], { host, argv }: Observation, reply: Reply) =>
  () =>
    machines().map((machine) =>
      machine.name !== host
        ? machine
        : {
            ...machine,
            program: (asked: readonly string[]) => (asked.join('\0') === argv.join('\0') ? reply : undefined),
          },
    )

for (const [name, playbook, restsOn, machines] of situations)
  test(`${name}: nothing is sure when a probe fails that it rests on`, async () => {
    const run = async (made: () => Machine[]) =>
      runCheck({ playbook: playbooks[playbook], args: base[playbook], cluster: clusterOf(made) })
    const whole = await run(machines)
    const [finding] = whole.result.diagnosis.findings
    expect(finding!.verdict).not.toBe('inconclusive')
    const needed = whole.recording.observations.filter(({ probe }) => restsOn.test(probe))
    expect(needed.length).toBeGreaterThan(1)
    for (const observation of needed) {
      for (const reply of failures) {
        const { diagnosis } = (await run(damaged(machines, observation, reply))).result
        const told = `${observation.probe}, ${JSON.stringify(reply)}`
        expect(
          diagnosis.findings.map(({ code }) => code),
          told,
        ).not.toContain(finding!.code)
        expect(
          diagnosis.offers.filter(({ approvals }) => approvals === 1),
          told,
        ).toEqual([])
      }
    }
  })

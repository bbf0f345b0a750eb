import { runCheck } from '../../../jobs/check.ts'
import { fastClock } from '../../../jobs/clock.ts'
import { type Cluster, openCluster } from '../../../jobs/hosts/cluster.ts'
import { osd, osds } from '../../../playbooks/osd/index.ts'
import { deafOsd } from '../../../playbooks/osd/scenario.ts'
import type { Diagnosis } from '../../../playbooks/shared/finding.ts'
import type { Playbook } from '../../../playbooks/shared/playbook.ts'
import type { Reply, Scenario } from '../../../playbooks/shared/scenario.ts'

/** What a host answers instead of the incident's own answer; undefined: as in the incident. */
export type Twist = (
  host: string,
  argv: readonly string[],
  own: Reply | undefined,
  now: number,
) => Reply | undefined | 'unknown'

/** The incident, with some answers changed; `unknown` makes a command not recorded, as if the host could not be asked. */
export function incident(twist: Twist = () => undefined): Cluster {
  const twisted: Scenario<unknown> = {
    ...deafOsd,
    start: () => deafOsd.start(),
    answer: (state, host, argv, now) => {
      const own = (deafOsd as Scenario<unknown>).answer(state, host, argv, now)
      const other = twist(host, argv, own?.reply, now)
      if (other === 'unknown') return undefined
      return other ? { state: own?.state ?? state, reply: other } : own
    },
  }
  const hosts = deafOsd.hosts.map((host) => ({ ...host, transport: 'replay' as const }))
  return openCluster({ name: 'demo', hosts, scenarios: [twisted], clock: fastClock(1000) })
}

export async function check(
  id: string,
  twist?: Twist,
  more: Record<string, string> = {},
): Promise<Diagnosis> {
  const cluster = incident(twist)
  return (await runCheck({ playbook: osd as Playbook, args: { target: id, ...more }, cluster })).result
    .diagnosis
}

export async function checkAll(twist?: Twist): Promise<Diagnosis> {
  return (await runCheck({ playbook: osds as Playbook, args: {}, cluster: incident(twist) })).result.diagnosis
}

export const codes = ({ findings }: Diagnosis) => findings.map(({ code }) => code)

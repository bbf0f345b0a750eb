import { runCheck } from '../../../jobs/check.ts'
import { fastClock } from '../../../jobs/clock.ts'
import type { Mandate } from '../../../jobs/contracts.ts'
import { type Cluster, openCluster } from '../../../jobs/hosts/cluster.ts'
import { runRemedy } from '../../../jobs/remedy.ts'
import type { Offer } from '../../../playbooks/shared/finding.ts'
import type { Playbook } from '../../../playbooks/shared/playbook.ts'
import type { Reply, Scenario } from '../../../playbooks/shared/scenario.ts'
import { watchers } from '../../../playbooks/watchers/index.ts'
import { leftOverWatcher } from '../../../playbooks/watchers/scenario.ts'

export const LEFT_OVER = '1.1.2.1:0/1193546917'
export const args = { target: 'rbd_header.7mjm6dk28jaj3' }
export const playbook = watchers as Playbook

/** What a test changes: the answer to a command, given the incident's own answer; undefined leaves it. */
export type Twist = (command: string, own: Reply | undefined, host: string) => Reply | undefined

/** The seed's incident, 600 times as fast, with every command that was run. */
export function openDemo(twist: Twist = () => undefined): { cluster: Cluster; commands: string[] } {
  const commands: string[] = []
  const scenario = leftOverWatcher as Scenario
  const twisted: Scenario = {
    ...scenario,
    answer: (state, host, argv, now) => {
      const own = scenario.answer(state, host, argv, now)
      const command = argv.join(' ')
      commands.push(command)
      const other = twist(command, own?.reply, host)
      return other ? { state: other.exitCode ? state : (own?.state ?? state), reply: other } : own
    },
  }
  const hosts = scenario.hosts.map((host) => ({ ...host, transport: 'replay' as const }))
  return {
    commands,
    cluster: openCluster({ name: 'demo', hosts, scenarios: [twisted], clock: fastClock(600) }),
  }
}

export async function checkDemo(cluster: Cluster) {
  return runCheck({ playbook, args, cluster })
}

/** Runs an offer as if it had been approved. `wall` is the time at which each step looks at the deadline. */
export async function approve(cluster: Cluster, offer: Offer, wall: () => number = () => 0) {
  const mandate: Mandate = {
    ...{ approvalId: 'apr-000001', checkId: 'chk-000001', cluster: 'demo', playbook: 'watchers', args },
    ...{ remedy: offer.remedy, params: offer.params, basis: offer.basis, approvals: offer.approvals },
    ...{ requestedBy: 'lin', approvedBy: [{ user: 'mei', at: 0 }], deadline: 600_000 },
  }
  const result = await runRemedy({ playbook, mandate, cluster, journal: async () => {}, wallNow: wall })
  return { ...result, said: result.lines.map(({ text }) => text) }
}

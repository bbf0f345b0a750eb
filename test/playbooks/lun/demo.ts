import { runCheck } from '../../../jobs/check.ts'
import { fastClock } from '../../../jobs/clock.ts'
import type { Mandate } from '../../../jobs/contracts.ts'
import { type Cluster, openCluster } from '../../../jobs/hosts/cluster.ts'
import type { Held, Safeguard } from '../../../jobs/must-not-stay.ts'
import { runRemedy } from '../../../jobs/remedy.ts'
import { doStep, type Journal } from '../../../jobs/steps.ts'
import { lunPlaybooks } from '../../../playbooks/lun/index.ts'
import { redDatastore } from '../../../playbooks/lun/scenario.ts'
import type { Offer } from '../../../playbooks/shared/finding.ts'
import type { Playbook } from '../../../playbooks/shared/playbook.ts'
import type { Reply, Scenario } from '../../../playbooks/shared/scenario.ts'
import { watchers } from '../../../playbooks/watchers/index.ts'
import { leftOverWatcher } from '../../../playbooks/watchers/scenario.ts'

const both = lunPlaybooks(watchers as Playbook)
export const datastore = both.datastore as Playbook
export const lun = both.lun as Playbook
export const RED = 'eui.6465336666353233'
export const LEFT_OVER = '1.1.2.1:0/1193546917'

/** What a test changes: the answer to a command, given the incident's own answer; undefined leaves it. */
export type Twist = (command: string, own: Reply | undefined, host: string) => Reply | undefined

/** The third seed's incident, 600 times as fast, with every command that was run. */
export function openDemo(
  twist: Twist = () => undefined,
  speed = 600,
): { cluster: Cluster; commands: string[] } {
  const commands: string[] = []
  const scenario = redDatastore(leftOverWatcher) as Scenario
  const twisted: Scenario = {
    ...scenario,
    answer: (state, host, argv, now) => {
      const own = scenario.answer(state, host, argv, now)
      const command = argv.join(' ')
      commands.push(`${host}: ${command}`)
      const other = twist(command, own?.reply, host)
      return other ? { state: other.exitCode ? state : (own?.state ?? state), reply: other } : own
    },
  }
  const hosts = scenario.hosts.map((host) => ({ ...host, transport: 'replay' as const }))
  return {
    commands,
    cluster: openCluster({ name: 'demo', hosts, scenarios: [twisted], clock: fastClock(speed) }),
  }
}

export const check = async (
  cluster: Cluster,
  playbook = datastore,
  args: Record<string, string> = { target: 'QA-lun-v7' },
) => (await runCheck({ playbook, args, cluster })).result.diagnosis

/** Runs an offer as if it had been approved; `held` gets what is put on record before the first step. */
export async function approve(
  cluster: Cluster,
  offer: Offer,
  playbook = datastore,
  args: Record<string, string> = { target: 'QA-lun-v7' },
  { journal = async () => {}, held = [] }: { journal?: Journal; held?: Held[] } = {},
) {
  const asked: string[] = []
  const safeguard: Safeguard = {
    record: async (each) => void held.push(each),
    waits: async () => true,
    nothingLeft: async () => void asked.push('nothing left'),
    keepUntil: async () => {
      asked.push('keep')
      return true
    },
    bringForward: async () => void asked.push('take back now'),
  }
  const mandate: Mandate = {
    ...{ approvalId: 'apr-000001', checkId: 'chk-000001', cluster: 'demo', playbook: playbook.name, args },
    ...{ remedy: offer.remedy, params: offer.params, basis: offer.basis, approvals: offer.approvals },
    ...{ requestedBy: 'lin', approvedBy: [{ user: 'mei', at: 0 }], deadline: 600_000 },
  }
  const result = await runRemedy({
    playbook,
    mandate,
    cluster,
    safeguard,
    journal,
    wallNow: () => 0,
  })
  return { ...result, said: result.lines.map(({ text }) => text), held, asked }
}

/** Takes back what was put on record, as any worker would. */
export async function takeBack(
  cluster: Cluster,
  remedy: string,
  left: Record<string, string>,
): Promise<string[]> {
  const { takeBack: back } = datastore.remedies[remedy]!
  const context = {
    args: datastore.args.parse({ target: 'QA-lun-v7' }),
    inventory: cluster.inventory,
    now: 0,
  }
  const lines: string[] = []
  for (const step of back!.plan(back!.left.parse(left), context).steps)
    lines.push(
      await doStep(step, {
        cluster,
        journal: async () => {},
        wallNow: () => 0,
        deadline: Infinity,
        endBy: Infinity,
      }),
    )
  return lines
}

export const offerOf = (offers: readonly Offer[], remedy: string) => {
  const offer = offers.find((each) => each.remedy === remedy)
  if (!offer) throw new Error(`no offer of ${remedy}: ${offers.map((each) => each.remedy).join(', ')}`)
  return offer
}

import type { Playbook } from '../playbooks/shared/playbook.ts'
import type { AuditEntry } from './audit-chain.ts'
import type { StepLine, TakeBackRequest, TakeBackResult } from './contracts.ts'
import type { Cluster } from './hosts/cluster.ts'
import { doStep, isStop, type Journal } from './steps.ts'

export type TakeBackOptions = {
  playbook: Playbook
  request: TakeBackRequest
  cluster: Cluster
  journal: Journal
  wallNow?: () => number
}

/** How one try of taking back ended; `now` says why when it did not hold. */
export type Tried = Pick<TakeBackResult, 'lines' | 'now' | 'otherwise'> & { ok: boolean }

/**
 * Takes back what a remedy set up: steps from this worker's own catalogue, computed from what was recorded, without
 * another look and without a deadline. Stops at the first step that does not hold. Throws for a remedy that this
 * worker does not know or whose record it cannot read: another worker may.
 */
export async function takeBack(options: TakeBackOptions): Promise<Tried> {
  const { playbook, request, cluster, journal } = options
  const { mandate, left } = request
  const wallNow = options.wallNow ?? Date.now
  const remedy = playbook.remedies[mandate.remedy]?.takeBack
  if (!remedy) throw new Error(`this worker does not know how to take back \`${mandate.remedy}\``)
  const plan = remedy.plan(remedy.left.parse(left), {
    args: playbook.args.parse(mandate.args),
    inventory: cluster.inventory,
    now: cluster.clock.now(),
  })
  const lines: StepLine[] = []
  for (const step of plan.steps) {
    try {
      const text = await doStep(step, { cluster, journal, wallNow, deadline: Infinity, endBy: Infinity })
      lines.push({ at: wallNow(), text, ok: true })
    } catch (error) {
      if (!isStop(error)) throw error
      lines.push({ at: wallNow(), text: `stopped: ${error.message}`, ok: false })
      await journal('stopped', { step: step.id, why: error.message })
      return { ok: false, lines, now: error.message, otherwise: plan.otherwise }
    }
  }
  return { ok: true, lines, now: plan.now, otherwise: '' }
}

/** What a person can go by when nothing better is known. */
export function whereItStands(entry: number): string {
  return `Entry ${entry} of the audit trail (\`unwedge audit export\`) says what was set up, and how it was before.`
}

/**
 * From when on nothing of the remedy itself can be going on, ms since the epoch: its last act, as the trail has it,
 * ended or has had its time. 0 when none is open. A worker that died does not say that it ended.
 */
export function quietFrom(trail: readonly Pick<AuditEntry, 'actor' | 'action' | 'detail'>[]): number {
  const last = trail
    .filter(({ actor }) => actor.startsWith('worker '))
    .findLast(({ action }) => ['about-to', 'did', 'stopped', 'ended'].includes(action))
  return last?.action === 'about-to' ? Date.parse(String(last.detail.endsBy)) || 0 : 0
}

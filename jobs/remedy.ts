import type { Playbook } from '../playbooks/shared/playbook.ts'
import { NotSeen } from '../playbooks/shared/probe.ts'
import type { Remedy, RemedyContext, RemedyPlan } from '../playbooks/shared/remedy.ts'
import { runCheck } from './check.ts'
import type { Mandate, RemedyResult, StepLine } from './contracts.ts'
import type { Cluster } from './hosts/cluster.ts'
import { holdBefore, type Safeguard } from './must-not-stay.ts'
import { type Doing, doStep, isStop, type Journal, Stop } from './steps.ts'

export type RemedyOptions = {
  playbook: Playbook
  mandate: Mandate
  cluster: Cluster
  journal: Journal
  /** without one, a remedy that sets up what must not stay is refused */
  safeguard?: Safeguard
  /** asked when an act is on record as about to be done; throws Stop when it must not be done after all */
  gate?: () => Promise<void>
  onLine?: (lines: StepLine[]) => void
  /** real time, for the deadline; a replayed cluster's clock may run faster */
  wallNow?: () => number
}

/**
 * Runs one approved remedy: looks again, compares with what was approved, acts step by step, proves each step,
 * and stops at the first that does not hold. Never repeats a step. No step starts after the mandate's deadline.
 * What must not stay is on record before the first step, and all steps are over before it is taken back.
 * Gates (signature, at most once) are the caller's; see jobs/work-on-remedy.ts.
 */
export async function runRemedy(options: RemedyOptions): Promise<RemedyResult> {
  const { mandate, cluster, journal, safeguard } = options
  const wallNow = options.wallNow ?? Date.now
  const { approvalId } = mandate
  const lines: StepLine[] = []
  const say = (text: string, ok = true) => {
    lines.push({ at: wallNow(), text, ok })
    options.onLine?.([...lines])
  }
  const refused = (line: string, now: string, next = 'Check again.'): RemedyResult => {
    say(line, false)
    return { approvalId, state: 'refused', lines, now, undone: 'Nothing was touched.', next, offers: [] }
  }

  const unseen = (error: unknown) => {
    if (error instanceof NotSeen) return new Stop(`I can't see any more what this rests on: ${error.message}`)
    throw error
  }
  const prepared = await prepare(options).catch(unseen)
  if (prepared instanceof Stop) return refused('looked again: could not see it', prepared.message)
  const changes = difference(mandate.basis, prepared.basis)
  if (changes.length > 0)
    return refused(
      'looked again: changed',
      `What this rests on has changed since the check: ${changes.join('; ')}.`,
    )
  const plan = await prepared.plan().catch(unseen)
  if (plan instanceof Stop) return refused('looked again: could not see it', plan.message)
  say('looked again: unchanged')

  const hold = await holdBefore({ ...prepared, plan }, safeguard, { clock: cluster.clock, wallNow }).catch(
    (error: Error) => error,
  )
  if (hold instanceof Error)
    return refused(
      'could not record what must not stay',
      `What this sets up must not stay, and taking it back could not be prepared: ${hold.message.replace(/\.$/, '')}.`,
    )
  const { deadline } = mandate
  const gate = async () => {
    await options.gate?.()
    await hold?.gate()
  }
  const doing: Doing = { cluster, journal, wallNow, deadline, endBy: Infinity, ...hold, gate }

  let acted = false
  for (const step of plan.steps) {
    if (wallNow() > deadline && step === plan.steps[0]) {
      await hold?.afterStop(acted)
      return refused(
        'the time for this approval ran out',
        'The time for this approval ran out before the first step.',
      )
    }
    try {
      acted ||= step.kind === 'act'
      say(await doStep(step, doing))
    } catch (error) {
      if (!isStop(error)) throw error
      say(`stopped: ${error.message}`, false)
      await journal('stopped', { step: step.id, why: error.message })
      const leaves = await hold?.afterStop(acted)
      return { approvalId, state: 'failed', lines, offers: [], ...plan.stoppedAt(step.id), ...leaves }
    }
  }
  const { now, next, offers } = plan.outcome
  const leaves = await hold?.afterAll()
  return { approvalId, state: 'done', lines, now, undone: '', next, offers, ...leaves }
}

/** `plan` throws NotSeen; asked only when the basis is unchanged, so that what changed is said first. */
type Prepared = {
  basis: string
  plan: () => Promise<RemedyPlan>
  remedy: Remedy
  context: RemedyContext
}

/** One fresh look, and the plan computed from it. */
async function prepare({ playbook, mandate, cluster }: RemedyOptions): Promise<Prepared> {
  const remedy = playbook.remedies[mandate.remedy]
  if (!remedy)
    throw new NotSeen('absent', `this worker knows no remedy \`${mandate.remedy}\` in \`${playbook.name}\``)
  const params = remedy.params.parse(mandate.params)
  const secondLook = remedy.looksTwice === true
  const { seen } = await runCheck({ playbook, args: mandate.args, cluster, secondLook })
  const context = {
    args: playbook.args.parse(mandate.args),
    inventory: cluster.inventory,
    seen,
    now: cluster.clock.now(),
  }
  return {
    basis: remedy.basis(params, context),
    plan: async () => remedy.plan(params, context),
    remedy,
    context,
  }
}

/** What differs between two bases, in words: lines that are gone and lines that are new. */
function difference(before: string, after: string): string[] {
  const old = before.split('\n').filter(Boolean)
  const fresh = after.split('\n').filter(Boolean)
  return [
    ...old.filter((line) => !fresh.includes(line)).map((line) => `gone: ${line}`),
    ...fresh.filter((line) => !old.includes(line)).map((line) => `new: ${line}`),
  ]
}

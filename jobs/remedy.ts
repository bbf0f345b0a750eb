import type { Playbook } from '../playbooks/shared/playbook.ts'
import { NotSeen, type Probe, read } from '../playbooks/shared/probe.ts'
import type { Act, RemedyPlan, Verify } from '../playbooks/shared/remedy.ts'
import { runCheck } from './check.ts'
import type { Mandate, RemedyResult, StepLine } from './contracts.ts'
import type { Cluster } from './hosts/cluster.ts'

export type RemedyOptions = {
  playbook: Playbook
  mandate: Mandate
  cluster: Cluster
  /** durable record of what is about to be done and what came of it; when it fails, nothing is done */
  journal: (action: string, detail: Record<string, string>) => Promise<void>
  onLine?: (lines: StepLine[]) => void
  /** real time, for the deadline; a replayed cluster's clock may run faster */
  wallNow?: () => number
}

/** Stops a remedy; what is thrown says why in words for people. */
class Stop extends Error {}

/**
 * Runs one approved remedy: looks again, compares with what was approved, acts step by step, proves each step,
 * and stops at the first that does not hold. Never repeats a step. No step starts after the mandate's deadline.
 * Gates (signature, at most once) are the caller's; see jobs/worker.ts.
 */
export async function runRemedy(options: RemedyOptions): Promise<RemedyResult> {
  const { mandate, cluster, journal } = options
  const wallNow = options.wallNow ?? Date.now
  const lines: StepLine[] = []
  const say = (text: string, ok = true) => {
    lines.push({ at: wallNow(), text, ok })
    options.onLine?.([...lines])
  }
  const refused = (now: string, next: string): RemedyResult => ({
    approvalId: mandate.approvalId,
    state: 'refused',
    lines,
    now,
    undone: 'Nothing was touched.',
    next,
    offers: [],
  })

  const unseen = (error: unknown) => {
    if (error instanceof NotSeen) return new Stop(`I can't see any more what this rests on: ${error.message}`)
    throw error
  }
  const prepared = await prepare(options).catch(unseen)
  if (prepared instanceof Stop) {
    say('looked again: could not see it', false)
    return refused(prepared.message, 'Check again.')
  }
  const changes = difference(mandate.basis, prepared.basis)
  if (changes.length > 0) {
    say('looked again: changed', false)
    return refused(`What this rests on has changed since the check: ${changes.join('; ')}.`, 'Check again.')
  }
  const plan = await prepared.plan().catch(unseen)
  if (plan instanceof Stop) {
    say('looked again: could not see it', false)
    return refused(plan.message, 'Check again.')
  }
  say('looked again: unchanged')

  for (const step of plan.steps) {
    if (wallNow() > mandate.deadline && step === plan.steps[0]) {
      say('the time for this approval ran out', false)
      return refused('The time for this approval ran out before the first step.', 'Check again.')
    }
    try {
      if (wallNow() > mandate.deadline) throw new Stop('the time for this approval ran out')
      if (step.kind === 'act') await act(step, { cluster, mandate, journal, wallNow })
      say(step.kind === 'act' ? step.done : await verify(step, cluster))
    } catch (error) {
      if (!(error instanceof Stop || error instanceof NotSeen)) throw error
      say(`stopped: ${error.message}`, false)
      await journal('stopped', { step: step.id, why: error.message })
      return {
        approvalId: mandate.approvalId,
        state: 'failed',
        lines,
        offers: [],
        ...plan.stoppedAt(step.id),
      }
    }
  }
  const { now, next, offers } = plan.outcome
  return { approvalId: mandate.approvalId, state: 'done', lines, now, undone: '', next, offers }
}

/** `plan` throws NotSeen; asked only when the basis is unchanged, so that what changed is said first. */
type Prepared = { basis: string; plan: () => Promise<RemedyPlan> }

/** One fresh look, and the plan computed from it. */
async function prepare({ playbook, mandate, cluster }: RemedyOptions): Promise<Prepared> {
  const remedy = playbook.remedies[mandate.remedy]
  if (!remedy)
    throw new NotSeen('absent', `this worker knows no remedy \`${mandate.remedy}\` in \`${playbook.name}\``)
  const params = remedy.params.parse(mandate.params)
  const { seen } = await runCheck({ playbook, args: mandate.args, cluster, secondLook: false })
  const context = {
    args: playbook.args.parse(mandate.args),
    inventory: cluster.inventory,
    seen,
    now: cluster.clock.now(),
  }
  return { basis: remedy.basis(params, context), plan: async () => remedy.plan(params, context) }
}

type ActContext = Pick<Required<RemedyOptions>, 'cluster' | 'mandate' | 'journal' | 'wallNow'>

async function act(step: Act, { cluster, mandate, journal, wallNow }: ActContext): Promise<void> {
  await journal('about-to', { step: step.id, host: step.host, argv: step.argv.join(' ') })
  const left = mandate.deadline - wallNow()
  if (left <= 0) throw new Stop('the time for this approval ran out')
  const probe: Probe<void> = {
    ...step,
    limitMs: Math.min(step.limitMs, left),
    looking: step.id,
    parse: step.check,
  }
  const observation = await cluster.run(probe)
  const reading = read(new Map([[step.id, observation]]), probe)
  await journal('did', {
    step: step.id,
    outcome: observation.outcome,
    said: (observation.stderr || observation.stdout).slice(0, 500),
  })
  if (!reading.seen) throw new Stop(`\`${step.shown ?? step.argv.join(' ')}\`: ${reading.why}`)
}

/** Looks until the condition holds; the words for the thread, with how long it took. */
async function verify(step: Verify, cluster: Cluster): Promise<string> {
  const { clock } = cluster
  const until = clock.now() + step.withinMs
  for (let look = 1; ; look += 1) {
    const probe = { ...step.probe, id: `${step.probe.id}-${look}` }
    const reading = read(new Map([[probe.id, await cluster.run(probe)]]), probe)
    const instead = reading.seen ? step.unless(reading.value) : reading.why
    if (reading.seen && instead === undefined) return step.done(reading.value)
    if (clock.now() >= until) throw new Stop(`${instead} after ${Math.round(step.withinMs / 1000)} s`)
    await clock.sleep(step.everyMs)
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

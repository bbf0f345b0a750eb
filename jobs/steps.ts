import { NotSeen, type Probe, read } from '../playbooks/shared/probe.ts'
import type { Act, Step, Verify } from '../playbooks/shared/remedy.ts'
import type { Cluster } from './hosts/cluster.ts'

/** Ends what is being done; what is thrown says why in words for people. */
export class Stop extends Error {}

/** Durable record of what is about to be done and what came of it; when it fails, nothing is done. */
export type Journal = (action: string, detail: Record<string, string>) => Promise<void>

/** Times are by our own clock, ms since the epoch; a replayed cluster's may run faster. */
export type Doing = {
  cluster: Cluster
  journal: Journal
  wallNow: () => number
  /** no step begins after this, and no act lasts longer */
  deadline: number
  /** everything has ended by then, also what only looks */
  endBy: number
  /** asked when an act is on record as about to be done; throws Stop when it must not be done after all */
  gate?: () => Promise<void>
  /** an act went on for longer than its record said */
  overran?: () => void
}

/** What an act may take beyond its own limit: to be written down, and to be killed. */
const AROUND_ACT_MS = 5_000
const TO_KILL_MS = 1_000

/** The longest that these steps can take, ms. */
export function longestMs(steps: readonly Step[]): number {
  const each = steps.map((step) =>
    step.kind === 'act'
      ? step.limitMs + AROUND_ACT_MS
      : step.withinMs + step.everyMs + step.probe.limitMs + TO_KILL_MS,
  )
  return each.reduce((sum, ms) => sum + ms, 0)
}

/** Does one step and proves it; returns what to write in the thread. Throws Stop or NotSeen when it does not hold. */
export async function doStep(step: Step, doing: Doing): Promise<string> {
  if (doing.wallNow() > doing.deadline) throw new Stop('the time for this approval ran out')
  if (step.kind === 'verify') return await verify(step, doing)
  const took = spent(await act(step, doing))
  return typeof step.done === 'string' ? step.done : step.done(took)
}

/** `31 ms`, `40.1 s` */
function spent(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}

/** Returns how long the command took, ms. */
async function act(step: Act, doing: Doing): Promise<number> {
  const { cluster, journal, wallNow } = doing
  const until = Math.min(doing.deadline, doing.endBy)
  // whoever takes back what this sets up reads from here until when it may still be going on
  const endsBy = Math.min(until, wallNow() + step.limitMs + AROUND_ACT_MS)
  const argv = step.argv.join(' ')
  await journal('about-to', {
    ...{ step: step.id, host: step.host, argv },
    endsBy: new Date(endsBy).toISOString(),
  })
  await doing.gate?.()
  const left = Math.min(until, endsBy - TO_KILL_MS) - wallNow()
  if (left <= 0)
    throw new Stop(
      endsBy === until
        ? 'the time for this approval ran out'
        : 'Redis took too long to confirm it, so it was not started',
    )
  const probe: Probe<void> = {
    ...step,
    limitMs: Math.min(step.limitMs, left),
    looking: step.id,
    parse: step.check,
  }
  // waiting for a place on the host must not carry it past that time
  const observation = await cluster.run({ ...probe, queueMs: left - probe.limitMs })
  if (wallNow() > endsBy) doing.overran?.()
  const reading = read(new Map([[step.id, observation]]), probe)
  await journal('did', {
    step: step.id,
    outcome: observation.outcome,
    said: (observation.stderr || observation.stdout).slice(0, 500),
  })
  const { durationMs } = observation
  // a time limit says itself how long that was
  const late = observation.outcome === 'exited' && durationMs > 1000 ? ` (after ${spent(durationMs)})` : ''
  if (!reading.seen) throw new Stop(`\`${step.shown ?? argv}\`: ${reading.why}${late}`)
  return durationMs
}

/** Looks until the condition holds; the words for the thread, with how long it took. */
async function verify(step: Verify, { cluster, wallNow, endBy }: Doing): Promise<string> {
  const { clock } = cluster
  const until = clock.now() + step.withinMs
  for (let look = 1; ; look += 1) {
    const left = endBy - wallNow()
    if (left <= 0) throw new Stop('the time for this ran out before it was proven')
    const limitMs = Math.min(step.probe.limitMs, left)
    const probe = { ...step.probe, id: `${step.probe.id}-${look}`, limitMs }
    const reading = read(new Map([[probe.id, await cluster.run(probe)]]), probe)
    const instead = reading.seen ? step.unless(reading.value) : reading.why
    if (reading.seen && instead === undefined) return step.done(reading.value)
    if (clock.now() >= until) throw new Stop(`${instead} after ${Math.round(step.withinMs / 1000)} s`)
    await clock.sleep(Math.min(step.everyMs, Math.max(0, endBy - wallNow())))
  }
}

/** Whether this is one of the ways in which a step says that it does not hold. */
export function isStop(error: unknown): error is Stop | NotSeen {
  return error instanceof Stop || error instanceof NotSeen
}

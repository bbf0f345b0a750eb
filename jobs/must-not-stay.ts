import { NotSeen } from '../playbooks/shared/probe.ts'
import type { Remedy, RemedyContext, RemedyPlan } from '../playbooks/shared/remedy.ts'
import type { Clock } from './clock.ts'
import type { Leaves } from './contracts.ts'
import { type Doing, longestMs, Stop } from './steps.ts'

/** What is put on record before a remedy acts, so that anyone can take back what it sets up. */
export type Held = {
  left: Record<string, string>
  /** what taking it back does; absent: see the offer */
  label?: string
  /** when it is taken back if nobody says otherwise, ms since the epoch */
  dueAt: number
}

/** Where a remedy keeps on record what it must not leave behind; see jobs/safeguard.ts. All throw QueueUnreachable. */
export type Safeguard = {
  /** durably, or it throws */
  record(held: Held): Promise<void>
  /** whether taking back has not begun */
  waits(): Promise<boolean>
  /** the steps took it back themselves, or did not begin */
  nothingLeft(): Promise<void>
  /** takes it back at `atMs` and no earlier; false: that has begun already */
  keepUntil(atMs: number): Promise<boolean>
  /** takes it back now; `overran`: once more even where that has been done, for something went on meanwhile */
  bringForward(overran: boolean): Promise<void>
}

/** What a remedy holds while it acts: its limits, and what becomes of what it set up. */
export type Hold = Required<Pick<Doing, 'endBy' | 'gate' | 'overran'>> & {
  afterStop(acted: boolean): Promise<{ leaves?: Leaves }>
  afterAll(): Promise<{ leaves?: Leaves }>
}

/** Between the latest end of a remedy and the time when what it set up is taken back, ms. */
const APART_MS = 10_000
/** What may get in between the steps, ms. */
const SPARE_MS = 20_000

type Wanted = {
  remedy: Pick<Remedy, 'name' | 'takeBack'>
  plan: RemedyPlan
  context: Pick<RemedyContext, 'args' | 'inventory' | 'now'>
}

/**
 * Puts on record what this plan must not leave behind; undefined when it leaves nothing. Throws when that cannot be
 * recorded, or when the remedy cannot say how to take it back: then nothing may be done.
 */
export async function holdBefore(
  { remedy, plan, context }: Wanted,
  safeguard: Safeguard | undefined,
  { clock, wallNow }: { clock: Clock; wallNow: () => number },
): Promise<Hold | undefined> {
  const { mustNotStay } = plan
  if (!mustNotStay) return undefined
  const { left, staysMs, label } = mustNotStay
  const back = remedy.takeBack?.plan(remedy.takeBack.left.parse(left), context)
  if (!back || back.steps.length === 0 || !(staysMs >= 0))
    throw new NotSeen('absent', `\`${remedy.name}\` does not say how to take it back`)
  if (!safeguard) throw new NotSeen('absent', 'there is nowhere to record it')
  const endBy = wallNow() + longestMs(plan.steps) + SPARE_MS
  try {
    await safeguard.record({ left, dueAt: endBy + APART_MS, ...(label !== undefined && { label }) })
  } catch (error) {
    // should it be on record all the same: there is nothing to take back
    await safeguard.nothingLeft().catch(() => {})
    throw error
  }
  let overran = false
  return {
    endBy,
    overran: () => {
      overran = true
    },
    gate: async () => {
      if (!(await safeguard.waits())) throw new Stop('what it sets up is being taken back already')
    },
    afterStop: async (acted) => {
      await (acted ? safeguard.bringForward(overran) : safeguard.nothingLeft())
      return acted ? { leaves: { state: 'being-taken-back' } } : {}
    },
    afterAll: async () => {
      if (staysMs === 0) {
        await safeguard.nothingLeft()
        return {}
      }
      // a replayed cluster's time may run faster than ours
      const until = wallNow() + Math.round(staysMs / (clock.speed ?? 1))
      if (!(await safeguard.keepUntil(until))) return { leaves: { state: 'being-taken-back' } }
      const commands = back.steps.flatMap((step) =>
        step.kind === 'act' ? [step.shown ?? step.argv.join(' ')] : [],
      )
      return { leaves: { state: 'stays', until, commands, ...(label !== undefined && { label }) } }
    },
  }
}

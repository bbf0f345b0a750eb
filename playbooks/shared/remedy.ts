import type { z } from 'zod'
import type { Offer } from './finding.ts'
import type { Inventory } from './inventory.ts'
import type { Observations, Output, Probe } from './probe.ts'

/** One thing that changes the system. It is started at most once, never repeated. */
export type Act = {
  kind: 'act'
  id: string
  host: string
  argv: readonly [string, ...string[]]
  limitMs: number
  touches: string
  /** how the command is written for people; absent: its words as they are */
  shown?: string
  /** what to write in the thread when it is done: "blocked `1.1.2.1:0/1193546917`"; a function gets how long it took: "31 ms" */
  done: string | ((took: string) => string)
  /** throws NotSeen when the output says that it did not work */
  check: (output: Output) => void
  /** `undo` steps take back what must not stay */
  undo?: boolean
}

/** Looks again until a condition holds; gives up after `withinMs`. */
export type Verify<T = unknown> = {
  kind: 'verify'
  id: string
  probe: Probe<T>
  /** undefined when it holds, else what is so instead */
  unless: (value: T) => string | undefined
  withinMs: number
  everyMs: number
  done: (value: T) => string
}

// biome-ignore lint/suspicious/noExplicitAny: a list of steps mixes value types
export type Step = Act | Verify<any>

/** What a remedy knows when it is planned: one fresh look, made after the approval. */
export type RemedyContext<Args = unknown> = {
  args: Args
  inventory: Inventory
  seen: Observations
  now: number
}

/**
 * What a remedy sets up and must not leave behind. It is recorded before the first step, so that any worker of the
 * cluster can take it back: when the steps did not all hold, when the worker died over them, or when its time is over.
 */
export type MustNotStay = {
  /** where it is and what was so before: everything that `takeBack` needs */
  left: Record<string, string>
  /** how long it may stay once all steps are done, ms; 0: the steps take it back themselves */
  staysMs: number
  /** what taking it back does, for the button "Take back now: …"; absent: the label of the offer */
  label?: string
}

/** Steps that restore what was so before; each may be run again, also when there is nothing to take back any more. */
export type TakeBackPlan = {
  steps: Step[]
  /** what is so once they are done */
  now: string
  /** what a person has to do when they can't be done */
  otherwise: string
}

/** Ordered steps, computed on the worker from validated parameters; never sent over the queue. */
export type RemedyPlan = {
  steps: Step[]
  mustNotStay?: MustNotStay
  /** what is so when all steps are done, and what may follow (a way back, for instance) */
  outcome: { now: string; next: string; offers: Offer[] }
  /** what is so, what was undone, and what a person must do, when this step was started and not proven */
  stoppedAt: (stepId: string) => {
    now: string
    undone: string
    next: string
    /** what may follow: a way back from what was done before it stopped */
    offers?: Offer[]
  }
}

/** A remedy as the catalogue knows it. Parameters travel as strings; the schema says which. */
export type Remedy<Args = unknown> = {
  name: string
  params: z.ZodType<Record<string, string>>
  /** what it rests on is told by two looks together: the look before it acts is such a pair, too, and takes as long */
  looksTwice?: true
  /**
   * What the remedy rests on, one fact a line, sorted; from any look, first or second, unless it `looksTwice`. Offer and
   * action must agree on it to the letter. Throws NotSeen when it cannot be seen.
   */
  basis(params: Record<string, string>, context: RemedyContext<Args>): string
  /** the steps for these parameters; throws NotSeen when they cannot be planned from what was seen */
  plan(params: Record<string, string>, context: RemedyContext<Args>): RemedyPlan
  /** how to take back what `mustNotStay` names; computed from what was recorded, without another look */
  takeBack?: {
    left: z.ZodType<Record<string, string>>
    plan(
      left: Record<string, string>,
      context: Pick<RemedyContext<Args>, 'args' | 'inventory' | 'now'>,
    ): TakeBackPlan
  }
}

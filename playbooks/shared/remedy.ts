import type { Observations, Output, Probe } from './probe.ts'
import type { Inventory } from './inventory.ts'

/** One thing that changes the system. It is started at most once, never repeated. */
export type Act = {
  kind: 'act'
  id: string
  host: string
  argv: readonly [string, ...string[]]
  limitMs: number
  touches: string
  /** what to write in the thread when it is done: "blocked `1.1.2.1:0/1193546917`" */
  done: string
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
  done: string
}

// biome-ignore lint/suspicious/noExplicitAny: a list of steps mixes value types
export type Step = Act | Verify<any>

/** What a remedy needs to know about the moment it was approved. */
export type RemedyContext = { inventory: Inventory; seen: Observations; now: number }

/** Ordered steps, computed on the worker from validated parameters; never sent over the queue. */
export type RemedyPlan = {
  steps: Step[]
  /** what is so when all steps are done */
  outcome: string
  /** what is so, and what a person must do, when it stopped before this step had been proven */
  stoppedAt: (stepId: string) => { now: string; undone: string; next: string }
}

import type { Inventory } from './inventory.ts'

/** What a replayed host prints for one command. */
export type Reply = { stdout?: string; stderr?: string; exitCode?: number; tookMs?: number }

/**
 * An incident as a small simulated cluster: commands are answered from its state, and some change it.
 * Pure: the state goes in and comes out. It serves as demo, test and lesson.
 */
export type Scenario<State = unknown> = {
  /** name of the playbook it belongs to */
  playbook: string
  hosts: Inventory['hosts']
  start(): State
  /**
   * The answer of `host` to `argv` at `now` (ms since the epoch, by the replayed clock), and the state after it;
   * undefined when this scenario knows no such command.
   */
  answer(
    state: State,
    host: string,
    argv: readonly string[],
    now: number,
  ): { state: State; reply: Reply } | undefined
}

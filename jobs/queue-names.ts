import type { WorkerOptions } from 'bullmq'
import { PREFIX } from './redis/keys.ts'

/** What the bot posts: the outcome of checks and remedies, and what falls due later. */
export const REPORTS_QUEUE = 'reports'

/** A cluster's name can't be part of a queue name. */
export class BadClusterName extends Error {
  readonly code = 'bad-cluster-name'
  constructor(cluster: string) {
    super(`"${cluster}" can't name a cluster: use letters, digits, dots, dashes and underscores, at most 64.`)
    this.name = 'BadClusterName'
  }
}

/** The checks of a cluster. */
export function checksQueue(cluster: string): string {
  return `cluster-${named(cluster)}`
}

/**
 * The remedies of a cluster. A queue of their own, because what happens to the job of a worker that died is decided
 * per queue: a check is taken up again, a remedy never.
 */
export function remediesQueue(cluster: string): string {
  return `remedy-${named(cluster)}`
}

/**
 * What is to be taken back on a cluster. Neither a check nor a remedy: taken up again by whoever is there, as it may
 * be repeated, and never behind a remedy that waits for its turn.
 */
export function undoQueue(cluster: string): string {
  return `undo-${named(cluster)}`
}

export function checkJobId(checkId: string): string {
  return `check-${checkId}`
}

export function remedyJobId(approvalId: string): string {
  return `remedy-${approvalId}`
}

/** `round` counts how often it was asked for, from 1. */
export function undoJobId(approvalId: string, round: number): string {
  return round === 1 ? `undo-${approvalId}` : `undo-${approvalId}-r${round}`
}

/** Id of the report of the check, remedy or undo with this job id. */
export function reportJobId(childJobId: string): string {
  return `report-${childJobId}`
}

/**
 * How each kind of work has to be worked on; spread into BullMQ's Worker options next to `connection`.
 * Locks are renewed at half their time, so an event loop or a Redis that stands still for longer loses the job:
 * a check is then run again elsewhere, a remedy ends as failed and its outcome is unknown.
 */
export const workerOptions = {
  reports: {
    prefix: PREFIX,
    concurrency: 10,
    lockDuration: 30_000,
    stalledInterval: 10_000,
    // a report is never given up, however often the bot dies over it
    maxStalledCount: 1_000_000,
    settings: { backoffStrategy: (attemptsMade: number) => reportRetryMs(attemptsMade) },
  },
  checks: {
    prefix: PREFIX,
    concurrency: 4,
    lockDuration: 15_000,
    stalledInterval: 5_000,
    maxStalledCount: 2,
  },
  remedies: {
    prefix: PREFIX,
    concurrency: 1,
    lockDuration: 60_000,
    stalledInterval: 15_000,
    // at most once: the job of a worker that died fails, and never reaches a processor again
    maxStalledCount: 0,
    maxStartedAttempts: 1,
  },
  undos: {
    prefix: PREFIX,
    concurrency: 1,
    lockDuration: 15_000,
    stalledInterval: 5_000,
    // one that kills worker after worker would take the checks with it
    maxStalledCount: 10,
    settings: { backoffStrategy: (attemptsMade: number) => undoRetryMs(attemptsMade) },
  },
} satisfies Record<string, Omit<WorkerOptions, 'connection'>>

/** How long a report waits before its next try, ms: 1 s, doubling, never more than a minute. */
export function reportRetryMs(attemptsMade: number): number {
  return Math.min(1000 * 2 ** Math.min(attemptsMade - 1, 6), 60_000)
}

/** Tries until taking back is left to a person: about six hours. */
export const UNDO_TRIES = 80

/** How long taking back waits before its next try, ms: 1 s, doubling, never more than five minutes. */
export function undoRetryMs(attemptsMade: number): number {
  return Math.min(1000 * 2 ** Math.min(attemptsMade - 1, 9), 300_000)
}

function named(cluster: string): string {
  if (!/^[\w.-]{1,64}$/.test(cluster)) throw new BadClusterName(cluster)
  return cluster
}

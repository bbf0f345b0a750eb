import { z } from 'zod'
import { Approval, type ApprovalState } from './contracts.ts'
import { enoughApprovals, mayApprove, mayReject, mayVeto, type Refusal } from './may-approve.ts'
import type { RedisClient } from './redis/dial.ts'
import { type Move, records } from './redis/records.ts'

const DAY_MS = 86_400_000
/** Records are kept this long after their last change. */
export const APPROVALS_KEPT_MS = 30 * DAY_MS

/** The record, and what only we need to know about it. */
const Entry = z.object({
  approval: Approval,
  /** when it came into its state, ms since the epoch */
  since: z.number(),
  /** the one run that has it, or had it */
  run: z.string().optional(),
})
type Entry = z.infer<typeof Entry>

export type Refused = { outcome: 'refused'; code: Refusal; approval?: Approval }
type Decided<Outcome extends string> = { outcome: Outcome; approval: Approval } | Refused

/** An approval that somebody has to look after. */
export type Stuck = {
  approval: Approval
  /** when it came into its state */
  since: number
  run?: string | undefined
  why: 'past-expiry' | 'not-started' | 'running-too-long'
}

/** When an approval counts as stuck, ms. */
export type StuckAfter = { approvedMs: number; runningMs: number }

export type Approvals = {
  /** false when there is one with this id already; that one stays as it is */
  create(approval: Approval): Promise<boolean>
  get(id: string): Promise<Approval | undefined>
  /** `approved` for exactly one caller: the one whose approval made it enough; `counted`: one more is needed */
  approve(id: string, user: string, now: number): Promise<Decided<'approved' | 'counted'>>
  reject(id: string, user: string, now: number): Promise<Decided<'rejected'>>
  /** stops what is approved, as long as no worker has started it */
  veto(id: string, user: string, now: number): Promise<Decided<'vetoed'>>
  /**
   * The only gate to execution: true for exactly one `run`, ever. A run's name is used by no other one;
   * whoever was not told, or wants to know whether it is still running, may ask again with it.
   */
  start(id: string, run: string, now: number): Promise<boolean>
  /** Ends what runs; what was approved but never started can only fail. False when there was nothing to end. */
  finish(id: string, state: 'done' | 'failed' | 'unknown', note: string, now?: number): Promise<boolean>
  /** pending and past its time → expired; false when it is not so */
  expire(id: string, now: number): Promise<boolean>
  /** everything that waits for a decision or runs, oldest first */
  open(): Promise<Approval[]>
  listStuck(now: number, after?: StuckAfter): Promise<Stuck[]>
}

/** Approval records in Redis. Every change is one compare-and-set of the whole record. All throw QueueUnreachable. */
export function createApprovals(client: RedisClient): Approvals {
  const store = records<Entry>(client, 'approval', APPROVALS_KEPT_MS, (value) => Entry.parse(value))
  return {
    create: (approval) => {
      const entry = { approval: Approval.parse(approval), since: approval.createdAt }
      return store.move<boolean>(approval.id, (known) => (known ? { outcome: false } : written(entry, true)))
    },
    get: async (id) => (await store.get(id))?.approval,
    approve: (id, user, now) =>
      store.move<Decided<'approved' | 'counted'>>(id, (entry) => {
        if (!entry) return refused('unknown-approval')
        const may = mayApprove(entry.approval, user, now)
        if (may !== 'ok') return refused(may, entry.approval)
        const counted = { ...entry.approval, approvedBy: [...entry.approval.approvedBy, { user, at: now }] }
        if (!enoughApprovals(counted)) {
          return written({ ...entry, approval: counted }, { outcome: 'counted', approval: counted })
        }
        const approval: Approval = { ...counted, state: 'approved' }
        return written({ approval, since: now }, { outcome: 'approved', approval })
      }),
    reject: (id, user, now) =>
      store.move<Decided<'rejected'>>(id, (entry) => {
        if (!entry) return refused('unknown-approval')
        const may = mayReject(entry.approval, user, now)
        return may === 'ok' ? stopped(entry, 'rejected', user, now) : refused(may, entry.approval)
      }),
    veto: (id, user, now) =>
      store.move<Decided<'vetoed'>>(id, (entry) => {
        if (!entry) return refused('unknown-approval')
        const may = mayVeto(entry.approval, user)
        return may === 'ok' ? stopped(entry, 'vetoed', user, now) : refused(may, entry.approval)
      }),
    start: (id, run, now) =>
      store.move<boolean>(id, (entry) => {
        if (entry?.approval.state === 'running' && entry.run === run) return { outcome: true }
        if (entry?.approval.state !== 'approved' || !enoughApprovals(entry.approval))
          return { outcome: false }
        return written({ approval: { ...entry.approval, state: 'running' }, since: now, run }, true)
      }),
    finish: (id, state, note, now = Date.now()) =>
      store.move<boolean>(id, (entry) => {
        const from = entry?.approval.state
        const ends = from === 'running' || (from === 'approved' && state === 'failed')
        if (!entry || !ends) return { outcome: false }
        return written({ ...entry, approval: { ...entry.approval, state, note }, since: now }, true)
      }),
    expire: (id, now) =>
      store.move<boolean>(id, (entry) => {
        const over = entry?.approval.state === 'pending' && now >= entry.approval.expiresAt
        if (!entry || !over) return { outcome: false }
        return written({ approval: { ...entry.approval, state: 'expired' }, since: now }, true)
      }),
    open: async () => {
      const entries = await Promise.all((await store.open()).map((id) => store.get(id)))
      return entries.flatMap((entry) =>
        entry && OPEN.includes(entry.approval.state) ? [entry.approval] : [],
      )
    },
    listStuck: async (now, after = { approvedMs: 60_000, runningMs: 15 * 60_000 }) => {
      const entries = await Promise.all((await store.open()).map((id) => store.get(id)))
      return entries.flatMap((entry) => {
        const why = entry && whyStuck(entry, now, after)
        return why ? [{ approval: entry.approval, since: entry.since, run: entry.run, why }] : []
      })
    },
  }
}

const OPEN: readonly ApprovalState[] = ['pending', 'approved', 'running']

function written<Outcome>(entry: Entry, outcome: Outcome): Move<Entry, Outcome> {
  return { write: { record: entry, open: OPEN.includes(entry.approval.state) }, outcome }
}

function stopped<Outcome extends 'rejected' | 'vetoed'>(
  entry: Entry,
  how: Outcome,
  user: string,
  at: number,
) {
  const approval: Approval = { ...entry.approval, state: how, stoppedBy: { user, at } }
  return written({ approval, since: at }, { outcome: how, approval })
}

function refused(code: Refusal, approval?: Approval): Move<Entry, Refused> {
  return { outcome: { outcome: 'refused', code, ...(approval ? { approval } : {}) } }
}

function whyStuck({ approval, since }: Entry, now: number, after: StuckAfter): Stuck['why'] | undefined {
  if (approval.state === 'pending') return now >= approval.expiresAt ? 'past-expiry' : undefined
  if (approval.state === 'approved') return now - since >= after.approvedMs ? 'not-started' : undefined
  if (approval.state === 'running') return now - since >= after.runningMs ? 'running-too-long' : undefined
  return undefined
}

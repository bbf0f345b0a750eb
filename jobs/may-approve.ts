import type { Approval } from './contracts.ts'

/** Why a decision is not accepted. */
export type Refusal =
  | 'own-request'
  | 'not-permitted'
  | 'already-approved-by-you'
  | 'expired'
  | 'not-pending'
  | 'not-approved'
  | 'unknown-approval'

type May = 'ok' | Refusal

/** Whether `user` may approve at `now` (ms since the epoch); draws the button and guards the action. */
export function mayApprove(approval: Approval, user: string, now: number): May {
  const open = isOpen(approval, now)
  if (open !== 'ok') return open
  if (user === approval.requestedBy) return 'own-request'
  if (!approval.approvers.includes(user)) return 'not-permitted'
  if (approval.approvedBy.some((decision) => decision.user === user)) return 'already-approved-by-you'
  return 'ok'
}

/** Whether `user` may reject: who may approve, whoever has approved, and the requester, who takes it back. */
export function mayReject(approval: Approval, user: string, now: number): May {
  const open = isOpen(approval, now)
  if (open !== 'ok') return open
  return isConcerned(approval, user) ? 'ok' : 'not-permitted'
}

/** Whether `user` may stop what is approved but has not been started. */
export function mayVeto(approval: Approval, user: string): May {
  if (approval.state !== 'approved') return 'not-approved'
  return isConcerned(approval, user) ? 'ok' : 'not-permitted'
}

/** Whether `user` may have taken back early what must not stay: it was approved with the rest, so one who is concerned is enough. */
export function mayTakeBack(approval: Approval, user: string, approversNow: readonly string[]): May {
  return user === approval.requestedBy || approversNow.includes(user) ? 'ok' : 'not-permitted'
}

/** Distinct permitted approvers, not counting the requester, are as many as the offer asks for. */
export function enoughApprovals(approval: Approval): boolean {
  const users = approval.approvedBy
    .map(({ user }) => user)
    .filter((user) => user !== approval.requestedBy && approval.approvers.includes(user))
  return new Set(users).size >= approval.offer.approvals
}

function isOpen(approval: Approval, now: number): May {
  if (approval.state === 'expired') return 'expired'
  if (approval.state !== 'pending') return 'not-pending'
  // written so that a broken clock (NaN) refuses
  return now < approval.expiresAt ? 'ok' : 'expired'
}

function isConcerned(approval: Approval, user: string): boolean {
  return user === approval.requestedBy || approval.approvers.includes(user)
}

import { describe, expect, it } from 'vitest'
import { enoughApprovals, mayApprove, mayReject, mayTakeBack, mayVeto } from '../../jobs/may-approve.ts'
import { NOON, sampleApproval } from './sample.ts'

const pending = sampleApproval('apr-000001')
const approvedBy = (...users: string[]) => users.map((user) => ({ user, at: NOON }))

describe('who may approve', () => {
  it('a permitted approver who did not ask for it', () => {
    expect(mayApprove(pending, 'mei', NOON)).toBe('ok')
  })

  it('not the requester, also when the policy lists them', () => {
    expect(mayApprove(pending, 'lin', NOON)).toBe('own-request')
  })

  it('nobody whom the policy does not list', () => {
    expect(mayApprove(pending, 'U9', NOON)).toBe('not-permitted')
    expect(mayApprove({ ...pending, approvers: [] }, 'mei', NOON)).toBe('not-permitted')
  })

  it('nobody twice', () => {
    expect(mayApprove({ ...pending, approvedBy: approvedBy('mei') }, 'mei', NOON)).toBe(
      'already-approved-by-you',
    )
  })

  it('nobody from its expiry on, to the millisecond, nor with a broken clock', () => {
    expect(mayApprove(pending, 'mei', pending.expiresAt - 1)).toBe('ok')
    expect(mayApprove(pending, 'mei', pending.expiresAt)).toBe('expired')
    expect(mayApprove(pending, 'mei', Number.NaN)).toBe('expired')
    expect(mayApprove({ ...pending, state: 'expired' }, 'mei', NOON)).toBe('expired')
  })

  it.each(['approved', 'running', 'done', 'failed', 'unknown', 'rejected', 'vetoed'] as const)(
    'nobody when it is %s',
    (state) => {
      expect(mayApprove({ ...pending, state }, 'mei', NOON)).toBe('not-pending')
    },
  )
})

describe('who may stop it', () => {
  it('approvers and the requester reject what is pending; others do not', () => {
    expect(['mei', 'lin', 'U9'].map((user) => mayReject(pending, user, NOON))).toEqual([
      'ok',
      'ok',
      'not-permitted',
    ])
    expect(mayReject({ ...pending, state: 'approved' }, 'mei', NOON)).toBe('not-pending')
  })

  it('approvers and the requester veto what is approved, and nothing else', () => {
    const approved = { ...pending, state: 'approved' as const }
    expect(['mei', 'lin', 'U9'].map((user) => mayVeto(approved, user))).toEqual(['ok', 'ok', 'not-permitted'])
    expect(mayVeto(pending, 'mei')).toBe('not-approved')
    expect(mayVeto({ ...pending, state: 'running' }, 'mei')).toBe('not-approved')
  })
})

describe('who may have it taken back early', () => {
  it('whoever asked for it, and whoever may approve now', () => {
    const done = { ...pending, state: 'done' as const, approvers: ['mei'] }
    const may = (user: string) => mayTakeBack(done, user, ['tomas'])
    expect(['lin', 'tomas', 'mei', 'U9'].map(may)).toEqual(['ok', 'ok', 'not-permitted', 'not-permitted'])
  })
})

describe('enough approvals', () => {
  it('counts different, permitted people other than the requester', () => {
    const two = sampleApproval('apr-000002', 2)
    expect(enoughApprovals({ ...two, approvedBy: approvedBy('mei') })).toBe(false)
    expect(enoughApprovals({ ...two, approvedBy: approvedBy('mei', 'mei') })).toBe(false)
    expect(enoughApprovals({ ...two, approvedBy: approvedBy('mei', 'lin') })).toBe(false)
    expect(enoughApprovals({ ...two, approvedBy: approvedBy('mei', 'U9') })).toBe(false)
    expect(enoughApprovals({ ...two, approvedBy: approvedBy('mei', 'tomas') })).toBe(true)
  })
})

import type { Approval, CheckRequest, Mandate } from '../../jobs/contracts.ts'

/** Moments in these tests: 2026-11-20 12:00 UTC and ten minutes later. */
export const NOON = Date.UTC(2026, 10, 20, 12)
export const TEN_PAST = NOON + 600_000

export function sampleCheck(id: string, cluster = 'wsg-prod'): CheckRequest {
  return {
    id,
    playbook: 'watchers',
    args: { target: 'rbd_header.7mjm6dk28jaj3' },
    cluster,
    requestedBy: 'lin',
    origin: { channel: 'C1' },
    requestedAt: NOON,
  }
}

/** Asked for by lin; mei, tomas and two more may approve it, until NOON + 15 min. */
export function sampleApproval(id: string, needed: 1 | 2 = 1): Approval {
  return {
    id,
    checkId: 'chk-000001',
    cluster: 'wsg-prod',
    playbook: 'watchers',
    args: { target: 'rbd_header.7mjm6dk28jaj3' },
    offer: {
      remedy: 'blocklist',
      params: { address: '1.1.2.1:0/1193546917', expireSeconds: '3600' },
      label: 'Block the left-over watcher',
      plan: 'block it, wait until its watch is gone, remove the block',
      commands: ['ceph osd blocklist add 1.1.2.1:0/1193546917 3600'],
      touches: 'nothing else',
      approvals: needed,
      basis: '["1.1.2.1:0/1193546917"]',
    },
    requestedBy: 'lin',
    approvers: ['lin', 'mei', 'tomas', 'U3', 'U4'],
    origin: { channel: 'C1' },
    state: 'pending',
    approvedBy: [],
    createdAt: NOON,
    expiresAt: NOON + 15 * 60_000,
  }
}

export function sampleMandate(approvalId = 'apr-000001', cluster = 'wsg-prod'): Mandate {
  return {
    approvalId,
    checkId: 'chk-000001',
    cluster,
    playbook: 'watchers',
    args: { target: 'rbd_header.7mjm6dk28jaj3', pool: 'rbd' },
    remedy: 'blocklist',
    params: { address: '1.1.2.1:0/1193546917', expireSeconds: '3600' },
    basis: '["1.1.2.1:0/1193546917"]',
    requestedBy: 'lin',
    approvedBy: [{ user: 'mei', at: NOON }],
    approvals: 1,
    deadline: TEN_PAST,
  }
}

import type { RemedyResult } from '../../../jobs/contracts.ts'
import type { Cluster } from '../../../jobs/hosts/cluster.ts'
import { runRemedy } from '../../../jobs/remedy.ts'
import { osd } from '../../../playbooks/osd/index.ts'
import type { Offer } from '../../../playbooks/shared/finding.ts'
import type { Playbook } from '../../../playbooks/shared/playbook.ts'

/** Runs an offer as if it had been approved a moment ago. `journal` collects what was about to be done. */
export function approve(
  cluster: Cluster,
  id: string,
  { remedy, params, basis, approvals }: Offer,
  journal: string[] = [],
): Promise<RemedyResult> {
  return runRemedy({
    playbook: osd as Playbook,
    cluster,
    journal: async (action, detail) => void journal.push(`${action} ${detail.argv ?? detail.step ?? ''}`),
    mandate: {
      approvalId: 'approval-1',
      checkId: 'check-1',
      cluster: cluster.inventory.cluster,
      playbook: 'osd',
      args: { target: id },
      remedy,
      params,
      basis,
      requestedBy: 'U0LIN00001',
      approvedBy: [{ user: 'U0MEI00001', at: Date.now() }],
      approvals,
      deadline: Date.now() + 300_000,
    },
  })
}

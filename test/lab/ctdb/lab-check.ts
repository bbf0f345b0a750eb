import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { runCheck } from '../../../jobs/check.ts'
import type { RemedyResult } from '../../../jobs/contracts.ts'
import { openCluster } from '../../../jobs/hosts/cluster.ts'
import { runRemedy } from '../../../jobs/remedy.ts'
import { ctdb } from '../../../playbooks/ctdb/index.ts'
import type { Diagnosis, Offer } from '../../../playbooks/shared/finding.ts'
import type { Playbook } from '../../../playbooks/shared/playbook.ts'
import type { Ctdbd } from './ctdbd.ts'

const playbook = ctdb as Playbook

export type NodeFacts = {
  counter: { count: number } | null
  shutdownAt: number | null
  stuck: { stat: number }
}

export type Lab = {
  check(interval?: string): Promise<Diagnosis & { node: NodeFacts }>
  approve(offer: Offer): Promise<RemedyResult>
}

/** This machine as the one node, looked at as the product does it. The tools find the daemon by our environment. */
export function lookAt({ base, env }: Ctdbd): Lab {
  const stateDir = mkdtempSync(join(tmpdir(), 'unwedge-ctdb-state-'))
  const before = Object.keys(env).map((name) => [name, process.env[name]] as const)
  Object.assign(process.env, env)
  const cluster = openCluster({
    name: 'lab',
    hosts: [{ name: 'n0', addresses: ['127.0.0.1'], roles: ['ctdb-node'], transport: 'local' }],
    local: { stateDir },
  })
  onTestFinished(async () => {
    await cluster.close()
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
    rmSync(stateDir, { recursive: true })
  })
  const argsWith = (interval: string) => ({ base, interval })
  return {
    async check(interval = '3') {
      const { result } = await runCheck({ playbook, args: argsWith(interval), cluster })
      // a stranger's ctdbd on this machine makes every check inconclusive: the report has to say so
      for (const { what, why } of result.diagnosis.unseen) console.error(`not seen: ${what}: ${why}`)
      const nodes = result.diagnosis.facts.nodes as unknown as NodeFacts[]
      return { ...result.diagnosis, node: nodes[0]! }
    },
    approve: (offer) =>
      runRemedy({
        playbook,
        cluster,
        journal: async () => {},
        mandate: {
          ...{
            approvalId: 'apr-000001',
            checkId: 'chk-000001',
            cluster: 'lab',
            playbook: 'ctdb',
            args: argsWith('3'),
          },
          ...{ remedy: offer.remedy, params: offer.params, basis: offer.basis, approvals: offer.approvals },
          ...{ requestedBy: 'lin', approvedBy: [{ user: 'mei', at: 0 }], deadline: Date.now() + 120_000 },
        },
      }),
  }
}

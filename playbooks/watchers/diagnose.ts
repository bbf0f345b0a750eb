import type { Diagnosis, Finding } from '../shared/finding.ts'
import type { Inventory } from '../shared/inventory.ts'
import type { Observations } from '../shared/probe.ts'
import { code } from '../shared/text.ts'
import { adviceOf, nextOf } from './advice.ts'
import type { WatchersArgs } from './args.ts'
import { besides } from './besides.ts'
import { clientsOf } from './clients.ts'
import { conclusion } from './conclusion.ts'
import { couldNotLook, notLooked } from './could-not-look.ts'
import { current } from './evidence.ts'
import { factsOf } from './facts.ts'
import { gather } from './gather.ts'
import { offersFor } from './offers.ts'
import { unseenOf } from './unseen.ts'

/** Evidence → what it means. Whatever was not seen makes a finding inconclusive, never healthy. */
export function diagnose(args: WatchersArgs, inventory: Inventory, seen: Observations): Diagnosis {
  const { evidence } = gather(args, inventory, seen)
  if (!evidence)
    return notLooked(
      'no-admin-host',
      `Nobody can look: cluster ${code(inventory.cluster)} has no host with the role \`ceph-admin\` (one with the tools ceph, rados and rbd).`,
      [],
    )
  const watchers = current(evidence)
  if (!watchers.seen) return couldNotLook(args, evidence, watchers)

  const clients = clientsOf(evidence)
  const first = conclusion(args, evidence, clients)
  const offers = offersFor(inventory, evidence, clients)
  return {
    looked: true,
    facts: factsOf(args, evidence, clients),
    findings: [first, ...besides(evidence, clients)]
      .filter((draft, at) => at === 0 || draft.code !== first.code)
      .map((draft): Finding => ({ playbook: 'watchers', ...draft })),
    unseen: unseenOf(evidence, clients),
    offers,
    next: nextOf(args, inventory, evidence, clients),
    doNot: adviceOf(evidence, clients),
  }
}

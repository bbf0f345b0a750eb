import type { Diagnosis, Finding } from '../shared/finding.ts'
import type { Inventory } from '../shared/inventory.ts'
import type { Playbook } from '../shared/playbook.ts'
import type { Observations } from '../shared/probe.ts'
import type { LunArgs } from './args.ts'
import { chainOf } from './chain.ts'
import { conclude, type Judged } from './conclusion.ts'
import type { Draft } from './draft.ts'
import { gather, volumesOf } from './evidence.ts'
import { factsOf } from './facts.ts'
import { doNotOf, nextOf } from './next.ts'
import { notLooked, notThere, unseenOf } from './not-there.ts'
import { offersFor } from './offers.ts'
import { reservationDrafts } from './reservations.ts'
import { symptomsOf } from './symptoms.ts'
import { volumeDrafts } from './volumes.ts'

/** Evidence → what it means. `playbook` is the name under which it was asked; `watchers` judges the last hop. */
export function diagnose(
  playbook: string,
  args: LunArgs,
  inventory: Inventory,
  seen: Observations,
  now: number,
  watchers: Playbook | undefined,
): Diagnosis {
  const { evidence } = gather(args, inventory, seen, watchers)
  const lacking = notThere(args, inventory, evidence)
  if (lacking) return notLooked(playbook, lacking, unseenOf(evidence))
  const nested =
    watchers && evidence.nested !== undefined
      ? watchers.diagnose(evidence.nested, inventory, seen, now)
      : undefined
  const symptoms = evidence.esxi.flatMap((view) =>
    view.devices.map((device) => symptomsOf(view, device, volumesOf(args, view), now)),
  )
  const judged: Judged = { evidence, symptoms, nested, chain: chainOf(args, evidence, nested) }
  const drafts = [
    ...symptoms.flatMap((each) => each.drafts),
    ...volumeDrafts(args, evidence),
    ...reservationDrafts(evidence, symptoms),
  ]
  const own = conclude(args, judged, drafts).map(
    (draft): Finding => ({ playbook, ...draft, evidence: known(draft, seen) }),
  )
  const findings = [...own, ...(nested?.findings ?? [])]
  return {
    looked: true,
    facts: factsOf(judged),
    findings,
    unseen: [...unseenOf(evidence), ...(nested?.unseen ?? [])],
    offers: offersFor(args, judged, own),
    next: nextOf(args, judged, own),
    doNot: doNotOf(judged, own),
  }
}

/** Only what was really looked at is evidence. */
const known = ({ evidence }: Draft, seen: Observations) => [...new Set(evidence)].filter((id) => seen.has(id))

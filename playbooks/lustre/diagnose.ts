import type { Diagnosis, Finding } from '../shared/finding.ts'
import type { Inventory } from '../shared/inventory.ts'
import type { Observations } from '../shared/probe.ts'
import { code } from '../shared/text.ts'
import { lockNotGranted } from './about-lock.ts'
import { lnetNotUp, lnetUnreachable, mgsElsewhere, notMounted } from './about-mount.ts'
import { mounted } from './about-mounted.ts'
import { versionRefused, wrongName } from './about-name.ts'
import { adviceOf, nextOf } from './advice.ts'
import type { LustreArgs } from './args.ts'
import { besides } from './besides.ts'
import { type Evidence, gather, type NoClient } from './evidence.ts'
import { factsOf } from './facts.ts'
import { offersFor } from './offers.ts'
import { type Draft, inUse, type Situation, situationOf } from './situation.ts'
import { unseenOf } from './unseen.ts'

/** Evidence → what it means. Whatever was not seen makes a finding inconclusive, never healthy. */
export function diagnose(args: LustreArgs, inventory: Inventory, seen: Observations, now: number): Diagnosis {
  const { evidence } = gather(args, inventory, seen)
  if ('code' in evidence) return noClient(args, inventory, evidence)
  const situation = situationOf(args, evidence, now)
  if (!lookedAtAll(evidence)) return couldNotLook(situation)
  const first = conclusion(situation)
  return {
    looked: true,
    facts: factsOf(situation),
    findings: [first, ...besides(situation)].map((draft): Finding => ({ playbook: 'lustre', ...draft })),
    unseen: unseenOf(situation),
    offers: offersFor(situation, first),
    next: nextOf(situation, first),
    doNot: adviceOf(first),
  }
}

/** The worst that is known to be so now; what a log tells of a mount counts only while nothing is mounted. */
export function conclusion(situation: Situation): Draft {
  const attempt = situation.story?.last
  const notUp = lnetNotUp(situation)
  if (notUp) return notUp
  if (inUse(situation) === 'yes') return mounted(situation)
  const draft =
    versionRefused(situation, attempt) ??
    wrongName(situation, attempt) ??
    // what is so now comes before what the log says was so
    lnetUnreachable(situation, attempt) ??
    mgsElsewhere(situation) ??
    lockNotGranted(situation, attempt) ??
    notMounted(situation, attempt)
  // whether it was mounted meanwhile is not known, so what the log says may be over
  return situation.mounted === undefined && draft.verdict === 'confirmed' && restsOnLog(draft)
    ? { ...draft, verdict: 'inconclusive' }
    : draft
}

function restsOnLog(draft: Draft): boolean {
  return (
    draft.code !== 'lnet-unreachable' && draft.code !== 'mgs-elsewhere' && draft.code !== 'mgs-not-running'
  )
}

function lookedAtAll({ client }: Evidence): boolean {
  return [client.log, client.mounts, client.imports, client.lnet].some(({ seen }) => seen)
}

function couldNotLook(situation: Situation): Diagnosis {
  const { client, fsname, evidence } = situation
  const { mounts, log } = evidence.client
  const why = !log.seen ? log.why : mounts.seen ? '' : mounts.why
  return {
    ...nothing('could-not-look', `I could not look at ${code(fsname)} on ${code(client)}: ${why}.`, []),
    unseen: unseenOf(situation),
  }
}

function noClient(
  { fsname }: LustreArgs,
  { cluster }: Inventory,
  { code: reason, known }: NoClient,
): Diagnosis {
  const names = known.map(code).join(', ')
  switch (reason) {
    case 'no-client':
      return nothing(
        reason,
        `Nobody can look: cluster ${code(cluster)} has no host with the role \`lustre-client\`.`,
        [],
      )
    case 'which-client':
      return {
        ...nothing(reason, `Which client? Cluster ${code(cluster)} has several: ${names}.`, []),
        next: known
          .slice(0, 5)
          .map((name) => ({ why: `On ${name}`, command: `check lustre ${fsname} on=${name}` })),
      }
    case 'no-such-host':
      return nothing(reason, `Cluster ${code(cluster)} has no Lustre client of that name.`, [
        known.length === 0 ? 'No host has the role `lustre-client`.' : `Its Lustre clients: ${names}.`,
      ])
  }
}

function nothing(reason: string, summary: string, details: string[]): Diagnosis {
  return {
    looked: false,
    facts: {},
    findings: [
      {
        playbook: 'lustre',
        code: reason,
        verdict: 'inconclusive',
        severity: 'warning',
        summary,
        details,
        evidence: [],
      },
    ],
    unseen: [],
    offers: [],
    next: [],
    doNot: [],
  }
}

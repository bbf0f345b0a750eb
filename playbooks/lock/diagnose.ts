import type { Diagnosis, Severity, Unseen } from '../shared/finding.ts'
import { hostsWith, type Inventory } from '../shared/inventory.ts'
import type { Observations } from '../shared/probe.ts'
import { code } from '../shared/text.ts'
import { aboutFile, type Draft, listed } from './about-file.ts'
import { aboutProcesses, sinceS } from './about-processes.ts'
import { besides, lostFinding, serverLine } from './about-servers.ts'
import { type LockArgs, subjectOf } from './args.ts'
import { type Evidence, gather, startOf } from './evidence.ts'
import { factsOf } from './facts.ts'
import { hostNamed } from './files.ts'
import { doNotOf, nextOf } from './next.ts'
import { nothingStuck } from './nothing-stuck.ts'
import { offersFor } from './offers.ts'
import { unseenOf } from './unseen.ts'
import { askingFor, hungBehind } from './waits.ts'
import { askingLine, hungLine } from './words.ts'

const WEIGHT: Record<Severity, number> = { critical: 0, warning: 1, info: 2, ok: 3 }

/** Evidence → what it means, for both checks; `playbook` is the name of the one that was asked. */
export function diagnose(
  playbook: string,
  args: LockArgs,
  inventory: Inventory,
  seen: Observations,
  now: number,
): Diagnosis {
  const { evidence } = gather(args, inventory, seen)
  const lacking = whereToLook(args, inventory)
  if (lacking) return notLooked(playbook, ...lacking)
  const drafts = conclusions(args, evidence, inventory)
  if (!drafts) {
    const [first] = evidence.gaps
    const what = first ? `: ${first.reading.why}` : ''
    return notLooked(
      playbook,
      'could-not-look',
      `I could not look at ${subjectOf(args.subject)}${what}.`,
      unseenOf(evidence),
    )
  }
  const findings = [...drafts, ...besides(evidence, inventory)]
    .sort((a, b) => WEIGHT[a.severity] - WEIGHT[b.severity])
    .map((draft) => ({ playbook, ...draft, evidence: idsOf(draft.evidence, evidence) }))
  const offers = evidence.files.flatMap((view) => offersFor(view, { args, inventory, evidence, now }))
  return {
    looked: true,
    facts: factsOf(evidence, inventory),
    findings,
    unseen: unseenOf(evidence),
    offers: offers.slice(0, 3),
    next: nextOf(args, evidence, findings),
    doNot: doNotOf(evidence, inventory),
  }
}

/** `locks-1` → `locks-1:12@Storage5`, `locks-1:12@ECM-043`. */
function idsOf(kinds: readonly string[], { asked }: Evidence): string[] {
  return asked.filter((id) =>
    kinds.some((kind) => id === kind || (id.startsWith(kind) && /[:@]/.test(id[kind.length]!))),
  )
}

function whereToLook(args: LockArgs, inventory: Inventory): [string, string] | undefined {
  const names = listed(inventory.hosts.map(({ name }) => name))
  if (args.on !== undefined && !hostNamed(inventory, args.on))
    return [
      'no-such-host',
      `Cluster ${code(inventory.cluster)} has no host ${code(args.on)}; it has ${names}.`,
    ]
  if (args.subject.kind === 'processes' && !startOf(args, inventory))
    return ['which-host', `On which host? Add \`on=\` and one of ${names}.`]
  if (args.on === undefined && inventory.hosts.length > 1 && hostsWith(inventory, 'nfs-server').length === 0)
    return [
      'which-host',
      `Cluster ${code(inventory.cluster)} has no host with the role \`nfs-server\`. Add \`on=\` and one of ${names}.`,
    ]
  return undefined
}

/** Undefined: nothing could be seen. */
function conclusions({ subject }: LockArgs, evidence: Evidence, inventory: Inventory): Draft[] | undefined {
  const { processes, files, found } = evidence
  const aboutLost = found.lost.flatMap((lost) => lostFinding(lost))
  if (!processes) {
    const looked = evidence.hosts.some(({ locks }) => locks.seen)
    const all = [...(looked ? files.map((view) => aboutFile(view, evidence, inventory)) : []), ...aboutLost]
    if (all.length > 0) return all
    const absent = found.lost.length > 0 && found.lost.every(({ reading }) => reading?.code === 'absent')
    return absent && subject.kind === 'path'
      ? [
          {
            code: 'no-such-file',
            verdict: 'inconclusive',
            severity: 'warning',
            summary: `There is no ${code(subject.path)} on ${listed(found.lost.map(({ host }) => host.name))}.`,
            details: [],
            evidence: [],
          },
        ]
      : undefined
  }
  if (!processes.threads.seen) return undefined
  const concerned = files.filter(
    (view) =>
      hungBehind(view, evidence).length > 0 ||
      askingFor(view, evidence).length > 0 ||
      // the same number on another host is another process
      view.records.some(
        ({ lock, host }) =>
          lock.waits && host.name === processes.host.name && view.file.usedBy.includes(lock.pid),
      ),
  )
  const aboutFiles = concerned.map((view) => {
    const draft = aboutFile(view, evidence, inventory)
    const hung = hungBehind(view, evidence)
    return {
      ...draft,
      details: [
        ...hung.slice(0, 4).map((each) => hungLine(each, sinceS(each, processes))),
        ...askingFor(view, evidence).slice(0, 4).map(askingLine),
        ...serverLine(view.file.mount),
        ...draft.details,
      ],
    }
  })
  const others = aboutProcesses(processes, evidence)
  const asked = subject.kind === 'processes' ? (subject.pid ?? subject.name) : undefined
  const all = [...aboutFiles, ...others, ...aboutLost]
  return all.length > 0 ? all : [nothingStuck(processes, asked)]
}

function notLooked(playbook: string, reason: string, summary: string, unseen: Unseen[] = []): Diagnosis {
  return {
    looked: false,
    facts: {},
    findings: [
      {
        playbook,
        code: reason,
        verdict: 'inconclusive',
        severity: 'warning',
        summary,
        details: [],
        evidence: [],
      },
    ],
    unseen,
    offers: [],
    next: [],
    doNot: [],
  }
}

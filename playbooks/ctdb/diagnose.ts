import type { Advice, Diagnosis, Finding, Unseen } from '../shared/finding.ts'
import { hostsWith, type Inventory } from '../shared/inventory.ts'
import type { Observations, Reading } from '../shared/probe.ts'
import { code } from '../shared/text.ts'
import type { CtdbArgs } from './args.ts'
import { conclusionsOf } from './conclusions.ts'
import { gather, type NodeView } from './evidence.ts'
import { factsOf } from './facts.ts'
import { type CtdbNode, nodeOf } from './node.ts'
import { offersFor } from './offers.ts'
import type { Flag } from './status.ts'
import { type Draft, describe, fileSystemOf, flagsOf, names } from './words.ts'

/** Evidence → what it means. Whatever was not seen makes a finding inconclusive, never healthy. */
export function diagnose(args: CtdbArgs, inventory: Inventory, seen: Observations): Diagnosis {
  const { nodes: views } = gather(args, inventory, seen)
  if (views.length === 0) return nobodyToAsk(args, inventory)
  const nodes = views.map(nodeOf)
  const unseen = unseenOf(views, nodes)
  if (views.every(({ status, family }) => !status.seen && !family.seen)) {
    const [first] = views
    return {
      ...couldNotLook(
        'could-not-look',
        `I could not look at CTDB on ${names(nodes)}: ${first!.status.seen ? '' : first!.status.why}.`,
      ),
      unseen,
    }
  }
  const wrong = conclusionsOf(nodes)
  const findings = [...wrong, ...rest(nodes, unseen, wrong)].map(
    (draft): Finding => ({ playbook: 'ctdb', ...draft }),
  )
  return {
    looked: true,
    facts: factsOf(nodes),
    findings,
    unseen,
    offers: offersFor(nodes),
    next: [],
    doNot: doNotOf(nodes),
  }
}

/** What is left to say when that which is wrong has been said. */
function rest(nodes: readonly CtdbNode[], unseen: Unseen[], wrong: Draft[]): Draft[] {
  const evidence = nodes.flatMap(({ name }) => [`status@${name}`, `processes@${name}`])
  const unexplained = nodes.filter(({ self }) => isUnexplained(self?.flags ?? []))
  const serious = wrong.some(({ severity }) => severity === 'critical' || severity === 'warning')
  if (serious) return []
  const inconclusive = (summary: string, which: string, details: string[] = []): Draft => ({
    code: which,
    verdict: 'inconclusive',
    severity: 'warning',
    summary,
    details,
    evidence,
  })
  if (unexplained.length > 0)
    return [
      inconclusive(
        unexplained.every(({ self }) => self?.flags.includes('unhealthy'))
          ? `${names(unexplained)} ${unexplained.length === 1 ? 'is' : 'are'} unhealthy, and I can't tell why.`
          : `${unexplained.map((node) => `${code(node.name)}: ${flagsOf(node)}`).join(', ')}; I can't tell why.`,
        'unhealthy-unexplained',
        unexplained.flatMap((node) => [describe(node), ...waitsOf(node)]),
      ),
    ]
  const unclear = nodes.filter(({ unclear }) => unclear.length > 0)
  if (unclear.length > 0)
    return [
      inconclusive(
        unclear.some((node) => node.unclear.some(({ ended }) => ended))
          ? `Something of CTDB that waited on ${names(unclear)} has ended while I looked; I can't tell yet whether its lock answers. Check again in a minute.`
          : `Something of CTDB waits on ${names(unclear)}; I can't tell yet whether it hangs.`,
        'waiting-unclear',
        unclear.flatMap(waitsOf),
      ),
    ]
  const leaderless = nodes.filter(({ view }) => !view.state.seen && view.state.code === 'timed-out')
  if (leaderless.length > 0)
    return [
      inconclusive(
        `CTDB has no leader: \`ctdb status\` does not answer on ${names(leaderless)}. Why could not be seen.`,
        'no-leader',
      ),
    ]
  const recovering = nodes.filter(({ view }) => view.state.seen && view.state.value.recovering)
  if (recovering.length > 0)
    return [
      inconclusive(
        `CTDB is recovering on ${names(recovering)} right now; check again in a minute.`,
        'recovering',
      ),
    ]
  const gaps = unseen.filter(({ probe }) => probe === undefined || !/^(log|version)@/.test(probe))
  if (gaps.length > 0)
    return [
      inconclusive(
        `Nothing is wrong in what I could see of CTDB, but I could not look at ${gaps.length === 1 ? gaps[0]!.what : `${gaps.length} things`}.`,
        'partly-seen',
      ),
    ]
  // disabled on purpose has been said
  if (wrong.length > 0) return []
  return [healthy(nodes, evidence)]
}

/** What waits there or has just ended, without it being known whether it hung. */
function waitsOf({ name, unclear }: CtdbNode): string[] {
  return unclear
    .slice(0, 5)
    .map(
      (each) =>
        `${code(name)}: ${code(each.name)} (pid ${each.pid}, state ${each.state}${each.wchan ? `, ${code(each.wchan)}` : ''})${each.ended ? ', which has ended since' : ''}.`,
    )
}

/** Flags that no finding is about by now. */
function isUnexplained(flags: readonly Flag[]): boolean {
  const switched = flags.some((flag) => /^(banned|disabled|stopped)$/.test(flag))
  return flags.some((flag) => flag !== 'partiallyonline' && (flag === 'unhealthy' || !switched))
}

function healthy(nodes: readonly CtdbNode[], evidence: string[]): Draft {
  const [first] = nodes
  const helper = nodes.find(({ lock }) => lock?.kind === 'helper')
  return {
    code: 'healthy',
    verdict: 'ruled-out',
    severity: 'ok',
    summary: helper
      ? `CTDB looks right on ${names(nodes)}. Its lock is kept by a program, not a file.`
      : `CTDB looks right on ${names(nodes)}: status OK, and nothing waits for ${fileSystemOf(first!)}, where its lock is.`,
    details:
      helper?.lock?.kind === 'helper'
        ? [`The program is ${code(helper.lock.command)}; ask the system it talks to.`]
        : [],
    evidence,
  }
}

function doNotOf(nodes: readonly CtdbNode[]): Advice[] {
  const loaded = nodes.filter(({ guns, armed }) => guns.length > 0 || armed)
  const hanging = nodes.some(({ stuck }) => stuck.length > 0)
  return [
    ...(loaded.length > 0
      ? [
          {
            what: 'bring the storage back before this is disarmed',
            why: `${names(loaded)} would shut down in that moment.`,
          },
        ]
      : []),
    ...(hanging || loaded.length > 0
      ? [
          {
            what: 'delete the lock file',
            why: 'it does not help against a file system that hangs, and with two files two halves of the cluster can each hold “the” lock.',
          },
        ]
      : []),
  ]
}

/** What could not be seen, node by node; what CTDB's release cannot tell is not missing. */
function unseenOf(views: readonly NodeView[], nodes: readonly CtdbNode[]): Unseen[] {
  return views.flatMap((view, at) => {
    const { name } = view.host
    const node = nodes[at]!
    const gap = (what: string, probe: string, reading: Reading<unknown>): Unseen[] =>
      reading.seen ? [] : [{ what: `${what} of ${name}`, why: reading.why, probe: `${probe}@${name}` }]
    const noScript = !view.script.seen && view.script.code === 'absent'
    const counts = view.script.seen && view.script.value.kind === 'counts'
    return [
      ...gap('status', 'status', view.status),
      ...gap('processes', 'processes', view.family),
      ...(node.mixed
        ? [
            {
              what: `processes of ${name}`,
              why: 'more than one ctdbd runs there, and whose processes they are is not known',
              probe: `processes@${name}`,
            },
          ]
        : []),
      ...(node.lock ? [] : gap('lock setting', 'lock', view.lock)),
      ...(noScript ? [] : gap('01.reclock', 'script', view.script)),
      ...(counts
        ? [...gap('failure counter', 'files', view.files), ...gap('tunables', 'tunables', view.tunables)]
        : []),
      ...(counts && view.files.seen && !node.counter && !node.down
        ? [
            {
              what: `failure counter of ${name}`,
              why: 'it is in none of the known places',
              probe: `files@${name}`,
            },
          ]
        : []),
      ...gap('event scripts', 'runs', view.runs),
      ...(node.lock?.kind === 'file' ? gap('mounts', 'mounts', view.mounts) : []),
      ...(view.looks.first && !view.looks.first.seen
        ? gap('waiting processes', 'waits-1', view.looks.first)
        : []),
      ...(view.log.seen || view.log.code === 'pending' ? [] : gap('log', 'log', view.log)),
    ]
  })
}

function nobodyToAsk({ on }: CtdbArgs, inventory: Inventory): Diagnosis {
  const known = hostsWith(inventory, 'ctdb-node').map(({ name }) => code(name))
  if (known.length === 0)
    return couldNotLook(
      'no-ctdb-node',
      `Nobody can look: cluster ${code(inventory.cluster)} has no host with the role \`ctdb-node\`.`,
    )
  return couldNotLook(
    'no-such-node',
    `${code(on ?? '')} is not a CTDB node of ${code(inventory.cluster)}; it has ${known.join(', ')}.`,
  )
}

function couldNotLook(which: string, summary: string): Diagnosis {
  const finding: Finding = {
    playbook: 'ctdb',
    code: which,
    verdict: 'inconclusive',
    severity: 'warning',
    summary,
    details: [],
    evidence: [],
  }
  return { looked: false, facts: {}, findings: [finding], unseen: [], offers: [], next: [], doNot: [] }
}

import type { Teller } from '../../shared/linux/telling.ts'
import { code } from '../../shared/text.ts'
import { listed } from '../words.ts'
import { CHECK } from './advice.ts'
import type { SeenInText, SeenNode, SeenStatus } from './seen.ts'

const nodeName = ({ pnn, address }: SeenNode) => `node ${pnn} (${code(address)})`
const has = (flag: string) => (node: SeenNode) => node.flags.includes(flag)

/** What nodes say of one another. A status is one moment, and on releases from 4.9 on it does not show a lock that hangs. */
export function aboutStatuses(seen: SeenInText, tell: Teller): void {
  aboutPartition(seen, tell)
  for (const status of seen.statuses) aboutOne(status, seen, tell)
}

function aboutOne(
  { nodes, recovering, leader, lines, host }: SeenStatus,
  { events }: SeenInText,
  tell: Teller,
): void {
  const on = host === undefined ? '' : `, as ${code(host)} sees it`
  const say = (
    flag: string,
    which: string,
    severity: 'info' | 'warning',
    what: (names: string, many: boolean) => string,
    detail: string,
  ) => {
    const found = nodes.filter(has(flag))
    if (found.length === 0) return
    tell.find({
      code: which,
      verdict: 'confirmed',
      severity,
      summary: `${what(listed(found.map(nodeName)), found.length > 1)}${on}.`,
      details: [detail],
      lines: found.map(({ line }) => line),
    })
    if (severity === 'warning') tell.next(CHECK, 'What each node says itself, and whether its lock answers')
  }
  const serving = nodes.filter(
    ({ flags }) => flags.length === 0 || flags.every((flag) => flag === 'PARTIALLYONLINE'),
  )
  if (nodes.filter((node) => !has('DELETED')(node)).length > 1 && serving.length === 0)
    tell.find({
      code: 'no-node-serves',
      verdict: 'confirmed',
      severity: 'critical',
      summary: `No node of the cluster is OK${on}.`,
      details: ['What all of them share comes first: the file system of the recovery lock, the network.'],
      lines,
    })
  say(
    'DISCONNECTED',
    'node-disconnected',
    'warning',
    (names, many) => `${names} ${many ? 'are' : 'is'} disconnected`,
    'It is down, or cut off: its own `ctdb status` tells which.',
  )
  say(
    'UNHEALTHY',
    'node-unhealthy',
    'warning',
    (names, many) =>
      `${names} ${many ? 'are' : 'is'} unhealthy: the last monitor run of ${many ? 'each' : 'it'} failed`,
    'Which script failed, and what it said, stands in `ctdb scriptstatus` (`ctdb event status legacy monitor`) on that node.',
  )
  say(
    'BANNED',
    'node-banned',
    'warning',
    (names, many) => `${names} ${many ? 'are' : 'is'} banned`,
    'A ban that the cluster made ends by itself (`RecoveryBanPeriod`, 300 s); why it was made stands in the log of the leader.',
  )
  say(
    'PARTIALLYONLINE',
    'partially-online',
    'warning',
    (names, many) =>
      `${names} ${many ? 'lack' : 'lacks'} a link: an interface of the public addresses is down`,
    '`ctdb ifaces` names it.',
  )
  say(
    'UNKNOWN',
    'node-unknown',
    'warning',
    (names, many) => `${names} ${many ? 'have' : 'has'} not been heard yet`,
    'So it is for a moment after ctdbd has started; for longer: no network, or no leader.',
  )
  const off = nodes.filter(({ flags }) => flags.some((flag) => /DISABLED|STOPPED/.test(flag)))
  if (off.length > 0) {
    tell.find({
      code: 'node-disabled',
      verdict: 'confirmed',
      severity: 'info',
      summary: `${listed(off.map(nodeName))} ${off.length === 1 ? 'is' : 'are'} switched off (${[...new Set(off.flatMap(({ flags }) => flags.filter((flag) => /DISABLED|STOPPED/.test(flag))))].join(', ')})${on}: somebody did that, it has not failed.`,
      lines: off.map(({ line }) => line),
    })
    tell.doNot(
      'switch it on (`ctdb enable`, `ctdb continue`) before asking who switched it off',
      'it may be under repair, and would take addresses and locks',
    )
  }
  if (nodes.some(has('UNHEALTHY')))
    tell.doNot(
      'restart CTDB on an unhealthy node before its scripts have been read',
      'the cause stays, what the scripts said is gone, and the public addresses move twice',
    )
  if (nodes.some(has('BANNED')))
    tell.doNot(
      '`ctdb unban` before the cause is known',
      'the cluster bans it again, and every recovery on the way stops all nodes for a moment',
    )
  if (recovering)
    tell.find({
      code: 'recovering',
      verdict: 'inconclusive',
      severity: 'warning',
      summary: `CTDB is in recovery${on}: for seconds that is ordinary, for longer it is not.`,
      lines,
    })
  if (leader === 'unknown') {
    tell.find({
      code: 'no-leader',
      verdict: 'confirmed',
      severity: 'warning',
      summary: `Nobody leads the cluster${on}.`,
      details: ['Whoever wants to lead has to get the cluster lock first.'],
      lines,
    })
    tell.next(CHECK, 'Whether the lock can be had')
  }
  const fine =
    nodes.every(({ flags }) => flags.length === 0 || flags.includes('DELETED')) &&
    recovering !== true &&
    leader !== 'unknown'
  if (fine && nodes.length > 0 && events.length === 0)
    tell.find({
      code: 'healthy',
      verdict: 'ruled-out',
      severity: 'ok',
      summary: `${nodes.length === 1 ? `Node ${nodes[0]!.pnn} is` : `All ${nodes.length} nodes are`} OK${leader === undefined ? '' : `, and node ${leader} leads`}${on}.`,
      details: ['From 4.9 on the status does not show whether the file system of the recovery lock answers.'],
      lines,
    })
}

/** Nodes that answer for themselves, and that others call disconnected. */
function aboutPartition({ statuses }: SeenInText, tell: Teller): void {
  const selves = statuses.flatMap((status) =>
    status.nodes.filter(({ thisNode }) => thisNode).map((node) => ({ node, status })),
  )
  const pairs = statuses.flatMap((status) => {
    const self = status.nodes.find(({ thisNode }) => thisNode)
    return status.nodes
      .filter(
        (node) =>
          node.flags.includes('DISCONNECTED') &&
          selves.some(({ node: other, status: from }) => other.pnn === node.pnn && from !== status),
      )
      .flatMap((to) => (self ? [{ from: self, to }] : []))
  })
  const [first] = pairs
  if (!first) return
  tell.find({
    code: 'partition',
    verdict: 'confirmed',
    severity: 'critical',
    summary: `The nodes cannot reach each other: ${nodeName(first.from)} calls ${nodeName(first.to)} disconnected, although that one answers.`,
    details: pairs.map(({ from, to }) => `${nodeName(from)} calls ${nodeName(to)} disconnected.`),
    lines: pairs.flatMap(({ from, to }) => [from.line, to.line]),
  })
  tell.next(CHECK, 'Who has the lock, and who sees whom')
  tell.doNot(
    'remove or change the recovery lock to get a node going',
    'it is what keeps the two halves from both writing; repair the network',
  )
}

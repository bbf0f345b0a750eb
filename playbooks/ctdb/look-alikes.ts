import { code } from '../shared/text.ts'
import { type CtdbNode, contentionOf, isFailing, logOf } from './node.ts'
import { notAsked } from './node-states.ts'
import { allPairs, type Pair, partedPairs } from './parted.ts'
import { type Draft, flagsOf, listed, names } from './words.ts'

const ids = (nodes: readonly CtdbNode[], ...probes: string[]) =>
  nodes.flatMap(({ name }) => probes.map((probe) => `${probe}@${name}`))

/** Nodes that are refused the lock: by a part of their own cluster, or by a stranger. */
export function contention(nodes: readonly CtdbNode[]): Draft[] {
  const contending = nodes.filter((node) => contentionOf(node))
  if (contending.length === 0) return []
  const pairs = partedPairs(nodes)
  if (pairs.length === 0 && allPairs(nodes).length > 0) return []
  const lines = contending.map((node) => `${code(node.name)}: ${code(contentionOf(node)!.text)}`)
  const evidence = [...ids(contending, 'log'), ...ids(nodes, 'status')]
  if (pairs.length > 0) {
    const [pair] = pairs
    return [
      {
        code: 'partition',
        verdict: 'confirmed',
        severity: 'critical',
        summary: `The lock is fine, the network between the nodes is not: ${code(pair!.from.name)} calls ${code(pair!.to.name)} disconnected, although it answers, and the lock keeps ${names(contending)} from starting a cluster of its own.`,
        details: [
          ...lines,
          ...pairs.map(describePair),
          'Contention shows that the lock works. Repair the network; leave the lock.',
        ],
        evidence,
      },
    ]
  }
  const blind = [
    ...nodes.filter(({ view }) => !view.status.seen).map(({ name }) => code(name)),
    ...notAsked(nodes).map(({ pnn, ip }) => `node ${pnn} (${code(ip)})`),
  ]
  const undated = contending.every((node) => contentionOf(node)!.age === undefined)
  return [
    {
      code: 'lock-held-elsewhere',
      verdict: blind.length > 0 || undated ? 'inconclusive' : 'confirmed',
      severity: 'critical',
      summary:
        blind.length > 0
          ? `${names(contending)} can't get CTDB's lock, because somebody holds it; whether that is one of the nodes I can't tell: ${listed(blind)} ${blind.length === 1 ? 'was' : 'were'} not seen.`
          : `${names(contending)} can't get CTDB's lock: somebody who is not one of these nodes holds it.`,
      details: [
        ...lines,
        'Contention shows that the lock works. Who holds it: another host that uses the same file, a node that is not in the configuration, or the server that has not noticed that a holder died.',
      ],
      evidence,
    },
  ]
}

function describePair({ from, to }: { from: CtdbNode; to: CtdbNode }): string {
  return `${code(from.name)} calls ${code(to.name)} (node ${to.self!.pnn}, ${code(to.self!.ip)}) DISCONNECTED; ${code(to.name)} itself answers: ${flagsOf(to)}.`
}

/** Disconnected without contention. */
export function apart(nodes: readonly CtdbNode[]): Draft[] {
  const all = allPairs(nodes)
  const pairs = partedPairs(nodes)
  if (pairs.length === 0 && all.length > 0) return [startingUp(all)]
  if (nodes.some((node) => contentionOf(node))) return []
  if (pairs.length > 0)
    return [
      {
        code: 'partition',
        verdict: 'confirmed',
        severity: 'critical',
        summary: `The nodes can't reach each other: ${code(pairs[0]!.from.name)} calls ${code(pairs[0]!.to.name)} disconnected, although its ctdbd answers.`,
        details: pairs.map(describePair),
        evidence: ids(nodes, 'status'),
      },
    ]
  // one that was seen to be down is not cut off
  const down = nodes.filter((node) => node.down).flatMap(({ view }) => view.host.addresses)
  const gone = new Map(
    notAsked(nodes)
      .filter(({ ip, flags }) => flags.includes('disconnected') && !down.includes(ip))
      .map(({ pnn, ip }) => [pnn, ip] as const),
  )
  if (gone.size === 0) return []
  return [
    {
      code: 'node-disconnected',
      verdict: 'confirmed',
      severity: 'warning',
      summary: `${gone.size === 1 ? 'A node is' : `${gone.size} nodes are`} disconnected: ${[...gone].map(([pnn, ip]) => `node ${pnn} (${code(ip)})`).join(', ')}.`,
      details: ['Its own ctdbd was not seen, so whether it is down or cut off is not known.'],
      evidence: ids(nodes, 'status'),
    },
  ]
}

function startingUp(pairs: Pair[]): Draft {
  const { from, to } = pairs[0]!
  return {
    code: 'node-starting',
    verdict: 'inconclusive',
    severity: 'warning',
    summary: `${code(from.name)} calls ${code(to.name)} disconnected, but ctdbd was started less than a minute ago; check again in a minute.`,
    details: pairs.map(describePair),
    evidence: ids([from, to], 'status', 'processes'),
  }
}

/** Unhealthy for another reason than the lock. */
export function otherScripts(nodes: readonly CtdbNode[]): Draft[] {
  return nodes.flatMap((node) => {
    const failed = node.view.runs.seen
      ? node.view.runs.value.filter(
          ({ name, state }) => name !== '01.reclock' && /^(?:ERROR|TIMEDOUT|CANNOT RUN)$/.test(state),
        )
      : []
    if (failed.length === 0) return []
    const which = listed(failed.map(({ name }) => `\`${name}\``))
    const hangs = node.stuck.length + node.guns.length > 0 || isFailing(node)
    const clear = !hangs && node.view.family.seen && !node.mixed && node.unclear.length === 0
    return [
      {
        code: 'other-script',
        verdict: 'confirmed' as const,
        severity: 'warning' as const,
        // a script may time out MonitorTimeoutCount times, 20, before its node is called unhealthy
        summary: node.self?.flags.includes('unhealthy')
          ? `${code(node.name)} is unhealthy because of ${which}${hangs ? ', too' : clear ? ', not because of its lock' : ''}.`
          : `${which} failed in the last monitor run on ${code(node.name)}; ${node.self ? 'the node is not called unhealthy' : 'its status was not seen'}.`,
        details: failed.map(
          ({ name, state, output }) => `${code(name)} ended with ${state}${output && `: ${code(output)}`}.`,
        ),
        evidence: ids([node], 'runs'),
      },
    ]
  })
}

/** Disabled, stopped or banned: not a failure of what is looked at here. */
export function switchedOff(nodes: readonly CtdbNode[]): Draft[] {
  return nodes.flatMap((node) => {
    const flags = node.self?.flags.filter((flag) => /^(banned|disabled|stopped)$/.test(flag)) ?? []
    if (flags.length === 0) return []
    const banned = flags.includes('banned')
    // the leader writes down whom it bans
    const banning =
      logOf(node)?.banning ??
      nodes
        .map((each) => logOf(each)?.banning)
        .find((line) => line?.text.includes(`Banning node ${node.self!.pnn} for`))
    const blind = nodes.some((each) => !each.view.log.seen) || notAsked(nodes).length > 0
    const words = flags.map((flag) => flag.toUpperCase()).join('|')
    return [
      {
        code: banned ? 'node-banned' : 'node-disabled',
        verdict: 'confirmed' as const,
        severity: banned ? ('warning' as const) : ('info' as const),
        summary: banned
          ? `${code(node.name)} is ${words}${banning ? ': the cluster banned it by itself' : blind ? '; whether the cluster did that by itself or somebody did stands in logs that were not seen' : '; nothing in the log says that the cluster did that by itself, so somebody did'}.`
          : `${code(node.name)} is ${words}: somebody switched it off, it has not failed.`,
        details: banned
          ? [
              ...(banning ? [code(banning.text)] : []),
              'A ban ends by itself (`RecoveryBanPeriod`, 300 s unless set otherwise), or by `ctdb unban`.',
            ]
          : [
              `\`ctdb ${flags.includes('stopped') ? 'continue' : 'enable'}\` on it takes that back. Ask who did it first.`,
            ],
        evidence: ids([node], 'status', 'log'),
      },
    ]
  })
}

/** Nothing guards against split brain. */
export function noLock(nodes: readonly CtdbNode[]): Draft[] {
  const without = nodes.filter(({ lock }) => lock?.kind === 'none')
  if (without.length === 0) return []
  return [
    {
      code: 'no-lock',
      verdict: 'confirmed',
      severity: 'warning',
      summary: `${names(without)} ${without.length === 1 ? 'runs' : 'run'} without a recovery lock: when the network splits, both halves go on writing.`,
      details: ['Nothing of CTDB can hang on a lock here.'],
      evidence: ids(without, 'lock'),
    },
  ]
}

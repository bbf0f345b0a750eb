import { isLocalType } from '../shared/linux/mountinfo.ts'
import { code } from '../shared/text.ts'
import { ageOf, type CtdbNode, logOf } from './node.ts'
import type { Flag, NodeStatus } from './status.ts'
import { type Draft, listed, names } from './words.ts'

const DAY_MS = 24 * 3600 * 1000
const ids = (nodes: readonly CtdbNode[], ...probes: string[]) =>
  nodes.flatMap(({ name }) => probes.map((probe) => `${probe}@${name}`))

/** Nodes that others know, and that did not speak for themselves. */
export function notAsked(nodes: readonly CtdbNode[]): NodeStatus[] {
  const known = new Set(nodes.flatMap(({ self }) => (self ? [`${self.pnn} ${self.ip}`] : [])))
  const rows = nodes.flatMap(({ view }) => (view.status.seen ? view.status.value : []))
  const others = rows.filter(({ pnn, ip }) => !known.has(`${pnn} ${ip}`))
  return [...new Map(others.map((row) => [`${row.pnn} ${row.ip}`, row])).values()]
}

/** No ctdbd: it was stopped, or it ended itself; its counter and scripts are of no account then. */
export function ctdbdDown(nodes: readonly CtdbNode[]): Draft[] {
  const down = nodes.filter((node) => node.down)
  if (down.length === 0) return []
  const lines = down.flatMap((node) => {
    const line = logOf(node)?.shuttingDown
    const age = line && ageOf(node, line)
    // it may have been started and stopped many times since
    return line && age !== undefined && age <= DAY_MS ? [`${code(node.name)}: ${code(line.text)}`] : []
  })
  return [
    {
      code: 'ctdbd-down',
      verdict: 'confirmed',
      severity: 'warning',
      summary: `ctdbd does not run on ${names(down)}.`,
      details: [
        ...lines,
        ...(lines.length > 0 ? ['So `01.reclock` had counted to its end.'] : []),
        'See that the file system of the lock answers before it is started again.',
      ],
      evidence: ids(down, 'status', 'processes', 'log'),
    },
  ]
}

/** What CTDB calls a node of which some interfaces are down, while it works. */
export function partiallyOnline(nodes: readonly CtdbNode[]): Draft[] {
  const some = nodes.filter(({ self }) => self?.flags.includes('partiallyonline'))
  if (some.length === 0) return []
  return [
    {
      code: 'partially-online',
      verdict: 'confirmed',
      severity: 'warning',
      summary: `${names(some)} ${some.length === 1 ? 'is' : 'are'} PARTIALLYONLINE: some interfaces are down there.`,
      details: ['`ctdb ifaces` on it says which.'],
      evidence: ids(some, 'status'),
    },
  ]
}

/** Nodes that nobody looked at, and that have failed in the eyes of others; disconnected ones are told of elsewhere. */
export function othersInTrouble(nodes: readonly CtdbNode[]): Draft[] {
  const failed = (flag: Flag) => /^(unhealthy|banned|unknown)$/.test(flag)
  const others = notAsked(nodes).filter(({ flags }) => flags.some(failed) && !flags.includes('disconnected'))
  if (others.length === 0) return []
  const each = others.map(
    ({ pnn, ip, flags }) =>
      `node ${pnn} (${code(ip)}) is ${flags.map((flag) => flag.toUpperCase()).join('|')}`,
  )
  return [
    {
      code: 'node-not-asked',
      verdict: 'inconclusive',
      severity: 'warning',
      summary: `In the eyes of ${names(nodes)} ${listed(each)}, and ${others.length === 1 ? 'it was' : 'they were'} not asked.`,
      details: [],
      evidence: ids(nodes, 'status'),
    },
  ]
}

/**
 * A lock on a disk of the node's own is always free for it: the cluster file system is not mounted there, or the path is wrong.
 * Never certain: the path is not touched, and a symlink in it may lead to the cluster file system (path_resolution(7)).
 */
export function lockOnOwnDisk(nodes: readonly CtdbNode[]): Draft[] {
  return nodes.flatMap((node): Draft[] => {
    const { lock, mount, view } = node
    const several = view.status.seen && view.status.value.length > 1
    if (lock?.kind !== 'file' || !mount || !several || !isLocalType(mount.type)) return []
    return [
      {
        code: 'lock-on-own-disk',
        verdict: 'inconclusive',
        severity: 'warning',
        summary: `By its text the path of the lock's file, ${code(lock.path)}, is on ${code(mount.path)} (${mount.type}) of ${code(node.name)} itself; if it is, it keeps no other node from anything.`,
        details: [
          'A symlink in the path may lead elsewhere; it was not followed, because that can hang.',
          'Look whether the cluster file system is mounted there, and whether the path is right.',
        ],
        evidence: ids([node], 'lock', 'mounts', 'status'),
      },
    ]
  })
}

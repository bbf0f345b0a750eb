import { code } from '../shared/text.ts'
import { apart, contention, noLock, otherScripts, switchedOff } from './look-alikes.ts'
import { ageOf, type CtdbNode, isFailing, logOf, standsStill } from './node.ts'
import { ctdbdDown, lockOnOwnDisk, othersInTrouble, partiallyOnline } from './node-states.ts'
import { clockTime, type Draft, describe, describeGun, fileSystemOf, names } from './words.ts'

const DAY_MS = 24 * 3600 * 1000

/** Everything that is wrong, the worst first; none of these is about what could not be seen. */
export function conclusionsOf(nodes: readonly CtdbNode[]): Draft[] {
  return [
    loadedGun(nodes),
    lockHangs(nodes),
    lockNotReadable(nodes),
    contention(nodes),
    apart(nodes),
    lockReplaced(nodes),
    ...otherScripts(nodes),
    ctdbdDown(nodes),
    held(nodes),
    switchedOff(nodes),
    partiallyOnline(nodes),
    othersInTrouble(nodes),
    lockOnOwnDisk(nodes),
    noLock(nodes),
  ].flat()
}

const ids = (nodes: readonly CtdbNode[], ...probes: string[]) =>
  nodes.flatMap(({ name }) => probes.map((probe) => `${probe}@${name}`))

function loadedGun(nodes: readonly CtdbNode[]): Draft[] {
  const loaded = nodes.filter(({ guns, armed }) => guns.length > 0 || armed)
  const first = loaded[0]
  if (!first) return []
  const waits = loaded.some(({ guns }) => guns.length > 0)
  return [
    {
      code: 'loaded-gun',
      // another script than the known ones may run `df` for its own ends
      verdict: loaded.every(({ script }) => script?.kind === 'counts') ? 'confirmed' : 'inconclusive',
      severity: 'critical',
      summary: waits
        ? `${names(loaded)} ${loaded.every(({ script }) => script?.kind === 'counts') ? 'will' : 'may'} shut ${loaded.length === 1 ? 'itself' : 'themselves'} down the moment ${fileSystemOf(first)} answers again: \`01.reclock\` waits in \`df\`, and \`ctdb shutdown\` comes next.`
        : `${names(loaded)} will shut ${loaded.length === 1 ? 'itself' : 'themselves'} down: \`01.reclock\` has counted to its end, and runs \`ctdb shutdown\` as soon as its \`df\` returns.`,
      details: loaded.flatMap((node) => [describe(node), describeGun(node)]),
      evidence: ids(loaded, 'processes', 'files', 'script'),
    },
  ]
}

function lockHangs(nodes: readonly CtdbNode[]): Draft[] {
  const hanging = nodes.filter(({ stuck }) => stuck.length > 0)
  const quiet = hanging.filter(({ guns, armed }) => guns.length === 0 && !armed)
  const first = quiet[0]
  // where the gun is loaded, that finding says it all
  if (!first) return []
  const dated = quiet
    .filter(({ prediction, enabled }) => prediction?.shutdownAt !== undefined && enabled !== false)
    .sort((a, b) => a.prediction!.shutdownAt! - b.prediction!.shutdownAt!)
  const soonest = dated[0]
  const where = quiet.length === 1 ? `on ${names(quiet)}` : `on ${quiet.length} nodes`
  const details = [
    ...quiet.map(describe),
    ...(dated.some(({ script }) => script?.kind === 'counts' && script.runsDf)
      ? [
          'Then `01.reclock` runs `df` first, which will hang, too: the shutdown waits in it until the storage is back.',
        ]
      : []),
  ]
  const since = Math.min(...dated.map(({ prediction }) => prediction!.failingSince))
  const ok = quiet.every(({ self }) => self?.flags.length === 0)
  return [
    {
      code: 'lock-hangs',
      verdict: 'confirmed',
      severity: 'critical',
      summary: soonest
        ? `The file system of CTDB's lock, ${fileSystemOf(first)}, hangs ${where} since ${clockTime(since)}: ${code(soonest.name)} has ${soonest.counter!.count} of ${limitOf(soonest)} failures, shutdown predicted at ${clockTime(soonest.prediction!.shutdownAt!)}.`
        : `The file system of CTDB's lock, ${fileSystemOf(first)}, hangs ${where}${ok ? ', and CTDB does not notice: its status is OK' : ''}.`,
      details,
      evidence: ids(quiet, 'processes', 'waits-1', 'waits-2', ...(soonest ? ['files', 'script'] : [])),
    },
  ]
}

function limitOf({ script }: CtdbNode): number {
  return script?.kind === 'counts' ? script.shutdownAt : 0
}

/** It counts, and nothing hangs: the stat fails at once. */
function lockNotReadable(nodes: readonly CtdbNode[]): Draft[] {
  return nodes
    .filter(
      (node) =>
        isFailing(node) &&
        node.view.family.seen &&
        !node.mixed &&
        node.stuck.length === 0 &&
        node.guns.length === 0 &&
        !node.armed &&
        node.enabled !== false &&
        node.unclear.length === 0,
    )
    .map(
      (node): Draft => ({
        code: 'lock-not-readable',
        ...(standsStill(node.view, node.counter!)
          ? {
              verdict: 'inconclusive',
              severity: 'warning',
              summary: `${code(node.name)} stands at ${node.counter!.count} of ${limitOf(node)} failures and has counted none since ${clockTime(node.counter!.changedAt)}: whether it is monitored, and sees the lock's file, I can't tell.`,
            }
          : {
              verdict: 'confirmed',
              severity: 'critical',
              summary: `${code(node.name)} can't see the lock's file, although nothing hangs: ${node.counter!.count} of ${limitOf(node)} failures${node.prediction?.shutdownAt === undefined ? '' : `, shutdown predicted at ${clockTime(node.prediction.shutdownAt)}`}.`,
            }),
        details: [
          describe(node),
          node.lock?.kind === 'file'
            ? `Look whether ${code(node.lock.path)} is there and its file system is mounted: it is below ${code(node.mount?.path ?? 'no known mount')}.`
            : 'Which file it is could not be seen.',
        ],
        evidence: ids([node], 'files', 'script', 'processes', 'mounts'),
      }),
    )
}

function lockReplaced(nodes: readonly CtdbNode[]): Draft[] {
  return nodes.flatMap((node) => {
    const lost = logOf(node)?.lost
    const age = lost && ageOf(node, lost)
    if (!lost || (age !== undefined && age > DAY_MS)) return []
    return [
      {
        code: 'lock-replaced',
        // without a time it may have been years ago
        verdict: age === undefined ? ('inconclusive' as const) : ('confirmed' as const),
        severity: 'warning' as const,
        summary: `The lock's file was replaced or removed under CTDB on ${code(node.name)}${age === undefined ? '' : `, ${age < 120_000 ? 'just now' : `${Math.round(age / 60_000)} min ago`}`}: the lock was lost and taken again.`,
        details: [
          code(lost.text),
          'While it happened two nodes could each hold “the” lock, on two different files. Find out who touches it (backup, cleanup, a second mount).',
        ],
        evidence: ids([node], 'log', 'clock'),
      },
    ]
  })
}

/** 01.reclock switched off: a hold that nobody took back. */
function held(nodes: readonly CtdbNode[]): Draft[] {
  const off = nodes.filter(({ enabled, down }) => enabled === false && !down)
  if (off.length === 0) return []
  return [
    {
      code: 'monitoring-held',
      verdict: 'confirmed',
      severity: 'warning',
      summary: `\`01.reclock\` is switched off on ${names(off)}: a lock that can't be reached goes unnoticed there.`,
      details: off.map(describe),
      evidence: ids(off, 'files', 'runs'),
    },
  ]
}

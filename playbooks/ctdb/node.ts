import type { Relative } from '../shared/linux/family.ts'
import { type Mount, mountAbove } from '../shared/linux/mountinfo.ts'
import type { NodeView } from './evidence.ts'
import type { LockSetting } from './lock-setting.ts'
import type { LockLog } from './log.ts'
import { type Prediction, predict } from './predict.ts'
import type { ReclockScript } from './reclock-script.ts'
import type { NodeStatus } from './status.ts'
import { daemonsIn, type Gun, gunsIn, type Stuck, stuckIn } from './waiting.ts'

/** What one node's evidence comes to. Undefined always means: not known. */
export type CtdbNode = {
  name: string
  view: NodeView
  /** how it sees itself */
  self: NodeStatus | undefined
  lock: LockSetting | undefined
  mount: Mount | undefined
  script: ReclockScript | undefined
  /** whether 01.reclock runs; undefined also where it counts nothing */
  enabled: boolean | undefined
  counter: { path: string; count: number; changedAt: number } | undefined
  /** more than one ctdbd on this host: its processes can't be told from the other's */
  mixed: boolean
  stuck: Stuck[]
  unclear: Relative[]
  guns: Gun[]
  /** it counts, and its count has reached the end */
  armed: boolean
  prediction: Prediction | undefined
}

export function nodeOf(view: NodeView): CtdbNode {
  const lock = view.lock.seen ? view.lock.value : view.config.seen ? view.config.value.lock : undefined
  const script = view.script.seen ? view.script.value : undefined
  const counter = counterOf(view, script)
  const overLimit = script?.kind === 'counts' && counter !== undefined && counter.count >= script.shutdownAt
  const mixed = view.family.seen && daemonsIn(view.family.value) > 1
  const { stuck, unclear } = mixed ? { stuck: [], unclear: [] } : stuckIn(view.looks)
  const enabled = enabledOf(view, script)
  return {
    name: view.host.name,
    view,
    lock,
    script,
    counter,
    mixed,
    stuck,
    unclear,
    enabled,
    self: view.status.seen ? view.status.value.find(({ thisNode }) => thisNode) : undefined,
    mount: lock?.kind === 'file' && view.mounts.seen ? mountAbove(view.mounts.value, lock.path) : undefined,
    guns: view.family.seen && !mixed ? gunsIn(view.family.value, overLimit) : [],
    armed: overLimit && enabled !== false,
    prediction: predictionOf(view, script, counter, stuck),
  }
}

function enabledOf({ files, runs }: NodeView, script: ReclockScript | undefined): boolean | undefined {
  if (script?.kind !== 'counts') return undefined
  if (runs.seen && runs.value.some(({ name, state }) => name === '01.reclock' && state === 'DISABLED'))
    return false
  const file = files.seen ? files.value.find(({ path }) => path === script.path) : undefined
  return file?.executable
}

/** The counter that was changed last: an upgrade leaves older ones behind. */
function counterOf(view: NodeView, script: ReclockScript | undefined): CtdbNode['counter'] {
  const { files, clock } = view
  if (!files.seen || script?.kind !== 'counts') return undefined
  const [newest] = files.value
    .filter(({ path }) => /fail-?count/.test(path))
    .sort((a, b) => b.modifiedS - a.modifiedS)
  if (!newest) return undefined
  // that host's clock may differ from ours
  const ahead = clock.seen ? clock.value.epochS * 1000 - clock.at : 0
  return { path: newest.path, count: newest.bytes, changedAt: newest.modifiedS * 1000 - ahead }
}

function predictionOf(
  { files, tunables }: NodeView,
  script: ReclockScript | undefined,
  counter: CtdbNode['counter'],
  stuck: Stuck[],
): Prediction | undefined {
  if (script?.kind !== 'counts' || !counter || counter.count === 0 || !tunables.seen || !files.seen)
    return undefined
  return predict({
    count: counter.count,
    shutdownAt: script.shutdownAt,
    intervalS: tunables.value.monitorIntervalS,
    readAt: files.at,
    changedAt: counter.changedAt,
    stuck,
  })
}

/** It counts failures and has gone so far that CTDB calls the node unhealthy. */
export function isFailing({ script, counter }: CtdbNode): boolean {
  return script?.kind === 'counts' && counter !== undefined && counter.count >= script.unhealthyAt
}

/** The log, when it was seen. */
export function logOf({ view }: CtdbNode): LockLog | undefined {
  return view.log.seen ? view.log.value : undefined
}

/** How long ago a line of the log is by that host's own clock, ms; undefined when one of the two is not known. */
export function ageOf({ view }: CtdbNode, line: { local: number | undefined }): number | undefined {
  return view.clock.seen && line.local !== undefined ? view.clock.value.local - line.local : undefined
}

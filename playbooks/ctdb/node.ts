import { type Mount, mountAbove } from '../shared/linux/mountinfo.ts'
import type { NodeView } from './evidence.ts'
import type { LockSetting } from './lock-setting.ts'
import type { LockLog, LogLine } from './log.ts'
import { type Prediction, predict } from './predict.ts'
import type { ReclockScript } from './reclock-script.ts'
import type { NodeStatus } from './status.ts'
import { daemonsIn, type Gun, gunsIn, type Stuck, stuckIn, type Unclear } from './waiting.ts'

/** What one node's evidence comes to. Undefined always means: not known. */
export type CtdbNode = {
  name: string
  view: NodeView
  /** how it sees itself */
  self: NodeStatus | undefined
  lock: LockSetting | undefined
  /** found by the text of the lock's path, which is not touched: a symlink may lead elsewhere */
  mount: Mount | undefined
  script: ReclockScript | undefined
  /** whether 01.reclock runs; undefined also where it counts nothing */
  enabled: boolean | undefined
  counter: { path: string; count: number; changedAt: number } | undefined
  /** no ctdbd on this host: what it left behind says nothing about now */
  down: boolean
  /** more than one ctdbd on this host: its processes can't be told from the other's */
  mixed: boolean
  stuck: Stuck[]
  unclear: Unclear[]
  guns: Gun[]
  /** it counts, and its count has reached the end */
  armed: boolean
  prediction: Prediction | undefined
}

export function nodeOf(view: NodeView): CtdbNode {
  const lock = view.lock.seen ? view.lock.value : view.config.seen ? view.config.value.lock : undefined
  const script = view.script.seen ? view.script.value : undefined
  const down = isDown(view)
  const counter = down ? undefined : counterOf(view, script)
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
    down,
    mixed,
    stuck,
    unclear,
    enabled,
    self: view.status.seen ? view.status.value.find(({ thisNode }) => thisNode) : undefined,
    mount: lock?.kind === 'file' && view.mounts.seen ? mountAbove(view.mounts.value, lock.path) : undefined,
    guns: view.family.seen && !mixed && !down ? gunsIn(view.family.value, overLimit) : [],
    armed: overLimit && enabled !== false,
    prediction: predictionOf(view, script, counter, stuck),
  }
}

/** Its socket is not there, and no process of that name. */
function isDown({ status, family }: NodeView): boolean {
  return !status.seen && status.code === 'failed' && family.seen && daemonsIn(family.value) === 0
}

function enabledOf({ files, runs }: NodeView, script: ReclockScript | undefined): boolean | undefined {
  if (script?.kind !== 'counts') return undefined
  const file = files.seen ? files.value.find(({ path }) => path === script.path) : undefined
  const wasOff =
    runs.seen && runs.value.some(({ name, state }) => name === '01.reclock' && state === 'DISABLED')
  // the file says what is so, the last run what was: when they differ it has been switched since
  if (wasOff) return file?.executable ? undefined : false
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
  view: NodeView,
  script: ReclockScript | undefined,
  counter: CtdbNode['counter'],
  stuck: Stuck[],
): Prediction | undefined {
  const { files, tunables } = view
  if (script?.kind !== 'counts' || !counter || counter.count === 0 || !tunables.seen || !files.seen)
    return undefined
  if (standsStill(view, counter)) return undefined
  return predict({
    count: counter.count,
    shutdownAt: script.shutdownAt,
    intervalS: tunables.value.monitorIntervalS,
    readAt: files.at,
    changedAt: counter.changedAt,
    stuck,
  })
}

/** Nothing was counted for several runs: it is stopped, banned or not monitored, and the count is history. */
export function standsStill(
  { files, tunables, clock }: NodeView,
  { changedAt }: NonNullable<CtdbNode['counter']>,
): boolean {
  if (!files.seen || !tunables.seen || !clock.seen) return false
  const { monitorIntervalS, scriptTimeoutS } = tunables.value
  return files.at - changedAt > Math.max(300, 4 * (monitorIntervalS + scriptTimeoutS)) * 1000
}

/** It counts failures and has gone so far that CTDB calls the node unhealthy. */
export function isFailing({ script, counter }: CtdbNode): boolean {
  return script?.kind === 'counts' && counter !== undefined && counter.count >= script.unhealthyAt
}

/** The log, when it was seen. */
export function logOf({ view }: CtdbNode): LockLog | undefined {
  return view.log.seen ? view.log.value : undefined
}

/** A node that can't have the lock says so at each try, and is banned for 300 s at most in between; older words are history. */
const STILL_CONTENDING_MS = 15 * 60_000

/** The last word of its log about the lock is that somebody else has it, and that was lately. */
export function contentionOf(node: CtdbNode): (LogLine & { age: number | undefined }) | undefined {
  const line = logOf(node)?.contention
  const age = line && ageOf(node, line)
  return line && (age === undefined || age <= STILL_CONTENDING_MS) ? { ...line, age } : undefined
}

/** For how long its ctdbd has been running, in seconds; undefined when no such process was seen. */
export function ctdbdAgeS({ view, mixed }: CtdbNode): number | undefined {
  const ages = view.family.seen && !mixed ? view.family.value.filter(({ name }) => name === 'ctdbd') : []
  return ages.length === 0 ? undefined : Math.max(...ages.map(({ ageS }) => ageS))
}

/** How long ago a line of the log is by that host's own clock, ms; undefined when one of the two is not known. */
export function ageOf({ view }: CtdbNode, line: { local: number | undefined }): number | undefined {
  return view.clock.seen && line.local !== undefined ? view.clock.value.local - line.local : undefined
}

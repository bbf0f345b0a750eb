/** What happens in the replayed incident, and when. Times are ms by the replayed clock. */
export type State = {
  /** when somebody first looked */
  since: number | undefined
  off: Times
  on: Times
  ended: Times
  emptied: Times
  timers: Times
}
type Times = Readonly<Record<string, number | undefined>>

export const START: State = { since: undefined, off: {}, on: {}, ended: {}, emptied: {}, timers: {} }

/** One monitor run after the other: 15 s and what the scripts take. */
export const EVERY_S = 15.2
const LIMIT = 200
/** From there on `df` hangs until CTDB ends the script after 30 s. */
const LOADED_S = 30
const EVERY_LOADED_S = EVERY_S + LOADED_S
const BACK_AFTER_MS = 300_000

/** How long it had been failing when somebody first looked: 212, 150 and 149 runs. */
const FAILING_S: Record<string, number> = {
  'ctl-1': 199 * EVERY_S + 12 * EVERY_LOADED_S + 12,
  'ctl-2': 149 * EVERY_S + 5,
  'ctl-3': 148 * EVERY_S + 9,
}

export function started(state: State, now: number): State {
  return state.since === undefined ? { ...state, since: now } : state
}

/** Whether 01.reclock is switched off there. */
export function isOff({ off, on }: State, host: string): boolean {
  const [offAt, onAt] = [off[host], on[host]]
  return offAt !== undefined && (onAt === undefined || onAt < offAt)
}

/** Somebody repairs the storage, once `ctl-1` can't shut itself down any more. */
export function storageReturns({ off }: State): number | undefined {
  return off['ctl-1'] === undefined ? undefined : off['ctl-1'] + BACK_AFTER_MS
}

export function storageIsBack(state: State, now: number): boolean {
  const back = storageReturns(state)
  return back !== undefined && now >= back
}

/** Start times of the monitor runs since it began to fail, up to now or to when the script was switched off. */
function runsOf(state: State, host: string, now: number): number[] {
  const until = Math.min(now, state.off[host] ?? now)
  const began = (state.since ?? now) - FAILING_S[host]! * 1000
  const runs: number[] = []
  for (let at = began; at <= until; at += (runs.length >= LIMIT ? EVERY_LOADED_S : EVERY_S) * 1000)
    runs.push(at)
  return runs
}

/** The length of the failure counter. When the storage is back, the first `stat` that returns empties it. */
export function countOf(state: State, host: string, now: number): number {
  if (storageIsBack(state, now) || state.emptied[host] !== undefined) return 0
  return runsOf(state, host, now).length
}

/** The `stat`s that hang: each run leaves one, except those that were ended in their `df`. */
export function statsOf(state: State, host: string, now: number): { pid: number; at: number }[] {
  if (storageIsBack(state, now)) return []
  return runsOf(state, host, now)
    .slice(0, LIMIT - 1)
    .map((at, index) => ({ pid: 40_062 + index * 4, at }))
}

/** The 01.reclock that waits in `df`, if one does. */
export function gunOf(state: State, host: string, now: number): { pid: number; at: number } | undefined {
  const runs = runsOf(state, host, now)
  const at = runs.at(-1)
  if (storageIsBack(state, now) || at === undefined || runs.length < LIMIT) return undefined
  if (now - at >= LOADED_S * 1000 || (state.ended[host] ?? 0) >= at) return undefined
  return { pid: 50_000 + runs.length * 4, at }
}

/** Whether this node shut itself down when the storage came back. */
export function isDown(state: State, host: string, now: number): boolean {
  const back = storageReturns(state)
  return back !== undefined && now >= back && gunOf(state, host, back - 1) !== undefined
}

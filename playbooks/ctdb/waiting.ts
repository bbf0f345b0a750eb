import type { Relative } from '../shared/linux/family.ts'
import type { Wait } from '../shared/linux/threads.ts'
import type { Reading } from '../shared/probe.ts'

/** What CTDB itself starts that can hang on the lock's file. */
export type Role = 'stat' | 'df' | 'helper'

/** A process of CTDB that waits for a file system. */
export type Stuck = { pid: string; role: Role; state: string; wchan: string | undefined; startedAt: number }

/** What waits, or waited until a moment ago, and cannot be said to hang. */
export type Unclear = Relative & { ended: boolean }

/** A running 01.reclock that goes on to `ctdb shutdown` as soon as what it waits for returns. */
export type Gun = { pid: string; ageS: number; waitsFor: string; child: string }

/** As comm holds it: 15 characters of the file's name. */
const isScript = ({ name }: Relative) => name === '01.reclock' || name.startsWith('01.reclock.')
const isHelper = ({ name }: Relative) => name.startsWith('ctdb_mutex_fcnt')
const isOver = ({ state }: Relative) => /^[ZX]/.test(state)

/** Waiting for events, a pipe, a child or a timer: what a healthy helper does all day. */
const IDLE =
  /^(do_epoll_wait|ep_poll|poll_schedule_timeout|do_sys_poll|do_poll|do_select|(anon_)?pipe_(read|wait)|do_wait|sigsuspend|sigtimedwait|(hr)?timer_nanosleep|hrtimer_nanosleep|do_nanosleep|futex_)/
/** A stat of a file that answers takes no time at all. */
const STAT_STUCK_S = 5

/** How many ctdbds run that no other ctdbd started; with more than one (containers) nobody knows whose helper it is. */
export function daemonsIn(family: readonly Relative[]): number {
  const named = family.filter((each) => each.name === 'ctdbd' && !isOver(each))
  return named.filter(({ ppid }) => !named.some(({ pid }) => pid === ppid)).length
}

/** Whatever of CTDB could hang on its lock's file system, in the order of ps. */
export function suspectsIn(family: readonly Relative[]): (Relative & { role: Role })[] {
  const scripts = new Set(family.filter(isScript).map(({ pid }) => pid))
  return family
    .filter((each) => !isOver(each))
    .flatMap((each) => {
      if (isHelper(each)) return [{ ...each, role: 'helper' as const }]
      if (!scripts.has(each.ppid) || (each.name !== 'stat' && each.name !== 'df')) return []
      return [{ ...each, role: each.name as Role }]
    })
}

/** Which of the suspects are worth a closer look: oldest and newest where there are hundreds. */
export function closer<T extends Relative>(suspects: readonly T[]): T[] {
  const waiting = suspects.filter(({ wchan }) => wchan === undefined || !IDLE.test(wchan))
  return waiting.length <= 40 ? [...waiting] : [...waiting.slice(0, 10), ...waiting.slice(-30)]
}

/** Running 01.reclock scripts that are past the count: they wait for `df`, sleep, or call `ctdb shutdown`. */
export function gunsIn(family: readonly Relative[], overLimit: boolean): Gun[] {
  return family
    .filter((each) => isScript(each) && !isOver(each))
    .flatMap((script) => {
      const child = family.find(
        (each) =>
          each.ppid === script.pid &&
          !isOver(each) &&
          // ctdb is also how the script asks for the lock's path
          (each.name === 'df' || each.name === 'sleep' || (each.name === 'ctdb' && overLimit)),
      )
      return child ? [{ pid: script.pid, ageS: script.ageS, waitsFor: child.name, child: child.pid }] : []
    })
}

export type Looks = {
  family: Reading<Relative[]>
  first: Reading<Wait[]> | undefined
  second: Reading<Wait[]> | undefined
  /** when this host was started, by the worker's clock, ms; undefined when not known */
  bootedAt: number | undefined
}

/**
 * Who hangs: a helper that two looks find in the same place, never scheduled in between; a `stat` or `df` like that,
 * or older than 5 s and still there. Of hundreds those that were not looked at hang if one that was does.
 * `unclear`: it waits for something, and only one look was possible or the kernel does not tell; or it was older than 5 s
 * and ended while we looked, as they all do when the storage returns.
 */
export function stuckIn(looks: Looks): { stuck: Stuck[]; unclear: Unclear[] } {
  if (!looks.family.seen) return { stuck: [], unclear: [] }
  const suspects = suspectsIn(looks.family.value)
  const close = new Set(closer(suspects))
  const judged = suspects.map((suspect) => ({ suspect, state: stateOf(suspect, looks, close.has(suspect)) }))
  const hangs = judged.some(
    ({ suspect, state }) => state === 'stuck' && suspect.role !== 'helper' && close.has(suspect),
  )
  const stuck: Stuck[] = []
  const unclear: Unclear[] = []
  for (const { suspect, state } of judged) {
    if (state === 'stuck' && (hangs || close.has(suspect)))
      stuck.push(stuckOf(suspect, looks, looks.family.at))
    else if (state !== 'fine') unclear.push({ ...suspect, ended: state === 'ended' })
  }
  return { stuck, unclear }
}

function stateOf(
  suspect: Relative & { role: Role },
  { first, second }: Looks,
  close: boolean,
): 'stuck' | 'unclear' | 'ended' | 'fine' {
  const one = waitOf(first, suspect.pid)
  const two = waitOf(second, suspect.pid)
  const named = [suspect.wchan, one?.wchan, two?.wchan].filter((each) => each !== undefined)
  const old = suspect.role !== 'helper' && suspect.ageS >= STAT_STUCK_S
  if (named.some((each) => IDLE.test(each))) return 'fine'
  // a healthy helper's children come and go, and so does a stat that is answered
  if (close && ((first?.seen && !one) || (second?.seen && !two))) return old ? 'ended' : 'fine'
  const still = one && two ? isSame(one, two) : undefined
  if (still === false) return 'fine'
  const isWaiting = named.length > 0 || suspect.state.startsWith('D')
  if (isWaiting && (still || old)) return 'stuck'
  return suspect.role === 'helper' || suspect.ageS > 0 ? 'unclear' : 'fine'
}

function stuckOf(
  { pid, role, state, ageS, wchan }: Relative & { role: Role },
  looks: Looks,
  at: number,
): Stuck {
  const { first, second, bootedAt } = looks
  const one = waitOf(first, pid)
  const exact = one && bootedAt !== undefined ? bootedAt + Number(one.startTicks) * 10 : undefined
  return {
    pid,
    role,
    state: state.slice(0, 1),
    wchan: waitOf(second, pid)?.wchan ?? one?.wchan ?? wchan,
    startedAt: exact ?? at - ageS * 1000,
  }
}

function waitOf(reading: Reading<Wait[]> | undefined, pid: string): Wait | undefined {
  return reading?.seen ? reading.value.find((wait) => wait.pid === pid) : undefined
}

function isSame(one: Wait, two: Wait): boolean {
  return one.startTicks === two.startTicks && one.switches === two.switches && one.switches !== undefined
}

import type { Relative } from '../shared/linux/family.ts'
import type { Wait } from '../shared/linux/threads.ts'
import type { Reading } from '../shared/probe.ts'

/** What CTDB itself starts that can hang on the lock's file. */
export type Role = 'stat' | 'df' | 'helper'

/** A process of CTDB that waits for a file system. */
export type Stuck = { pid: string; role: Role; state: string; wchan: string | undefined; startedAt: number }

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
 * or older than 5 s. `unclear`: it waits for something, and only one look was possible or the kernel does not tell.
 */
export function stuckIn({ family, first, second, bootedAt }: Looks): { stuck: Stuck[]; unclear: Relative[] } {
  if (!family.seen) return { stuck: [], unclear: [] }
  const stuck: Stuck[] = []
  const unclear: Relative[] = []
  for (const suspect of suspectsIn(family.value)) {
    const one = waitOf(first, suspect.pid)
    const two = waitOf(second, suspect.pid)
    const wchan = two?.wchan ?? one?.wchan ?? suspect.wchan
    const named = [suspect.wchan, one?.wchan, two?.wchan].filter((each) => each !== undefined)
    if (named.some((each) => IDLE.test(each))) continue
    if (second?.seen && one && !two) continue // it has ended
    const still = one && two ? isSame(one, two) : undefined
    if (still === false) continue
    const isWaiting = named.length > 0 || suspect.state.startsWith('D')
    const old = suspect.role !== 'helper' && suspect.ageS >= STAT_STUCK_S
    if (isWaiting && (still || old)) {
      const exact = one && bootedAt !== undefined ? bootedAt + Number(one.startTicks) * 10 : undefined
      stuck.push({
        pid: suspect.pid,
        role: suspect.role,
        state: suspect.state.slice(0, 1),
        wchan,
        startedAt: exact ?? family.at - suspect.ageS * 1000,
      })
    } else if (suspect.role === 'helper' || suspect.ageS > 0) unclear.push(suspect)
  }
  return { stuck, unclear }
}

function waitOf(reading: Reading<Wait[]> | undefined, pid: string): Wait | undefined {
  return reading?.seen ? reading.value.find((wait) => wait.pid === pid) : undefined
}

function isSame(one: Wait, two: Wait): boolean {
  return one.startTicks === two.startTicks && one.switches === two.switches && one.switches !== undefined
}

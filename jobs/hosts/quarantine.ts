import type { Clock } from '../clock.ts'
import { bootId, lookAt, type Process } from './process-table.ts'
import { openStuckRecords, type Stuck } from './stuck-records.ts'
import { timeOfDay } from './time-of-day.ts'

export type QuarantineOptions = {
  /** folder on a local disk, shared by the workers of this machine */
  stateDir: string
  clock: Clock
  /** told in one line when a record cannot be kept or read; the quarantine itself goes on in memory */
  report: (problem: string) => void
}

export type Quarantine = {
  /** Why nothing may be started that touches this resource now; undefined when it is free. Looks again each time. */
  reason(host: string, touches: string): string | undefined
  /** Remembers processes that were left behind, also for workers that start later. */
  add(host: string, touches: string, program: string, since: number, processes: Process[]): void
}

/**
 * Remembers per host and resource which processes hang there, so that a hanging resource costs no more of them.
 * Lifts itself: each answer looks at the process anew and forgets it when it is gone, a zombie, or somebody else.
 */
export function createQuarantine({ stateDir, clock, report }: QuarantineOptions): Quarantine {
  const records = openStuckRecords(stateDir, report)
  const boot = bootId()

  const describe = ({ since, pid, program }: Stuck, { state, wchan }: Process) => {
    const waits = wchan ? `, wchan ${wchan}` : ''
    return `still stuck since ${timeOfDay(since, clock.now())} (pid ${pid}, \`${program} …\`, state ${state}${waits})`
  }

  const still = (stuck: Stuck): Process | undefined => {
    const now = stuck.boot === boot ? lookAt(stuck.pid) : undefined
    return now?.startTime === stuck.startTime ? now : undefined
  }

  return {
    reason(host, touches) {
      const here = records.all().filter((stuck) => stuck.host === host && stuck.touches === touches)
      for (const stuck of here.toSorted((a, b) => a.since - b.since)) {
        const now = still(stuck)
        if (now) return describe(stuck, now)
        records.forget(stuck)
      }
      return undefined
    },
    add(host, touches, program, since, processes) {
      for (const { pid, startTime } of processes) {
        records.keep({ format: 'unwedge-stuck-1', host, touches, pid, startTime, boot, program, since })
      }
    },
  }
}

import type { Line } from '../../shared/triage.ts'
import type { ScriptRun } from '../events.ts'
import type { LockSetting } from '../lock-setting.ts'

/** A node as one node sees it. `flags` in the words of CTDB; empty: OK. */
export type SeenNode = {
  pnn: string
  address: string
  flags: readonly string[]
  thisNode: boolean
  line: Line
}

/** One output of `ctdb status` or `nodestatus`: what one node thinks of all. */
export type SeenStatus = {
  host: string | undefined
  nodes: SeenNode[]
  recovering: boolean | undefined
  /** `unknown`: it says that nobody leads; undefined: it does not say */
  leader: string | undefined
  lines: readonly Line[]
}

export type SeenScripts = {
  host: string | undefined
  event: string
  runs: (ScriptRun & { line: Line })[]
}

/** A message of CTDB's log that means something. */
export type LogEvent = {
  kind:
    | 'contention'
    | 'attempt'
    | 'settled'
    | 'lost'
    | 'banned'
    | 'unbanned'
    | 'lock-slow'
    | 'reclock-count'
    | 'reclock-shutdown'
    | 'script-timeout'
    | 'script-error'
    | 'unhealthy'
    | 'healthy'
    | 'dead'
    | 'connected'
    | 'leader-timeout'
    | 'recovery-failed'
    | 'recovered'
    | 'shutdown'
    | 'started'
  /** whom it is about, as the message has it: a script, a node */
  about: string | undefined
  time: string | undefined
  host: string | undefined
  text: string
  line: Line
}

/** A process of the recovery lock's event script or helper. */
export type LockProcess = {
  pid: string
  role: 'script' | 'stat' | 'df' | 'helper'
  state: string | undefined
  wchan: string | undefined
  /** what it looks at */
  path: string | undefined
  host: string | undefined
  line: Line
}

export type SeenInText = {
  statuses: SeenStatus[]
  scripts: SeenScripts[]
  events: LogEvent[]
  logLines: Line[]
  processes: LockProcess[]
  locks: { setting: LockSetting; host: string | undefined; line: Line | undefined }[]
  /** failures in a row that the counter file shows */
  counts: { count: number; host: string | undefined; line: Line }[]
}

export const nothingSeen = (): SeenInText => ({
  statuses: [],
  scripts: [],
  events: [],
  logLines: [],
  processes: [],
  locks: [],
  counts: [],
})

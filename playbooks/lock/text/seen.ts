import type { Lock } from '../../shared/linux/proc-locks.ts'
import type { ListedProcess } from '../../shared/linux/ps-table.ts'
import type { Line } from '../../shared/triage.ts'

/** A lock as /proc/locks, fdinfo, lslocks or an NFS server lists it. */
export type SeenLock = Omit<Partial<Lock>, 'device' | 'waits' | 'kind'> & {
  kind: string
  waits: boolean
  /** as written: `fe:00` (hex, /proc/locks), `254:0` (lslocks) */
  device?: string
  /** in the form that `check lock` takes; undefined where the text gives no inode */
  target?: string
  path?: string
  command?: string
  /** pid of the holder, where the listing names it */
  blocker?: string
  client?: string
  host: string | undefined
  /** locks of one listing have the same number */
  listing: number
  line: Line
}

/** A process as seen in a listing, a file of /proc or a kernel's message. */
export type SeenProcess = ListedProcess & {
  stack?: readonly string[]
  host: string | undefined
  listing: number
  lines: readonly Line[]
}

/** A file that a process has open. */
export type SeenFile = {
  pid?: string
  command?: string
  user?: string
  fd?: string
  /** lsof's letter for a lock on it: `W` whole file, `w` part of it */
  lock?: string
  type?: string
  device?: string
  inode?: string
  path?: string
  /** `server:/export`, where lsof says it */
  server?: string
  deleted?: boolean
  host: string | undefined
  line: Line
}

/** What the kernel or a daemon said about an NFS server. */
export type SeenServer = {
  server: string
  answers: boolean
  how: string
  time: string | undefined
  host: string | undefined
  line: Line
}

/** A task that the kernel's watchdog reported. */
export type HungTask = {
  name: string
  pid: string
  seconds: string
  time: string | undefined
  host: string | undefined
  stack: readonly string[]
  lines: readonly Line[]
}

/** An NFSv4 client as a server lists it. */
export type SeenClient = {
  number: string | undefined
  fields: Record<string, string>
  states: number
  host: string | undefined
  lines: readonly Line[]
}

/** Everything of the playbook's kind that stands in a text. */
export type SeenInText = {
  locks: SeenLock[]
  processes: SeenProcess[]
  files: SeenFile[]
  servers: SeenServer[]
  hung: HungTask[]
  clients: SeenClient[]
  stale: { path: string | undefined; line: Line; host: string | undefined }[]
  /** listings that name a state for every process */
  listed: { lines: readonly Line[]; processes: number; host: string | undefined }[]
}

export const nothingSeen = (): SeenInText => ({
  locks: [],
  processes: [],
  files: [],
  servers: [],
  hung: [],
  clients: [],
  stale: [],
  listed: [],
})

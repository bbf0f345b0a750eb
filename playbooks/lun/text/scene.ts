import type { LogEvent } from '../../shared/esxi/events.ts'
import type { Device, FileSystem, Path } from '../../shared/esxi/storage.ts'
import type { Teller } from '../../shared/linux/telling.ts'
import type { PersistentReservations } from '../../shared/scsi/sg.ts'
import type { Line } from '../../shared/triage.ts'

type At<T> = T & { host: string | undefined; lines: readonly Line[] }

/** A SCSI command that somebody sent by hand, and how it ended. */
export type Sent = At<{
  /** `reserve`, `release`, `turs`, `other` */
  what: 'reserve' | 'release' | 'ready' | 'other'
  device: string | undefined
  status: 'good' | 'conflict' | 'no-answer' | 'not-ready' | 'attention' | 'failed' | 'unknown'
  /** seconds, where `time` was put before it */
  tookS: number | undefined
}>

/** Everything that was read in a text, before it is judged. */
export type Scene = {
  tell: Teller
  fileSystems: At<FileSystem>[]
  extents: { name: string; device: string }[]
  /** by the names of the table; one that is not in the text is not there */
  stats: At<{ device: string; counters: Readonly<Record<string, bigint>> }>[]
  devices: At<Device>[]
  paths: At<Path>[]
  events: At<LogEvent>[]
  sent: Sent[]
  persistent: At<PersistentReservations & { device: string | undefined }>[]
  /** conflicts in the log of a Linux kernel or of SCST: who was refused */
  conflicts: At<{ device: string | undefined; refused: string | undefined; by: 'linux' | 'scst' }>[]
  /** who holds what, as LIO shows it */
  held: At<{ device: string; initiator: string; kind: string }>[]
  multipath: At<{ name: string; good: number; bad: number }>[]
  sessions: At<{ target: string; state: string; good: boolean }>[]
  /** trouble of another kind, said as it stands */
  trouble: At<{
    code: string
    severity: 'warning' | 'critical' | 'info'
    summary: string
    device: string | undefined
  }>[]
  /** healthy outputs: what they are */
  fine: At<{ code: string; summary: string }>[]
}

export const emptyScene = (tell: Teller): Scene => ({
  tell,
  fileSystems: [],
  extents: [],
  stats: [],
  devices: [],
  paths: [],
  events: [],
  sent: [],
  persistent: [],
  conflicts: [],
  held: [],
  multipath: [],
  sessions: [],
  trouble: [],
  fine: [],
})

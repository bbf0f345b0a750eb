import type { Notes } from '../../shared/ceph/pasted/notes.ts'

/** A complaint of the cluster. `code` is Ceph's own (`OSD_DOWN`), or found by its message in releases without codes. */
export type Check = {
  code: string
  severity: string | undefined
  message: string
  lines: string[]
  muted: boolean
}

/** Something that a log tells. */
export type Happening = {
  kind: string
  /** whom it is about; the reporter of a heartbeat is not */
  osd?: string
  errno?: string
  what?: string
  at?: string
  text: string
}

/** Descriptors of one process, as far as the text says. */
export type Files = { pid: string; open?: string; soft?: string; hard?: string; lines: string[] }

/** What was seen of OSDs and the cluster in one text; judged at its end. */
export type Scene = {
  notes: Notes
  status: string | undefined
  statusLine: string
  checks: Map<string, Check>
  /** codes that somebody has muted: they count no more, whether they complain or not */
  muted: Set<string>
  /** OSDs in an output of the present, with what it says of them */
  states: Map<string, { state?: string; in?: boolean; use?: number; host?: string; line: string }>
  counted: { osds: string; up: string; in: string; line: string } | undefined
  pgStates: { state: string; count: string; line: string }[]
  pgs: { id: string; state: string; acting: string[]; blockedBy: string[]; line: string }[]
  happenings: Happening[]
  listeners: { pid: string; address: string; waiting: number; backlog: number; line: string }[]
  files: Map<string, Files>
  fileNr: { open: bigint; max: bigint; line: string } | undefined
  /** says that stopping is safe, or why not */
  okToStop: { ok: boolean; osds: string[]; why: string; line: string }[]
  ops: { past: boolean; slow: string[]; count: number; line: string }[]
  crashes: { id: string; daemon: string; fresh: boolean; line: string }[]
  versions: Map<string, string>
  /** OSDs whose daemon a command asked */
  asked: Set<string>
  /** lines of a log that were read, the good ones too */
  logLines: number
  /** lines of a log at level -1 that nothing here knows */
  strange: string[]
}

export function emptyScene(notes: Notes): Scene {
  return {
    ...{
      notes,
      status: undefined,
      statusLine: '',
      checks: new Map(),
      muted: new Set(),
      states: new Map(),
      counted: undefined,
    },
    ...{ pgStates: [], pgs: [], happenings: [], listeners: [], files: new Map(), fileNr: undefined },
    ...{ okToStop: [], ops: [], crashes: [], versions: new Map(), asked: new Set(), logLines: 0 },
    strange: [],
  }
}

/** Notes a complaint, and adds a line to one that is known. */
export function addCheck(scene: Scene, check: Omit<Check, 'muted'> & { muted?: boolean }): Check {
  const before = scene.checks.get(check.code)
  const next = {
    muted: check.muted ?? false,
    ...check,
    ...before,
    severity: before?.severity ?? check.severity,
    lines: [...new Set([...(before?.lines ?? []), ...check.lines])],
  }
  scene.checks.set(check.code, next)
  return next
}

/** What an output says of one OSD, for facts and judgement. */
export function sayOsd(
  scene: Scene,
  id: string,
  line: string,
  fields: { state?: string | undefined; in?: boolean; use?: number; host?: string | undefined } & Record<
    string,
    unknown
  >,
): void {
  const before = scene.states.get(id)
  const { state, use, host } = fields
  scene.states.set(id, {
    line,
    ...before,
    ...(state === undefined ? {} : { state }),
    ...(fields.in === undefined ? {} : { in: fields.in }),
    ...(use === undefined ? {} : { use }),
    ...(host === undefined ? {} : { host }),
  })
  const texts = Object.fromEntries(
    Object.entries(fields).filter(([, value]) => typeof value === 'string' || Array.isArray(value)),
  ) as Record<string, string | string[]>
  scene.notes.know('osds', 'id', {
    id,
    ...texts,
    ...(fields.in === undefined ? {} : { in: fields.in }),
  })
}

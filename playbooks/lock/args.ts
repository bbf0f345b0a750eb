import { z } from 'zod'
import { type Device, deviceFromDecimal, deviceFromLocks } from '../shared/linux/device.ts'
import { code } from '../shared/text.ts'

/** What is asked about: a file, by its path or by its inode, or processes. `processes` without a name: all that hang. */
export type Subject =
  | { kind: 'path'; path: string }
  | { kind: 'inode'; device: Device | undefined; ino: string }
  | { kind: 'processes'; pid?: string; name?: string }

export type LockArgs = {
  subject: Subject
  /** name of the host where the path or the process is */
  on: string | undefined
  /** between the two looks; 0: one look */
  intervalMs: number
}

/** A busy process may be in state D at any moment; only one that has not moved in between hangs. */
const LOOKS_APART_S = 5

const HostName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._:-]{0,252}$/,
    '`on=` takes the name or the address of a host of the cluster.',
  )
const Interval = z
  .string()
  .regex(/^\d{1,3}s?$/, '`interval=` takes seconds between the two looks, 0 to 600; 0 looks once.')
const options = { on: HostName.optional(), interval: Interval.optional() }

const FORMS =
  'a path from `/`, an entry of /proc/locks like `00:14:2199054015793`, `0,29:2199054015793` as lsof writes it, or an inode alone'

/** `check lock <path|dev:inode> [on=HOST]` */
export const LockFileArgs = z
  .strictObject({ target: z.string(), ...options })
  .transform((raw, context): LockArgs => finish(raw, parseFile(raw.target), context))

/** `check stuck [name|pid] on=HOST` */
export const StuckArgs = z
  .strictObject({ target: z.string().optional(), ...options })
  .transform((raw, context): LockArgs => finish(raw, parseProcesses(raw.target), context))

type Problem = { problem: string }

function finish(
  raw: { on?: string | undefined; interval?: string | undefined },
  subject: Subject | Problem,
  context: z.RefinementCtx,
): LockArgs {
  const seconds = raw.interval === undefined ? LOOKS_APART_S : Number.parseInt(raw.interval, 10)
  const problem =
    'problem' in subject
      ? subject.problem
      : seconds > 600
        ? '`interval=` takes at most 600 seconds.'
        : undefined
  if (problem !== undefined || 'problem' in subject) {
    context.addIssue({ code: 'custom', message: problem ?? `That is not ${FORMS}.` })
    return z.NEVER
  }
  return { subject, on: raw.on, intervalMs: seconds * 1000 }
}

/** A file as typed. A path is taken as it is, whatever it holds; it never becomes part of a command line of a shell. */
export function parseFile(text: string): Subject | Problem {
  if (text.startsWith('/')) {
    if (text.includes('\0') || !text.isWellFormed())
      return { problem: 'A path holds no NUL and no broken characters.' }
    if (text.split('/').some((part) => part === '.' || part === '..'))
      return { problem: 'Write the path without `.` and `..` parts.' }
    if (new TextEncoder().encode(text).length > 4095) return { problem: 'A path has at most 4095 bytes.' }
    return { kind: 'path', path: text.length > 1 ? text.replace(/\/+/g, '/').replace(/\/$/, '') : text }
  }
  const [, device, ino] = /^(?:([0-9a-f]+[:,][0-9a-f]+):)?(\d{1,20})$/i.exec(text) ?? []
  if (ino !== undefined && BigInt(ino) > 0n && BigInt(ino) < 2n ** 64n) {
    const at =
      device === undefined
        ? undefined
        : device.includes(',')
          ? deviceFromDecimal(device)
          : deviceFromLocks(device)
    if (device === undefined || at) return { kind: 'inode', device: at, ino: String(BigInt(ino)) }
  }
  return { problem: `That is not a file; it is ${FORMS}.` }
}

/** A process as typed: its number, or its name as ps shows it. */
export function parseProcesses(text: string | undefined): Subject | Problem {
  if (text === undefined) return { kind: 'processes' }
  if (/^[1-9]\d{0,9}$/.test(text)) return { kind: 'processes', pid: text }
  if (/^[^\p{C}/]{1,64}$/u.test(text) && !text.startsWith('-')) return { kind: 'processes', name: text }
  return { problem: 'That is not a process; it is a name such as `nova-compute`, or a number.' }
}

/** `nova-compute`, `/srv/a`, `00:14:5`: what was asked about. */
export function subjectOf(subject: Subject): string {
  if (subject.kind === 'path') return code(subject.path)
  if (subject.kind === 'inode') return `inode ${subject.ino}`
  return subject.pid !== undefined
    ? `process ${subject.pid}`
    : subject.name !== undefined
      ? code(subject.name)
      : 'what hangs'
}

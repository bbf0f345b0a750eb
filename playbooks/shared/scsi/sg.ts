import { NotSeen, type Output } from '../probe.ts'

/**
 * How a device answered a command that sg3-utils sent: a status that says something, which is an answer, too.
 * `attention`: something happened to it since it was asked last, and it works; `not-there`: the target has no such LUN;
 * `offline`: this machine's kernel has given the device up and lets nobody open it.
 */
export type Answer =
  | 'good'
  | 'reservation-conflict'
  | 'busy'
  | 'not-ready'
  | 'no-answer'
  | 'attention'
  | 'not-there'
  | 'offline'
  | 'other'

/** What a program of sg3-utils ended with and said. Exit codes: sg3_utils(8), "EXIT STATUS". */
export type SgAnswer = { answer: Answer; said: string }

// ENXIO: there is a device, in state offline, transport-offline or cancel (sd_open in drivers/scsi/sd.c)
const OFFLINE = /No such device or address/
/** Of INQUIRY, which is answered for LUNs that do not exist, too. Source: SPC-5, peripheral qualifier. */
const NO_LUN = /\bPQual=3\b|Logical unit not supported/i
const NO_DEVICE = /No such (?:file or directory|device)|error opening file|Inappropriate ioctl/

/**
 * `sg_turs DEV`, `sg_raw DEV 16 00 …`, `sg_inq DEV`: `SCSI Status: Good`, `… Reservation Conflict`, `transport error: Host_status=0x03
 * [DID_TIME_OUT]`, `device not ready`, `PQual=3`. Throws NotSeen('absent') when there is no such device, and for what tells nothing.
 */
export function readAnswer(output: Pick<Output, 'stdout' | 'stderr' | 'exitCode'>): SgAnswer {
  const text = `${output.stdout}\n${output.stderr}`
  const sense = /^Additional sense: (.+)$/m.exec(text)?.[1]
  const said =
    sense ?? (output.stderr.trim() || output.stdout.trim()).split('\n').find((line) => line.trim() !== '')
  const answer = (is: Answer): SgAnswer => ({ answer: is, said: (said ?? '').trim().slice(0, 200) })
  if (/reservation conflict/i.test(text) || output.exitCode === 24) return answer('reservation-conflict')
  if (/DID_TIME_OUT|timed? ?out/i.test(text) || output.exitCode === 33) return answer('no-answer')
  if (/DID_NO_CONNECT|DID_TRANSPORT|transport error/i.test(text) || output.exitCode === 35)
    return answer('no-answer')
  if (OFFLINE.test(text)) return answer('offline')
  if (NO_DEVICE.test(text))
    throw new NotSeen(/permission|not permitted/i.test(text) ? 'denied' : 'absent', said?.trim() ?? '')
  if (/permission denied|not permitted/i.test(text)) throw new NotSeen('denied', said?.trim() ?? '')
  if (/SCSI Status: (?:Busy|Task set full)/i.test(text)) return answer('busy')
  if (NO_LUN.test(text)) return answer('not-there')
  if (output.exitCode === 2 || /not ready/i.test(text)) return answer('not-ready')
  if (output.exitCode === 6 || /unit attention/i.test(text)) return answer('attention')
  if (output.exitCode === 0) return answer('good')
  return answer('other')
}

// not the line before it, `Peripheral device type: disk`
const HOW_HELD = /^scope: .*\btype: (.+)$/

/** A key that is registered for persistent reservations, with whose it is, where that was asked for. */
export type Registration = { key: string; holder: boolean; initiator: string | undefined }

/** What is persistently reserved: by which keys, and how. No registrations: nobody may hold one. */
export type PersistentReservations = {
  generation: string
  registrations: Registration[]
  /** undefined: nothing is reserved; the key is `0x0` for "all registrants" */
  held: { key: string; type: string } | undefined
  /** false: only the keys, or only the reservation, were listed */
  whole: boolean
}

/** Held by everybody who is registered: no single key is the owner. Source: SPC-4, types 7h and 8h. */
export const isShared = ({ type }: { type: string }) => /all registrants/i.test(type)

/**
 * `sg_persist --in` with `--read-keys`, `--read-reservation` or `--read-full-status`. A target that knows no persistent
 * reservations throws NotSeen('absent'); one that is reserved the old way, by RESERVE(6), refuses: reservation conflict.
 * Source: sg_persist(8) and its source; captured from sg3-utils 1.46 and 1.47, full status by hand.
 */
export function readPersistent(
  output: Pick<Output, 'stdout' | 'stderr' | 'exitCode'>,
): PersistentReservations {
  const text = `${output.stdout}\n${output.stderr}`
  if (/command not supported|invalid opcode|illegal request/i.test(text) || output.exitCode === 9)
    throw new NotSeen(
      'absent',
      output.exitCode === 5
        ? 'this target does not know this question about persistent reservations'
        : 'this target knows no persistent reservations',
    )
  const { answer, said } = readAnswer(output)
  if (answer !== 'good')
    throw new NotSeen('failed', answer === 'reservation-conflict' ? 'reservation conflict' : said)
  const generation = /PR generation=(0x[0-9a-f]+)/i.exec(text)?.[1]
  if (generation === undefined) throw new NotSeen('unparsable', 'sg_persist names no generation')
  const rows = output.stdout.split('\n').map((line) => line.trim())
  if (
    /there (?:is|are) NO (?:reservation held|registered reservation keys|full status descriptors)|No full status descriptors/i.test(
      text,
    )
  )
    return { generation, registrations: [], held: undefined, whole: !/reservation held/i.test(text) }
  if (/Reservation follows/i.test(text)) {
    const key = rows.map((row) => /^Key ?= ?(0x[0-9a-f]+)/i.exec(row)?.[1]).find(Boolean)
    const type = rows.map((row) => HOW_HELD.exec(row)?.[1]).find(Boolean)
    if (key === undefined || type === undefined)
      throw new NotSeen('unparsable', 'a reservation without key or type')
    return { generation, registrations: [], held: { key, type }, whole: false }
  }
  if (/registered reservation keys? follow/i.test(text)) {
    const registrations = rows.flatMap((row) => {
      const key = /^(0x[0-9a-f]+)$/i.exec(row)?.[1]
      return key === undefined ? [] : [{ key, holder: false, initiator: undefined }]
    })
    return { generation, registrations, held: undefined, whole: false }
  }
  return fullStatus(generation, rows)
}

function fullStatus(generation: string, rows: string[]): PersistentReservations {
  const registrations: Registration[] = []
  let held: PersistentReservations['held']
  for (const row of rows) {
    const key = /^Key ?= ?(0x[0-9a-f]+)/i.exec(row)?.[1]
    if (key !== undefined) registrations.push({ key, holder: false, initiator: undefined })
    const current = registrations.at(-1)
    if (!current) continue
    if (/<< Reservation holder >>/i.test(row)) current.holder = true
    const type = HOW_HELD.exec(row)?.[1]
    if (type !== undefined && current.holder) held = { key: current.key, type }
    const iscsi = /((?:iqn|eui|naa)\.[^\s,]+)/.exec(row)?.[1]
    if (iscsi !== undefined) current.initiator = iscsi
  }
  if (registrations.length === 0) throw new NotSeen('unparsable', 'sg_persist lists no key')
  return { generation, registrations, held, whole: true }
}

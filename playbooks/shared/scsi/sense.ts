/** A sense key with its additional code and qualifier, in hex digits as they are printed, without `0x`. */
export type Sense = { key: string; asc: string; ascq: string }

/** What the answer to a command means for whoever asked. `array-full`, `not-there` … are the field's own classes. */
export type Meaning =
  | 'reservation-conflict'
  | 'busy'
  | 'array-full'
  | 'not-there'
  | 'ats-miscompare'
  | 'not-ready'
  | 'medium-error'
  | 'aborted'
  | 'reservation-lost'
  | 'snapshot'
  | 'no-answer'
  | 'no-connection'
  | 'not-supported'
  | 'reset'
  | 'other'

/** Device statuses by code. Source: SAM-5, table of status codes. */
const STATUS: Record<string, string> = {
  '0': 'GOOD',
  '2': 'CHECK CONDITION',
  '8': 'BUSY',
  '18': 'RESERVATION CONFLICT',
  '28': 'TASK SET FULL',
  '30': 'ACA ACTIVE',
  '40': 'TASK ABORTED',
}

/** Host statuses of ESXi by code. Source: VMware's KB 289902, 1029039. */
const HOST: Record<string, string> = {
  '0': 'OK',
  '1': 'NO_CONNECT',
  '2': 'BUS_BUSY',
  '3': 'TIMEOUT',
  '4': 'BAD_TARGET',
  '5': 'ABORT',
  '6': 'PARITY',
  '7': 'ERROR',
  '8': 'RESET',
  '9': 'BAD_INTR',
  a: 'PASSTHROUGH',
  b: 'SOFT_ERROR',
  c: 'RETRY',
}

const PLUGIN: Record<string, string> = {
  '0': 'GOOD',
  '1': 'TRANSIENT',
  '2': 'SNAPSHOT',
  '3': 'RESERVATION_LOST',
  '4': 'REQUEUE',
  '5': 'ATS_MISCOMPARE',
  '6': 'THINPROV_BUSY',
  '7': 'THINPROV_ATQUOTA',
  '8': 'NOT_ENOUGH_SPACE',
}

const KEYS = [
  'NO SENSE',
  'RECOVERED ERROR',
  'NOT READY',
  'MEDIUM ERROR',
  'HARDWARE ERROR',
  'ILLEGAL REQUEST',
  'UNIT ATTENTION',
  'DATA PROTECT',
  'BLANK CHECK',
  'VENDOR SPECIFIC',
  'COPY ABORTED',
  'ABORTED COMMAND',
  'RESERVED',
  'VOLUME OVERFLOW',
  'MISCOMPARE',
  'COMPLETED',
]

/** Source: SPC-5, assignment of additional sense codes; which ones are a permanent loss: VMware's KB 2004684. */
const CODES: Record<string, [name: string, meaning: Meaning]> = {
  '2/4/0': ['LOGICAL UNIT NOT READY', 'not-ready'],
  '2/4/1': ['LOGICAL UNIT IS IN PROCESS OF BECOMING READY', 'not-ready'],
  '2/4/2': ['LOGICAL UNIT NOT READY, INITIALIZING COMMAND REQUIRED', 'not-ready'],
  '2/4/3': ['LOGICAL UNIT NOT READY, MANUAL INTERVENTION REQUIRED', 'not-ready'],
  '2/4/b': ['LOGICAL UNIT NOT ACCESSIBLE, TARGET PORT IN STANDBY STATE', 'not-ready'],
  '2/4/c': ['LOGICAL UNIT NOT ACCESSIBLE, TARGET PORT IN UNAVAILABLE STATE', 'not-ready'],
  '2/4/a': ['LOGICAL UNIT NOT ACCESSIBLE, ASYMMETRIC ACCESS STATE TRANSITION', 'not-ready'],
  '2/3a/0': ['MEDIUM NOT PRESENT', 'not-ready'],
  '2/3a/1': ['MEDIUM NOT PRESENT, TRAY CLOSED', 'not-ready'],
  '3/11/0': ['UNRECOVERED READ ERROR', 'medium-error'],
  '3/c/0': ['WRITE ERROR', 'medium-error'],
  '4/3e/1': ['LOGICAL UNIT FAILURE', 'not-there'],
  '4/4c/0': ['LOGICAL UNIT FAILED SELF-CONFIGURATION', 'not-there'],
  '4/3e/3': ['LOGICAL UNIT FAILED SELF-TEST', 'not-there'],
  '5/20/0': ['INVALID COMMAND OPERATION CODE', 'not-supported'],
  '5/24/0': ['INVALID FIELD IN CDB', 'not-supported'],
  '5/25/0': ['LOGICAL UNIT NOT SUPPORTED', 'not-there'],
  '5/26/0': ['INVALID FIELD IN PARAMETER LIST', 'not-supported'],
  '5/68/0': ['LOGICAL UNIT NOT CONFIGURED', 'not-there'],
  '6/29/0': ['POWER ON, RESET, OR BUS DEVICE RESET OCCURRED', 'reset'],
  '6/29/3': ['BUS DEVICE RESET FUNCTION OCCURRED', 'reset'],
  '6/29/7': ['I_T NEXUS LOSS OCCURRED', 'reset'],
  '6/2a/1': ['MODE PARAMETERS CHANGED', 'other'],
  '6/2a/3': ['RESERVATIONS PREEMPTED', 'reservation-lost'],
  '6/2a/4': ['RESERVATIONS RELEASED', 'reservation-lost'],
  '6/2a/5': ['REGISTRATIONS PREEMPTED', 'reservation-lost'],
  '6/2a/6': ['ASYMMETRIC ACCESS STATE CHANGED', 'other'],
  '6/2a/9': ['CAPACITY DATA HAS CHANGED', 'other'],
  '6/38/7': ['THIN PROVISIONING SOFT THRESHOLD REACHED', 'other'],
  '6/3f/e': ['REPORTED LUNS DATA HAS CHANGED', 'other'],
  '7/27/0': ['WRITE PROTECTED', 'other'],
  '7/27/7': ['SPACE ALLOCATION FAILED WRITE PROTECT', 'array-full'],
  'b/47/0': ['SCSI PARITY ERROR', 'aborted'],
  'e/1d/0': ['MISCOMPARE DURING VERIFY OPERATION', 'ats-miscompare'],
}

/** `0x18`, `18`, `018` → `18`. */
export const hexDigits = (text: string) =>
  text
    .toLowerCase()
    .replace(/^0x/, '')
    .replace(/^0+(?=.)/, '')

/** `UNIT ATTENTION, RESERVATIONS PREEMPTED`; a code that is not in the list is given as its numbers. */
export function senseName({ key, asc, ascq }: Sense): string {
  const [name] = CODES[`${key}/${asc}/${ascq}`] ?? []
  const keyName = KEYS[Number.parseInt(key, 16)] ?? `key 0x${key}`
  return `${keyName}, ${name ?? `code 0x${asc}/0x${ascq}`}`
}

/** The three statuses that ESXi logs, `H:0x0 D:0x18 P:0x0`, with the sense data where it says that they are valid. */
export type Failure = { host: string; device: string; plugin: string; sense: Sense | undefined }

/** What a failed command means, and its words. Sense data count only with CHECK CONDITION. */
export function meaningOf({ host, device, plugin, sense }: Failure): { meaning: Meaning; words: string } {
  const [h, d, p] = [host, device, plugin].map(hexDigits) as [string, string, string]
  if (d === '18') return { meaning: 'reservation-conflict', words: 'RESERVATION CONFLICT' }
  if (d === '8' || d === '28') return { meaning: 'busy', words: STATUS[d]! }
  if (d === '2' && sense) {
    const meaning = CODES[`${sense.key}/${sense.asc}/${sense.ascq}`]?.[1] ?? 'other'
    return { meaning, words: senseName(sense) }
  }
  if (p !== '0') {
    const meanings: Record<string, Meaning> = {
      '2': 'snapshot',
      '3': 'reservation-lost',
      '5': 'ats-miscompare',
      '7': 'array-full',
      '8': 'array-full',
    }
    return { meaning: meanings[p] ?? 'other', words: PLUGIN[p] ?? `plugin status 0x${p}` }
  }
  if (h !== '0') {
    const meanings: Record<string, Meaning> = {
      '1': 'no-connection',
      '3': 'no-answer',
      '5': 'aborted',
      '8': 'reset',
    }
    return { meaning: meanings[h] ?? 'other', words: HOST[h] ?? `host status 0x${h}` }
  }
  return { meaning: 'other', words: STATUS[d] ?? `device status 0x${d}` }
}

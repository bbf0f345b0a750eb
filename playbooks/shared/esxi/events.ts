import { type Failure, hexDigits, type Meaning, meaningOf } from '../scsi/sense.ts'
import type { LogRecord } from './log.ts'

/** What a message of ESXi says about a device, a path or a volume. */
export type EventKind =
  | 'command-failed'
  | 'read-failed'
  | 'volume-unreadable'
  | 'reserve-failed'
  | 'apd-start'
  | 'apd-end'
  | 'apd-timeout'
  | 'pdl'
  | 'ats-miscompare'
  | 'latency-up'
  | 'latency-down'
  | 'snapshot'
  | 'path-dead'
  | 'path-up'
  | 'in-doubt'
  | 'access-lost'
  | 'access-restored'
  | 'out-of-space'

export type LogEvent = {
  kind: EventKind
  record: LogRecord
  /** `eui.…`, as logged */
  device: string | undefined
  /** `vmhba32:C0:T0:L12` */
  path: string | undefined
  volume: { uuid: string | undefined; name: string | undefined } | undefined
  /** of a failed command */
  failure: (Failure & { command: string | undefined; meaning: Meaning; words: string }) | undefined
  /** microseconds, of latencies: the average, and what it became */
  latency: { from: string; to: string } | undefined
}

const DEVICE = '(?<device>(?:eui|naa|t10|mpx|vml)\\.[^\\s"\'\\]\\[:;,)(]+)'
const PATH = '(?<path>vmhba\\d+:C\\d+:T\\d+:L\\d+)'
const UUID = '(?<uuid>[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{12})'
const WORDS = '[\\s\\S]*?'

/**
 * In the order in which they are tried; a message is one thing only. Sources: the incident's log; VMware's KB 289902, 1008205,
 * 2004684, 1016106, 2032934, 2113956 and its list of VOB messages.
 */
const PATTERNS: [EventKind, RegExp][] = [
  [
    'command-failed',
    new RegExp(
      `(?:Cmd ?(?:0x[0-9a-f]+ ?)?\\((?:0x)?[0-9a-f]+[^)]*\\)|Command 0x[0-9a-f]+|Cmd 0x[0-9a-f]+)${WORDS}\\bH:0x[0-9a-f]+`,
      'i',
    ),
  ],
  ['ats-miscompare', /ATS miscompare/i],
  [
    'pdl',
    /(?:has been removed or is permanently inaccessible|Permanently inaccessible device|permanentloss|entered PDL|is in PDL)/i,
  ],
  ['apd-timeout', /All Paths Down timeout|apd\.timeout/i],
  ['apd-end', /exited the All Paths Down|APD (?:Timer killed|Exit|exit)|apd\.exit/],
  ['apd-start', /entered the All Paths Down|APD (?:Timer started|start|Start)|apd\.start/],
  ['latency-up', /performance has deteriorated|latency\.high/],
  ['latency-down', /performance has improved/],
  ['snapshot', /detected to be a snapshot/i],
  // `No space left on device` alone is a file system or a ramdisk that is full, not the array
  ['out-of-space', /thinprov\.atquota|out of space|space-? ?full|NO_?SPACE/i],
  [
    'access-lost',
    /Lost (?:access|connectivity) to (?:volume|storage)|heartbeat\.timedout|connectivity\.lost|\bHBX\b.*Waiting for timed/i,
  ],
  [
    'access-restored',
    /restored access to volume|heartbeat\.recovered|connectivity\.restored|\bHBX\b.*Reclaimed heartbeat/i,
  ],
  [
    'path-dead',
    /pathstate\.dead|Lost path redundancy|redundancy\.(?:lost|degraded)|marked "OFFLINE"|is (?:down|dead)\b.*(?:path|vmhba)|(?:path|vmhba\S+).* (?:is down|is dead|changed state (?:from \S+ )?(?:to )?dead)|Path .*(?:lost|dead)/i,
  ],
  [
    'path-up',
    /pathstate\.on\b|marked "ONLINE"|path.*changed state (?:from \S+ )?(?:to )?on\b|Path redundancy .*restored|redundancy\.restored/i,
  ],
  ['reserve-failed', /Failed to reserve volume|SCSI reservation conflict|Reservation conflict retries/i],
  ['volume-unreadable', /Couldn't read volume header|Could not open device|Failed to get object/i],
  ['read-failed', /Failed (?:read for|to read protective mbr)|Partition table read .* failed/i],
  // one path says that the LUN is gone; whether all do, ESXi finds out
  ['in-doubt', /state in doubt|PDL error .* triggering path evaluation/i],
]

/** Messages → what they say; messages about other things are left out. */
export function eventsOf(records: readonly LogRecord[]): LogEvent[] {
  return records.flatMap((record): LogEvent[] => {
    const kind = PATTERNS.find(([, pattern]) => pattern.test(record.text))?.[0]
    if (!kind) return []
    const { text } = record
    const device = new RegExp(`(?:["'\\[ :]|^)${DEVICE}`).exec(text)?.groups?.device
    const path = new RegExp(PATH).exec(text)?.groups?.path
    const uuid = new RegExp(UUID).exec(text)?.groups?.uuid
    const name =
      /(?:vol(?:ume)?|datastores?:?) (?:[0-9a-f-]{35} )?[("']([^)"']+)[)"']/i.exec(text)?.[1] ??
      /\bHBX: \d+: '([^']+)':/.exec(text)?.[1]
    const latency = /from average value of (\d+) microseconds to (\d+) microseconds/.exec(text)
    const failure = kind === 'command-failed' ? failureOf(text) : undefined
    // a message of a command that went well in the end says nothing
    if (kind === 'command-failed' && !failure) return []
    return [
      {
        kind,
        record,
        // partitions are written after a colon, which the name does not have
        device: device?.replace(/[.,]+$/, ''),
        path,
        volume: uuid !== undefined || name !== undefined ? { uuid, name } : undefined,
        failure,
        latency: latency ? { from: latency[1]!, to: latency[2]! } : undefined,
      },
    ]
  })
}

/** `Cmd 0x84 (…) to dev "…" on path "…" Failed: H:0x0 D:0x2 P:0x0 Valid sense data: 0x5 0x24 0x0.` */
function failureOf(text: string): LogEvent['failure'] {
  const codes = /H:(0x[0-9a-f]+) D:(0x[0-9a-f]+) P:(0x[0-9a-f]+)/i.exec(text)
  if (!codes) return undefined
  // releases differ in what they call data that are none: `Possible`, `Invalid`
  const sense = /\bValid sense data: (0x[0-9a-f]+) (0x[0-9a-f]+) (0x[0-9a-f]+)/i.exec(text)
  const command = /\bCmd(?:\([^)]*\))? ?(0x[0-9a-f]{1,2})\b/i.exec(text)?.[1]
  const [, host, device, plugin] = codes as unknown as [string, string, string, string]
  const failure: Failure = {
    host,
    device,
    plugin,
    sense: sense
      ? { key: hexDigits(sense[1]!), asc: hexDigits(sense[2]!), ascq: hexDigits(sense[3]!) }
      : undefined,
  }
  return { ...failure, command, ...meaningOf(failure) }
}

import { type Json, readJsonDocuments } from '../json.ts'
import { NotSeen } from '../probe.ts'
import { code, lines } from '../text.ts'
import { type Address, formatAddress, formatRange, parseAddress, parseRange, type Range } from './address.ts'
import { finished, type Printed, unlike } from './errors.ts'
import { field, list, object, string } from './fields.ts'

/** An entry of the blocklist. `until` is as printed; `untilMs` is missing where the release prints no time zone. */
export type BlocklistEntry = { entry: Address | Range; until: string; untilMs?: number }

/** As Ceph writes it: an address, or a range. */
export function formatEntry(entry: BlocklistEntry['entry']): string {
  return 'bits' in entry ? formatRange(entry) : formatAddress(entry)
}

const entryLine = /^(\S+) (\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[+-]\d{4}|Z)?)\s*$/

/**
 * `ceph osd blocklist ls` (up to Octopus `blacklist`), text or `-f json`.
 * Text: `127.0.0.9:0/0 2026-11-20T19:05:36.634575+0000`, ranges `cidr:10.0.0.0:0/24 …`; before Octopus local time without zone.
 * JSON: `[{addr,until}]`, from Pacific on followed by a second document of `{range,until}`.
 * The count that the tool reports (`listed N entries`, on stderr) has to agree; in text it is what proves that an
 * empty list is one, so empty text without it is unparsable. Expired entries stay listed for some seconds.
 */
export function readBlocklist(printed: Printed): BlocklistEntry[] {
  const text = finished(printed)
  const json = /^\s*\[\s*[{\]]/.test(text) // an IPv6 entry starts with a bracket, too
  const told = counted(typeof printed === 'string' ? text : `${printed.stderr}\n${text}`)
  const found = json ? readJsonDocuments(withoutCount(text)).flatMap(readDocument) : readText(text)
  if (told !== undefined && told !== found.length) {
    throw new NotSeen('unparsable', `\`listed ${told} entries\`, but ${found.length} can be read`)
  }
  if (told === undefined && found.length === 0 && !json) {
    throw new NotSeen('unparsable', 'no output at all: expected entries or `listed 0 entries`')
  }
  return found
}

const countLine = /^listed (\d+) entries\s*$/m

function counted(text: string): number | undefined {
  const found = countLine.exec(text)?.[1]
  return found === undefined ? undefined : Number(found)
}

function withoutCount(text: string): string {
  return text.replace(countLine, '')
}

function readDocument(document: Json): BlocklistEntry[] {
  return list(document, 'blocklist').map((value, at) => {
    const entry = object(value, `entry ${at + 1}`)
    const range = field(entry, 'range')
    const until = string(field(entry, 'until'), 'until')
    if (range !== undefined) return blocklistEntry(parseRange(string(range, 'range')), until)
    const addr = string(field(entry, 'addr'), 'addr')
    return blocklistEntry(addr.startsWith('cidr:') ? parseRange(addr) : parseAddress(addr), until)
  })
}

function readText(text: string): BlocklistEntry[] {
  return lines(text).flatMap((line, at) => {
    if (line.trim() === '' || countLine.test(line)) return []
    const [, what, until] = entryLine.exec(line) ?? []
    if (what === undefined || until === undefined) throw unlike(at + 1, line, '`ADDRESS TIME`')
    return blocklistEntry(what.startsWith('cidr:') ? parseRange(what) : parseAddress(what), until)
  })
}

/** An entry with its time; also used for the map in `ceph osd dump`. */
export function blocklistEntry(entry: Address | Range, until: string): BlocklistEntry {
  const zoned = /(?:[+-]\d{4}|Z)$/.test(until)
  const untilMs = Date.parse(
    until
      .replace(' ', 'T')
      .replace(/(\.\d{3})\d*/, '$1')
      .replace(/([+-]\d\d)(\d\d)$/, '$1:$2'),
  )
  if (Number.isNaN(untilMs)) throw new NotSeen('unparsable', `${code(until)} is not a time`)
  return zoned ? { entry, until, untilMs } : { entry, until }
}

/** What `blocklist add` or `rm` did. `absent`: there was nothing to remove (exit code 0 all the same). */
export type BlocklistChange =
  | { did: 'added'; entry: Address | Range; until: string; forS: number }
  | { did: 'removed' | 'absent'; entry: Address | Range }

/**
 * `ceph osd blocklist add|rm ADDRESS` (old word: blacklist). The message is on stderr, with exit code 0:
 * `blocklisting 127.0.0.1:0/77 until 2026-11-20T18:05:41.414794+0000 (5 sec)`, `un-blocklisting …`, `… isn't blocklisted`.
 * It says what the monitors took on, as they understood the address: compare it, and look at `ls`.
 */
export function readBlocklistChange(printed: Printed): BlocklistChange {
  const stdout = finished(printed)
  const said = lines(typeof printed === 'string' ? stdout : `${stdout}\n${printed.stderr}`)
  const added = said
    .map((line) => /^bl[ao]cklisting (\S+) until (.+?) \((\d+(?:\.\d+)?) sec\)\s*$/.exec(line))
    .find(Boolean)
  if (added?.[1] !== undefined) {
    return { did: 'added', entry: addressOrRange(added[1]), until: added[2] ?? '', forS: Number(added[3]) }
  }
  for (const line of said) {
    const removed = /^un-bl[ao]cklisting (\S+)\s*$/.exec(line)?.[1]
    if (removed !== undefined) return { did: 'removed', entry: addressOrRange(removed) }
    const absent = /^(\S+) isn't bl[ao]cklisted\s*$/.exec(line)?.[1]
    if (absent !== undefined) return { did: 'absent', entry: addressOrRange(absent) }
  }
  throw new NotSeen('unparsable', `expected \`blocklisting …\`, found ${code(said.join('\n').trim())}`)
}

function addressOrRange(text: string): Address | Range {
  return text.startsWith('cidr:') ? parseRange(text) : parseAddress(text)
}

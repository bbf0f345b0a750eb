import { NotSeen } from '../probe.ts'
import { code, lines } from '../text.ts'
import { finished, type Printed, unlike } from './errors.ts'

/**
 * The image name that `rados -p POOL getomapval rbd_directory id_ID` shows: a hex dump of a length (4 bytes,
 * little-endian) and that many bytes of UTF-8.
 * `value (7 bytes) :`, then `00000000  03 00 00 00 69 6d 67   |....img|` (a line `*` repeats the one above),
 * up to Hammer `0000 : 03 00 00 00 69 6d 67 … : ....img`.
 * No such image (or one that is in the trash) is NotSeen('absent'). Writing the value to `/dev/stdout` instead
 * would be shorter, but text cannot carry its bytes: lengths from 128 on are lost.
 */
export function readImageName(printed: Printed): string {
  const said = lines(finished(printed)).map((line, at) => ({ line, number: at + 1 }))
  const dump = said.filter(({ line }) => line.trim() !== '')
  const head = dump.shift()
  const length = /^value(?: \((\d+) bytes\))? ?:?\s*$/.exec(head?.line ?? '')?.[1]
  if (!head || length === undefined) throw unlike(head?.number ?? 1, head?.line ?? '', '`value (N bytes) :`')
  const bytes = readDump(dump)
  if (bytes.length !== Number(length)) {
    throw new NotSeen('unparsable', `line ${head.number} says ${length} bytes, the dump has ${bytes.length}`)
  }
  return lengthPrefixed(bytes)
}

function lengthPrefixed(bytes: number[]): string {
  const [a = 0, b = 0, c = 0, d = 0, ...text] = bytes
  const told = a + b * 2 ** 8 + c * 2 ** 16 + d * 2 ** 24
  if (bytes.length < 4 || told !== text.length) {
    throw new NotSeen('unparsable', `the value says that ${told} bytes follow its length, ${text.length} do`)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(text))
  } catch (cause) {
    throw new NotSeen('unparsable', 'the image name is not UTF-8', { cause })
  }
}

const row = /^([0-9a-f]{4,8})(?: :)?((?: {1,2}[0-9a-f]{2}){0,16})\s*(?:[|:].*)?$/

/** The bytes of a dump in the form of `hexdump -C` or of old releases; offsets are checked. */
function readDump(dump: { line: string; number: number }[]): number[] {
  const bytes: number[] = []
  let repeats = false
  for (const { line, number } of dump) {
    if (line.trim() === '*') {
      repeats = true
      continue
    }
    const [, offset, hex] = row.exec(line) ?? []
    if (offset === undefined || hex === undefined) throw unlike(number, line, 'a line of a hex dump')
    const start = Number.parseInt(offset, 16)
    if (repeats) fill(bytes, start)
    repeats = false
    if (start !== bytes.length) throw unlike(number, line, `offset ${bytes.length.toString(16)}`)
    bytes.push(
      ...hex
        .trim()
        .split(/ +/)
        .filter(Boolean)
        .map((pair) => Number.parseInt(pair, 16)),
    )
  }
  if (repeats) throw new NotSeen('unparsable', `the dump ends after ${code('*')}`)
  return bytes
}

/** Repeats the last sixteen bytes up to an offset; a name is never longer than a few kilobytes. */
function fill(bytes: number[], end: number): void {
  const last = bytes.slice(-16)
  if (last.length < 16 || end > 65_536) throw new NotSeen('unparsable', 'the dump repeats what is not there')
  while (bytes.length < end) bytes.push(...last)
}

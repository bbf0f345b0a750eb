import type { Seen } from './seen.ts'

/** What is no text, told by its first bytes. Sources: RFC 1952, the xz, zstd, bzip2, ZIP, ELF and PDF formats. */
const MAGIC: readonly [string, string, string?][] = [
  ['1f8b', 'gzip', 'zcat FILE'],
  ['fd377a585a00', 'xz', 'xzcat FILE'],
  ['28b52ffd', 'zstd', 'zstdcat FILE'],
  ['425a68', 'bzip2', 'bzcat FILE'],
  ['504b0304', 'a ZIP archive', 'unzip -p FILE'],
  ['7f454c46', 'an ELF program or core'],
  ['25504446', 'PDF'],
  ['89504e47', 'a picture'],
  ['ffd8ff', 'a picture'],
  ['47494638', 'a picture'],
  ['4c504b5348485248', "systemd's journal", 'journalctl --file FILE'],
]
const LOOKED_AT = 65_536
/** the share of characters that no text has; a log that a crash left has blocks of NUL, /proc/PID/cmdline some */
const ODD = 0.1
const NULS = 0.3

/** What the first bytes of an input are. UTF-16, as Windows writes it, is text in another coding. */
export function formOf(head: Uint8Array): { form: Seen['form']; coding: Coding } {
  if (head.length === 0) return { form: { is: 'empty' }, coding: 'utf-8' }
  const hex = Buffer.from(head.buffer, head.byteOffset, Math.min(8, head.length)).toString('hex')
  const known = MAGIC.find(([magic]) => hex.startsWith(magic))
  if (known) {
    const [, what, unpack] = known
    return { form: { is: 'binary', what, ...(unpack !== undefined && { unpack }) }, coding: 'utf-8' }
  }
  const coding = codingOf(head)
  const text = decode(head.subarray(0, LOOKED_AT), coding)
  if (text.trim() === '') return { form: { is: 'empty' }, coding }
  let odd = 0
  let nuls = 0
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    if (unit === 0) nuls += 1
    else if (unit === 0xfffd || (unit < 32 && !(unit >= 7 && unit <= 13) && unit !== 27)) odd += 1
  }
  const binary = odd > text.length * ODD || nuls > text.length * NULS
  return { form: binary ? { is: 'binary', what: 'unknown format' } : { is: 'text' }, coding }
}

export type Coding = 'utf-8' | 'utf-16le' | 'utf-16be'

function codingOf(head: Uint8Array): Coding {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le'
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be'
  return 'utf-8'
}

/** Bytes as text; what is no valid text becomes U+FFFD, so nothing is refused for one bad byte. */
export function decode(bytes: Uint8Array, coding: Coding): string {
  return new TextDecoder(coding).decode(bytes)
}

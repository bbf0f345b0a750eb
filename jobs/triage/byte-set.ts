/** Which of the 256 bytes; a text's bytes are taken for characters (Latin-1). */
export type ByteSet = Uint8Array

const set = (has: (byte: number) => boolean): ByteSet =>
  Uint8Array.from({ length: 256 }, (_, byte) => (has(byte) ? 1 : 0))
const isDigit = (byte: number) => byte >= 48 && byte <= 57
const isLetter = (byte: number) => (byte | 32) >= 97 && (byte | 32) <= 122 && byte < 128
const isBlank = (byte: number) => (byte >= 9 && byte <= 13) || byte === 32 || byte === 160
const isWord = (byte: number) => isDigit(byte) || isLetter(byte) || byte === 95

export const ANY = set((byte) => byte !== 10 && byte !== 13)

const characters = new Map<number, ByteSet>()

/** `a`, in any case; what is beyond Latin-1 is in no line. Always the same set for the same character. */
export function characterSet(code: number): ByteSet {
  const isLetterLike =
    (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || (code >= 192 && code < 256)
  const small = isLetterLike ? code | 32 : code
  const known = characters.get(small)
  if (known) return known
  const made = new Uint8Array(256)
  for (const byte of isLetterLike ? [small, small ^ 32] : [code]) if (byte < 256) made[byte] = 1
  characters.set(small, made)
  return made
}

const ESCAPES: Record<string, (byte: number) => boolean> = {
  d: isDigit,
  D: (byte) => !isDigit(byte),
  w: isWord,
  W: (byte) => !isWord(byte),
  s: isBlank,
  S: (byte) => !isBlank(byte),
}
const CONTROLS: Record<string, number> = { t: 9, n: 10, v: 11, f: 12, r: 13, 0: 0 }

/** What an escape stands for: `\d`, `\.`, `\x41`. Undefined: a back reference, a property, or unknown. */
export function escapeSet(escaped: string): ByteSet | undefined {
  const name = escaped[1]!
  if (ESCAPES[name]) return set(ESCAPES[name])
  if (CONTROLS[name] !== undefined) return characterSet(CONTROLS[name])
  const [, hex] = /^\\[xu]([\da-f]{2,4})$/i.exec(escaped) ?? []
  if (hex !== undefined) return characterSet(Number.parseInt(hex, 16))
  return /^\\[^A-Za-z0-9]$/.test(escaped) ? characterSet(name.charCodeAt(0)) : undefined
}

const MEMBER = /\\(?:x[\da-f]{2}|u[\da-f]{4}|[\s\S])|[\s\S]/gi

/** `[a-z\d]`, `[^"]`. Undefined: something in it is not understood. */
export function classSet(source: string): ByteSet | undefined {
  const negated = source.startsWith('[^')
  const members = source.slice(negated ? 2 : 1, -1).match(MEMBER) ?? []
  const all = set(() => false)
  for (let at = 0; at < members.length; at += 1) {
    const member = memberSet(members[at]!)
    const to = members[at + 1] === '-' && at + 2 < members.length ? members[at + 2]! : undefined
    const range = to === undefined ? member : rangeSet(members[at]!, to)
    if (!range) return undefined
    range.forEach((has, byte) => {
      if (has) all[byte] = 1
    })
    if (to !== undefined) at += 2
  }
  return negated ? all.map((has) => 1 - has) : all
}

function memberSet(member: string): ByteSet | undefined {
  if (member === '\\b') return characterSet(8)
  return member.startsWith('\\') ? escapeSet(member) : characterSet(member.charCodeAt(0))
}

/** Undefined: an end that is no single character, as in `[\w-x]`. */
function rangeSet(from: string, to: string): ByteSet | undefined {
  const [low, high] = [from, to].map((end) => {
    if (!end.startsWith('\\')) return end.charCodeAt(0)
    return /^\\[^A-Za-z0-9]$/.test(end) ? end.charCodeAt(1) : undefined
  })
  if (low === undefined || high === undefined) return undefined
  const all = set(() => false)
  for (let code = low; code <= Math.min(high, 255); code += 1)
    characterSet(code).forEach((has, byte) => {
      if (has) all[byte] = 1
    })
  return all
}

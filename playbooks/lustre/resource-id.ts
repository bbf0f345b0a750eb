/** The id of a lock's resource: up to four 64-bit words. */
export type ResourceId = readonly [bigint, bigint, bigint, bigint]

/** What a lock on the MGS protects. `config` is the log that a mount needs; the others are the MGS's own business. */
export type MgsLog = {
  /** name of the file system; `params` and `nodemap` are not file systems */
  name: string
  /** 0 and 1 share one lock; 2 recovery, 3 params, 4 nodemap, 5 barrier */
  kind: 'config' | 'recover' | 'params' | 'nodemap' | 'barrier'
}

const KINDS: Record<string, MgsLog['kind']> = {
  '0': 'config',
  '2': 'recover',
  '3': 'params',
  '4': 'nodemap',
  '5': 'barrier',
}

/**
 * `[0x73666c6873:0x0:0x0].0x0` (2.5 and later; 2.5 may write a zero as `0`), `495639619699/0` (decimal, up to 2.4), or one word alone.
 * Undefined when it is none of these. Source: DLDLMRES in lustre_idl.h, LDLM_ERROR formats in ldlm_lock.c.
 */
export function parseResourceId(text: string): ResourceId | undefined {
  const bracketed = /^\[([^\]]+)\](?:\.(\S+))?$/.exec(text.trim())
  const words = bracketed ? [...bracketed[1]!.split(':'), bracketed[2] ?? '0'] : text.trim().split('/')
  if (words.length > 4 || words.some((word) => !/^(?:0x[0-9a-f]{1,16}|\d{1,20})$/i.test(word)))
    return undefined
  const [a = 0n, b = 0n, c = 0n, d = 0n] = words.map(BigInt)
  return [a, b, c, d].every((word) => word < 2n ** 64n) ? [a, b, c, d] : undefined
}

/**
 * Which of the MGS's logs a resource of its name space stands for: the first word is the name, little-endian ASCII, the second
 * its kind. Undefined when the bytes are no name. Source: mgc_name2resid() in mgc_request.c, the same from 2.5 to 2.15.
 */
export function mgsLogOf([word, kind]: ResourceId): MgsLog | undefined {
  const name = nameOf(word)
  const known = KINDS[String(kind)]
  return name === undefined || known === undefined ? undefined : { name, kind: known }
}

function nameOf(word: bigint): string | undefined {
  const bytes: number[] = []
  for (let rest = word; rest > 0n; rest >>= 8n) bytes.push(Number(rest & 0xffn))
  const name = String.fromCharCode(...bytes)
  return /^[A-Za-z0-9_.-]{1,8}$/.test(name) ? name : undefined
}

/** The first word for a name: `shlfs` → `0x73666c6873`; undefined for a name that does not fit into eight bytes. */
export function resourceWord(name: string): bigint | undefined {
  if (!/^[A-Za-z0-9_.-]{1,8}$/.test(name)) return undefined
  return [...name].reduceRight((word, letter) => (word << 8n) | BigInt(letter.charCodeAt(0)), 0n)
}

/** As today's Lustre prints it. */
export function formatResourceId([a, b, c, d]: ResourceId): string {
  const hex = (word: bigint) => `0x${word.toString(16)}`
  return `[${hex(a)}:${hex(b)}:${hex(c)}].${hex(d)}`
}

import { createHash } from 'node:crypto'

/** A value that has no single JSON text: signing or chaining it would mean nothing. */
export class NotCanonical extends Error {
  readonly code = 'not-canonical'
  constructor(where: string, what: string) {
    super(`${where || 'value'} is ${what}; write it as text before it is signed or recorded`)
    this.name = 'NotCanonical'
  }
}

/**
 * The one JSON text of a value: keys sorted by UTF-16 code unit, no white space, keys without a value left out
 * (RFC 8785 for what JSON.parse can return). What is signed and what is chained is this text.
 * Throws NotCanonical for anything that JSON cannot carry unchanged: bigint, NaN, Date, Map …
 */
export function canonical(value: unknown): string {
  return textOf(value, '')
}

/** SHA-256 of the canonical text, hex. */
export function canonicalHash(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex')
}

function textOf(value: unknown, where: string): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new NotCanonical(where, String(value))
    return JSON.stringify(value)
  }
  if (Array.isArray(value)) {
    return `[${Array.from(value, (item, i) => textOf(item, `${where}[${i}]`)).join(',')}]`
  }
  if (typeof value !== 'object' || !isPlain(value)) throw new NotCanonical(where, `a ${nameOf(value)}`)
  const parts = Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => `${JSON.stringify(key)}:${textOf(inner, `${where}.${key}`)}`)
  return `{${parts.join(',')}}`
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

function nameOf(value: unknown): string {
  return typeof value === 'object' ? (value?.constructor.name ?? 'null') : typeof value
}

import type { Json, JsonObject } from '../json.ts'
import { NotSeen } from '../probe.ts'

// Readers for parsed JSON: each takes the value and a name for it, and throws NotSeen('unparsable') with that name.

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function object(value: Json | undefined, what: string): JsonObject {
  if (!isObject(value)) throw unlike(what, 'an object', value)
  return value
}

export function list(value: Json | undefined, what: string): Json[] {
  if (!Array.isArray(value)) throw unlike(what, 'a list', value)
  return value
}

export function string(value: Json | undefined, what: string): string {
  if (typeof value !== 'string') throw unlike(what, 'text', value)
  return value
}

/** Digits of an integer, never rounded. Text that is an integer counts: some releases quote ids. */
export function digits(value: Json | undefined, what: string): string {
  if (typeof value === 'bigint' && value >= 0n) return String(value)
  if (typeof value === 'string' && /^\d{1,20}$/.test(value)) return value
  throw unlike(what, 'a whole number', value)
}

/** A 64-bit number that some releases print as signed (`dump_watchers`: krbd cookies appear negative). */
export function unsigned64(value: Json | undefined, what: string): string {
  if (typeof value !== 'bigint' || value < -(2n ** 63n) || value >= 2n ** 64n) {
    throw unlike(what, 'a 64-bit number', value)
  }
  return String(BigInt.asUintN(64, value))
}

/** Every value of a key, in order. */
export function entries(of: JsonObject, name: string): Json[] {
  return of.entries.filter(([key]) => key === name).map(([, value]) => value)
}

/** The value of a key that may occur at most once; undefined when it is not there. */
export function field(of: JsonObject, name: string): Json | undefined {
  const found = entries(of, name)
  if (found.length > 1) throw new NotSeen('unparsable', `the key \`${name}\` occurs ${found.length} times`)
  return found[0]
}

function unlike(what: string, expected: string, value: Json | undefined): NotSeen {
  const found =
    value === undefined
      ? 'missing'
      : value === null
        ? 'null'
        : Array.isArray(value)
          ? 'a list'
          : typeof value === 'object'
            ? 'an object'
            : typeof value
  return new NotSeen('unparsable', `${what}: expected ${expected}, found ${found}`)
}

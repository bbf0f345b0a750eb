import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonical, canonicalHash } from '../../jobs/canonical.ts'

describe('canonical', () => {
  it('does not depend on the order in which keys were set', () => {
    expect(canonical({ b: 1, a: { d: [1, { z: null, y: 'é' }], c: true } })).toBe(
      '{"a":{"c":true,"d":[1,{"y":"é","z":null}]},"b":1}',
    )
    expect(canonical({ a: 1, b: 2 })).toBe(canonical({ b: 2, a: 1 }))
  })

  it('treats a key without a value like a key that is not there', () => {
    expect(canonical({ a: 1, b: undefined })).toBe(canonical({ a: 1 }))
  })

  it('survives JSON unchanged, for any JSON value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonical(JSON.parse(canonical(value)))).toBe(canonical(value))
        expect(JSON.parse(canonical(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  it('gives different values different texts', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const same = JSON.stringify(JSON.parse(canonical(a))) === JSON.stringify(JSON.parse(canonical(b)))
        expect(canonicalHash(a) === canonicalHash(b)).toBe(same)
      }),
    )
  })

  it.each([
    ['a bigint', { cookie: 18446462598732840961n }, /\.cookie is a bigint/],
    ['NaN', [Number.NaN], /\[0\] is NaN/],
    ['a date', { at: new Date(0) }, /\.at is a Date/],
    ['a map', new Map(), /value is a Map/],
    ['undefined', undefined, /value is a undefined/],
    ['a hole in a list', [1, undefined], /\[1\] is a undefined/],
  ])('refuses %s, which JSON would change silently', (_what, value, message) => {
    expect(() => canonical(value)).toThrow(message)
  })
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Json, readJson, readJsonDocuments } from '../../../playbooks/shared/json.ts'
import { notSeen } from './ceph/fixture.ts'

test('reads several documents in one text, after a leading newline', () => {
  expect(readJsonDocuments('\n[][]')).toEqual([[], []])
  expect(readJsonDocuments('{}\r\n[1]\n')).toEqual([{ entries: [] }, [1n]])
})

test('keeps every digit of an integer', () => {
  expect(readJson('[18446462598732840961,-1,1.5,1e3]')).toEqual([18446462598732840961n, -1n, 1.5, 1000])
})

test('keeps repeated keys, in order', () => {
  expect(readJson('{"a":1,"a":2,"__proto__":3}')).toEqual({
    entries: [
      ['a', 1n],
      ['a', 2n],
      ['__proto__', 3n],
    ],
  })
})

test.each([
  ['', 'line 1, column 1'],
  ['[1,]', 'column 4'],
  ['[01]', 'column 3'],
  ['[1', 'the text ends'],
  ['{"a" 1}', 'expected `:`'],
  ['// note\n[]', 'line 1'],
  ['[]\n[1] x', 'line 2, column 5'],
  ['[nan]', '`nan`'],
  ['["a\nb"]', 'column 2'],
  ['[1]]', 'found `]`'],
  ['{a:1}', 'double quotes'],
  ['1', 'expected `{` or `[`'],
  [`[${'9'.repeat(50)}]`, 'out of range'],
  ['['.repeat(5000), 'nested deeper'],
])('refuses %j and says where', (text, where) => {
  expect(notSeen(() => readJsonDocuments(text), 'unparsable')).toContain(where)
})

test('agrees with JSON.parse on any document, and never takes one that was cut', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.array(fc.jsonValue()), fc.dictionary(fc.string(), fc.jsonValue())),
      fc.nat(),
      (value, at) => {
        const text = JSON.stringify(value)
        expect(plainValue(readJson(text))).toEqual(JSON.parse(text))
        notSeen(() => readJson(text.slice(0, at % text.length)), 'unparsable')
      },
    ),
  )
})

test('reads 10 MB in well under five seconds', () => {
  const text = `[${Array(60_000).fill('{"object":"rbd_header.1","entity_addr_t":{"type":"any","addr":"127.0.0.1:0","nonce":2502823419},"cookie":94562833130672,"timeout":30,"pad":"xxxxxxxxxxxxxxxxx"}').join()}]`
  const start = performance.now()
  expect(readJson(text)).toHaveLength(60_000)
  expect(performance.now() - start).toBeLessThan(5000)
})

function plainValue(value: Json): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map(plainValue)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(value.entries.map(([name, each]) => [name, plainValue(each)]))
}

import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { createSieve } from '../../../jobs/triage/sieve.ts'
import { readers } from '../../../playbooks/readers.ts'

const wantedOf = (pattern: RegExp, text: string) => {
  const bytes = Buffer.from(text, 'latin1')
  return createSieve([{ wants: pattern }])(bytes, bytes.length).wanted[0]
}

describe('a sieve', () => {
  it.each<[RegExp, string, number[]]>([
    [/abc/i, 'xABCx\nab\nc', [0]],
    [/^abc/i, 'abc\nxabc', [0]],
    [/abc$/i, 'abc\nabcx\nxabc', [0, 2]],
    [/^$/i, 'a\n\nb', [1]],
    [/a{2,3}b/i, 'ab\naab\naaaab', [1, 2]],
    [/a[^b\s]c|\d\.\d/i, 'abc\nadc\na c\n1.2\n1x2', [1, 3]],
    [/x\.\w+=[a-c-]\]/i, 'x.y=b]\nx.y=d]\nx.y=-]', [0, 2]],
    [/(?:ab|c)*d.*e/i, 'ababcdxxe\nabxe', [0]],
    [/\x41\u0042/i, 'ab\nba', [0]],
    [/\bab(?=c)(?!d)/i, 'xabc\nabc\nabd', [1]],
    [/(a)\1b/i, 'ab\naab', [1]],
    [/a{40}b/i, `${'a'.repeat(39)}b\n${'a'.repeat(40)}b`, [1]],
    [/(?<!x)ab/i, 'xab\nab', [1]],
  ])('for %s', (pattern, text, expected) => {
    expect(wantedOf(pattern, text)).toEqual(expected)
  })

  test('says where lines begin, and ignores what lies behind the end', () => {
    const sieve = createSieve([{ wants: /b/i }])
    const { starts, wanted } = sieve(Buffer.from('a\nb\ncb'), 5)
    expect({ starts: [...starts], wanted }).toEqual({ starts: [0, 2, 4], wanted: [[1]] })
  })

  test('does not take where it gives up for the end of the line', () => {
    const bytes = Buffer.from('0x1fDISABLED\n0x1f')
    for (let mostStates = 1; mostStates < 40; mostStates += 1) {
      const sieve = createSieve([{ wants: /^\s*0x[0-9a-f]+\s*$|DISABLED \d|\bxy/i }], mostStates)
      expect(sieve(bytes, bytes.length).wanted, `${mostStates} states`).toEqual([[1]])
    }
  })

  const words = [...new Set(readers.flatMap(({ wants }) => wants.source.match(/[A-Za-z_]{2,}/g) ?? []))]
  const more = [
    'osd.4 down',
    ' watcher=1',
    '  health: HEALTH_OK',
    '1: POSIX  ADVISORY',
    '|0|1|',
    '"osd": 1',
    '12',
    '3.4',
    ' ',
    ' ',
    '[',
    '] ',
    ': ',
    '=',
    '-5',
    '%',
    '"',
  ]
  const line = fc
    .array(fc.oneof(fc.constantFrom(...words), fc.constantFrom(...more), fc.string({ maxLength: 3 })), {
      maxLength: 12,
    })
    .map((parts) => parts.join('').replace(/[\n\r]/g, ' '))

  test.each([[6000], [40], [3]])('finds exactly what each reader wants, with %i states', (mostStates) => {
    const sieve = createSieve(readers, mostStates)
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 5 }), (lines) => {
        const bytes = Buffer.from(lines.join('\n'))
        const { wanted } = sieve(bytes, bytes.length)
        for (const [reader, { wants }] of readers.entries()) {
          const expected = lines.flatMap((text, at) =>
            wants.test(Buffer.from(text).toString('latin1')) ? [at] : [],
          )
          expect(wanted[reader]).toEqual(expected)
        }
      }),
      { numRuns: 300 },
    )
  })
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readImageName } from '../../../../playbooks/shared/ceph/rbd-directory.ts'
import { fixture, notSeen, output } from './fixture.ts'

test('reads the name, also beyond ASCII, over several lines and with repeated lines', () => {
  expect(readImageName(fixture('getomapval-img.txt'))).toBe('img')
  expect(readImageName(fixture('getomapval-utf8.txt'))).toBe(
    'ein sehr langer Bildname mit Umlaut-ä und noch mehr text',
  )
  expect(readImageName(fixture('getomapval-repeats.txt'))).toBe('0'.repeat(60))
})

test('reads the dump of old releases', () => {
  expect(readImageName(fixture('getomapval-giant.txt'))).toBe('img')
})

test('says that an id has no image', () => {
  expect(
    notSeen(() => readImageName(output({ stdout: fixture('getomapval-none.txt'), exitCode: 1 })), 'absent'),
  ).toContain('id_nope')
})

test('refuses a dump that was cut or does not add up', () => {
  const text = fixture('getomapval-utf8.txt')
  notSeen(() => readImageName(text.split('\n').slice(0, 3).join('\n')), 'unparsable')
  notSeen(() => readImageName(text.replace('39 00 00 00', '38 00 00 00')), 'unparsable')
  notSeen(() => readImageName(fixture('getomapval-img.txt').replace('69 6d 67', 'ff fe fd')), 'unparsable')
  notSeen(() => readImageName(output({})), 'unparsable')
})

test('reads any name back from a dump', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }), (name) => {
      const text = Buffer.from(name)
      const value = Buffer.concat([Buffer.alloc(4), text])
      value.writeUInt32LE(text.length)
      const rows = Array.from({ length: Math.ceil(value.length / 16) }, (_, row) => {
        const bytes = [...value.subarray(row * 16, row * 16 + 16)].map((byte) =>
          byte.toString(16).padStart(2, '0'),
        )
        return `${(row * 16).toString(16).padStart(8, '0')}  ${bytes.slice(0, 8).join(' ')}  ${bytes.slice(8).join(' ')}  |x|`
      })
      expect(
        readImageName(
          [`value (${value.length} bytes) :`, ...rows, value.length.toString(16).padStart(8, '0')].join('\n'),
        ),
      ).toBe(name)
    }),
  )
})

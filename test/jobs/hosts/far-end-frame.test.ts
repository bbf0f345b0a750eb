import { text } from 'node:stream/consumers'
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { unframe } from '../../../jobs/hosts/far-end-frame.ts'

const begin = '~unwedge-m-begin 12 34\n'
const end = '~unwedge-m-end exit 0 \n'

/** What comes through when a session prints this, cut into pieces after these many bytes. */
async function cut(all: string, sizes: number[] = []) {
  const onEnd = vi.fn()
  const frame = unframe('m', onEnd)
  const through = text(frame.stream)
  let bytes = Buffer.from(all)
  for (const size of sizes) {
    frame.stream.write(bytes.subarray(0, size))
    bytes = bytes.subarray(size)
  }
  frame.stream.end(bytes)
  return {
    through: await through,
    begin: frame.begin(),
    end: frame.end(),
    noise: frame.noise(),
    ended: onEnd.mock.calls.length,
  }
}

test('lets through exactly what stands between the markers, however the bytes arrive', async () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('~', '~unwedge-', '~unwedge-m-', '~unwedge-m-en', '~unwedge-x-end exit 0 \n', '\n'),
  )
  const part = fc.array(piece).map((pieces) => pieces.join('').replaceAll(/~unwedge-m-(begin|end) /g, ''))
  await fc.assert(
    fc.asyncProperty(
      part,
      part,
      part,
      fc.array(fc.integer({ min: 0, max: 30 })),
      async (noise, output, after, sizes) => {
        const seen = await cut(`${noise}${begin}${output}${end}${after}`, sizes)
        expect(seen).toMatchObject({
          through: Buffer.from(output).toString(),
          begin: '12 34',
          end: 'exit 0 ',
          ended: 1,
        })
      },
    ),
    { numRuns: 300 },
  )
})

test('keeps output whose end never came, also when it looks like the beginning of a marker', async () => {
  expect(await cut(`${begin}output ~unwedge-m-e`)).toMatchObject({
    through: 'output ~unwedge-m-e',
    end: undefined,
    ended: 0,
  })
})

test('lets nothing through before the begin, and keeps the last of it for a look', async () => {
  const seen = await cut(`${'x'.repeat(100_000)}Permission denied (publickey).`, [50_000])
  expect(seen).toMatchObject({ through: '', begin: undefined })
  expect(seen.noise).toMatch(/x{8000}Permission denied \(publickey\)\.$/)
  expect(seen.noise.length).toBeLessThan(9000)
})

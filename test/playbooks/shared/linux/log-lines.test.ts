import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readLogLines } from '../../../../playbooks/shared/linux/log-lines.ts'

const TEXT = 'Lustre: Mounted shlfs-client'

describe('takes the prefix off, whoever wrote the log', () => {
  test.each([
    ['dmesg', '[162983.746777] ', { bootS: 162983.746777 }],
    ['dmesg, early', '[    0.000000] ', { bootS: 0 }],
    ['dmesg -r', '<6>[  402.861190] ', { bootS: 402.86119 }],
    ['dmesg -x', 'kern  :warn  : [  402.861190] ', { bootS: 402.86119 }],
    ['journalctl -o short-monotonic', '[  402.861190] host-31 kernel: ', { bootS: 402.86119 }],
    ['journalctl -o short-iso', '2019-08-05T10:48:36+0800 host-31 kernel: ', { wallMs: 1564973316000 }],
    ['journalctl -o short-unix', '1564973316.753239 host-31 kernel: ', { wallMs: 1564973316753.239 }],
    ['rsyslog', '2019-08-05T10:48:36.753482+08:00 host-31 kernel: ', { wallMs: 1564973316753 }],
    ['dmesg --time-format iso', '2019-08-05T02:48:36,753239+00:00 ', { wallMs: 1564973316753 }],
    [
      'rsyslog with boot time',
      '2019-08-05T10:48:36.753482+08:00 host-31 kernel: [162983.753239] ',
      { bootS: 162983.753239, wallMs: 1564973316753 },
    ],
    [
      'syslog',
      'Aug  5 10:48:36 host-31 kernel: ',
      { local: { month: 8, day: 5, hour: 10, minute: 48, second: 36 } },
    ],
    [
      'dmesg -T',
      '[Mon Aug  5 10:48:36 2019] ',
      { local: { year: 2019, month: 8, day: 5, hour: 10, minute: 48, second: 36 } },
    ],
  ])('%s', (_, prefix, time) => {
    const { lines } = readLogLines(`${prefix}${TEXT}\n`)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatchObject({ number: 1, text: TEXT, bootNumber: 0, ...time })
  })

  test('a log without any prefix is taken line by line', () => {
    expect(readLogLines(`${TEXT}\n${TEXT}\n`).lines.map(({ text, bootS }) => [text, bootS])).toEqual([
      [TEXT, undefined],
      [TEXT, undefined],
    ])
  })
})

describe('puts together what was torn apart', () => {
  const long = `[162983.746777] LustreError: 166-1: MGC10.1.0.202@o2ib: Connection to MGS (at 10.1.0.202@o2ib) was lost; in progress operations using this service will fail`
  const wrap = (text: string, at: number) => text.match(new RegExp(`.{1,${at}}`, 'g'))!.join('\n')

  test.each([80, 100, 132])('a terminal of %d columns breaks inside of words', (width) => {
    expect(readLogLines(`${wrap(long, width)}\n[162984.0] next\n`).lines.map(({ text }) => text)).toEqual([
      long.slice(16),
      'next',
    ])
  })

  test('an editor breaks between words', () => {
    const [a, b] = [long.slice(0, 61), long.slice(62)]
    expect(readLogLines(`${a}\n  ${b}\n`).lines[0]?.text).toBe(`${a.slice(16)} ${b}`)
  })

  test('CRLF and colours leave no trace', () => {
    const red = String.fromCharCode(27)
    expect(readLogLines(`${red}[31m[  1.5] ${red}[0m${TEXT}\r\n\r\n`).lines[0]).toMatchObject({
      text: TEXT,
      bootS: 1.5,
    })
  })
})

test('says when the first message lacks its beginning, or the last may lack its end', () => {
  expect(readLogLines(`ing this service will fail\n[  1.5] ${TEXT}\n`).cut).toEqual({
    start: true,
    end: false,
  })
  expect(readLogLines(`[  1.5] ${TEXT}\n[  2.5] Lust`).cut).toEqual({ start: false, end: true })
  expect(readLogLines('')).toEqual({ lines: [], cut: { start: false, end: false } })
})

test('counts the boots, and lets CPUs disagree by a few seconds', () => {
  const bootsOf = (stamps: number[]) =>
    readLogLines(stamps.map((s) => `[${s.toFixed(3)}] x\n`).join('')).lines.map(
      ({ bootNumber }) => bootNumber,
    )
  expect(bootsOf([500, 499.5, 501])).toEqual([0, 0, 0])
  expect(bootsOf([500, 490, 501])).toEqual([0, 0, 0])
  expect(bootsOf([500, 489.9, 491])).toEqual([0, 1, 1])
})

test('never throws, and makes no more messages than lines', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(readLogLines(text).lines.length).toBeLessThanOrEqual(text.split(/\r\n?|\n/).length)
    }),
  )
})

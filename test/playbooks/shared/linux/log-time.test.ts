import { describe, expect, test } from 'vitest'
import { readLogLines } from '../../../../playbooks/shared/linux/log-lines.ts'
import { dateLines, readClock, type TimeKnown } from '../../../../playbooks/shared/linux/log-time.ts'
import { output } from './output.ts'

const at = (text: string, known: TimeKnown) =>
  dateLines(readLogLines(text).lines, known).map((line) => line.at)
const utc = (text: string) => Date.parse(`${text}Z`)

describe('dates a line', () => {
  test('from the boot, and prefers that to a clock that was set', () => {
    expect(at('[  10.5] x\n', { bootMs: 1000 })).toEqual([11_500])
    expect(at('1999-01-01T00:00:00+0000 h kernel: [  10.5] x\n', { bootMs: 1000 })).toEqual([11_500])
  })
  test('not at all without a boot or an anchor', () => {
    expect(at('[  10.5] x\n', {})).toEqual([undefined])
    expect(at('Aug  5 10:48:36 h kernel: x\n', { now: 0 })).toEqual([undefined])
  })
  test('from an anchor in the same log', () => {
    expect(at('[  10.5] x\n[  20.5] y\n', { anchors: [{ number: 2, ms: 50_000 }] })).toEqual([40_000, 50_000])
  })
  test('of an earlier boot only from an anchor of that boot', () => {
    expect(at('[  900.0] x\n[   10.0] y\n', { bootMs: 5_000 })).toEqual([undefined, 15_000])
    expect(
      at('[  900.0] x\n[   10.0] y\n', { bootMs: 5_000_000, anchors: [{ number: 1, ms: 1_000_000 }] }),
    ).toEqual([1_000_000, 5_010_000])
  })
  test('of a local time with the offset of the machine, or one learned from an anchor', () => {
    const line = '[Mon Aug  5 10:48:36 2019] x\n'
    expect(at(line, { offsetMin: 480 })).toEqual([utc('2019-08-05T02:48:36')])
    expect(at(line, { anchors: [{ number: 1, ms: utc('2019-08-05T02:48:40') }] })).toEqual([
      utc('2019-08-05T02:48:36'),
    ])
  })
  test.each([
    ['2019-08-05T12:00:00', '2019-08-05T10:48:36'],
    ['2020-01-01T00:00:00', '2019-08-05T10:48:36'],
    ['2019-08-04T10:48:36', '2019-08-05T10:48:36'],
    ['2019-08-04T10:48:35', '2018-08-05T10:48:36'],
  ])('of syslog with the latest year that is not in the future: seen %s', (now, expected) => {
    expect(at('Aug  5 10:48:36 h kernel: x\n', { offsetMin: 0, now: utc(now) })).toEqual([utc(expected)])
  })
})

test('reads the clock of a machine, and refuses what is none', () => {
  expect(readClock(output('1564973616 +0800\n'))).toEqual({ ms: 1564973616000, offsetMin: 480 })
  expect(readClock(output('1564973616 -0330\n')).offsetMin).toBe(-210)
  expect(() => readClock(output('Mon Aug 5\n'))).toThrow('the clock')
  expect(() => readClock(output('', { exitCode: 1, stderr: 'date: no' }))).toThrow('date: no')
})

import { describe, expect, test } from 'vitest'
import { readable, rejoined, rowsIn } from '../../../../playbooks/shared/linux/pasted-rows.ts'

const lines = (text: string) => text.split('\n').map((line, at) => ({ n: at + 1, text: line }))
/** `inode 2199054015793 of /path` */
const format = {
  read: (text: string) => /^inode \d+ of \/\S+$/.exec(text)?.[0],
  begins: /^inode /,
}

describe('rows that were broken', () => {
  test('by an editor, between words', () => {
    const { rows } = rowsIn(lines('inode 2199054015793 of\n/srv/a\ninode 2 of /b'), format)
    expect(rows.map(({ value, lines: of }) => [value, of.length])).toEqual([
      ['inode 2199054015793 of /srv/a', 2],
      ['inode 2 of /b', 1],
    ])
  })
  test('by a terminal, inside of a word', () => {
    const { rows } = rowsIn(lines('inode 2199054\n015793 of /srv/a'), format)
    expect(rows.map(({ value }) => value)).toEqual(['inode 2199054015793 of /srv/a'])
  })
  test('refuses to choose when both ways give a row', () => {
    const loose = { read: (text: string) => /^inode [\d ]+ end$/.exec(text)?.[0], begins: /^inode / }
    const { rows, broken } = rowsIn(lines('inode 2199054\n015793 end'), loose)
    expect(rows).toEqual([])
    expect(broken.map(({ n }) => n)).toEqual([1])
  })
  test('what cannot be put together is named by its first line', () => {
    expect(rowsIn(lines('inode 21990 of\n\n/srv/a'), format).broken.map(({ n }) => n)).toEqual([1])
  })
  test('a remark below a whole row is not part of its path', () => {
    const { rows } = rowsIn(lines('inode 2199054015793 of /srv/a\nlook at this one'), {
      ...format,
      open: 'word',
    })
    expect(rows.map(({ value }) => value)).toEqual(['inode 2199054015793 of /srv/a'])
  })
  test('in a log whatever does not begin a message belongs to the one before', () => {
    const log = {
      read: (text: string) => (/^\d\d:\d\d /.test(text) ? text : undefined),
      open: 'log' as const,
    }
    expect(
      rowsIn(lines('10:00 lock lost -\nlock file "/a"\n10:01 next'), log).rows.map(({ value }) => value),
    ).toEqual(['10:00 lock lost - lock file "/a"', '10:01 next'])
  })
  test('rejoined keeps all other lines, and the number of the first', () => {
    expect(rejoined(lines('head\ninode 2 of\n/b\ntail'), format)).toEqual([
      { n: 1, text: 'head' },
      { n: 2, text: 'inode 2 of /b' },
      { n: 4, text: 'tail' },
    ])
  })
})

describe('lines as they were before a terminal of 80 columns', () => {
  const long = `LustreError: ${'x'.repeat(67)}`
  test('a full line goes on in the next one', () => {
    expect(readable(lines(`${long}\nyz end\nnext`)).map(({ text }) => text)).toEqual([
      `${long}yz end`,
      'next',
    ])
  })
  test('rows of a table that happen to be as wide do not', () => {
    const row = (name: string) => `|${name}|${'0|'.repeat(38)}`.padEnd(80, '1').slice(0, 80)
    const text = `${row('a')}\n${row('b')}`
    expect(readable(lines(text)).map((line) => line.text)).toEqual(text.split('\n'))
  })
  test('a line of megabytes is left out, and a gap of thousands of blanks shortened', () => {
    const kept = readable(lines(`${'a'.repeat(5_000_000)}\na${' '.repeat(3000)}b`))
    expect(kept.map(({ n, text }) => [n, text.length])).toEqual([[2, 102]])
  })
})

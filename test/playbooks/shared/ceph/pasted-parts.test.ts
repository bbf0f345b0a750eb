import { describe, expect, test } from 'vitest'
import { documentsOf } from '../../../../playbooks/shared/ceph/pasted/documents.ts'
import { readLooseJson } from '../../../../playbooks/shared/ceph/pasted/loose-json.ts'
import { type Form, readRecords } from '../../../../playbooks/shared/ceph/pasted/records.ts'
import { sectionsOf } from '../../../../playbooks/shared/ceph/pasted/sections.ts'
import { passagesOf } from '../../../../playbooks/shared/pasted/passages.ts'

const linesOf = (text: string) => text.split('\n').map((line, at) => ({ n: at + 1, text: line }))

describe('records', () => {
  const forms: Form[] = [{ name: 'pair', starts: /\bkey=/, whole: /\bkey=(\d+) value=(\d+)(?!\S)/ }]
  const read = (text: string) => {
    const { found, broken, rest } = readRecords(linesOf(text), forms)
    return {
      found: found.map(({ match, from, to }) => [match[1], match[2], from, to]),
      broken: broken.map(({ text: each }) => each),
      rest: rest.map(({ text: each }) => each),
    }
  }
  test('joins a line that a terminal broke inside of a number, and one that an editor broke between words', () => {
    expect(read('key=12\n34 value=5').found).toEqual([['1234', '5', 1, 2]])
    expect(read('key=1234\nvalue=5').found).toEqual([['1234', '5', 1, 2]])
  })
  test('takes digits alone below a long line for the end of its number', () => {
    const long = `${'-'.repeat(60)} key=1234 value=56`
    expect(read(`${long}\n78`).found).toEqual([['1234', '5678', 1, 2]])
    expect(read(`${long}\nkey=1 value=2`).found).toEqual([
      ['1234', '56', 1, 1],
      ['1', '2', 2, 2],
    ])
  })
  test('never joins over an empty line, a stamp or the beginning of another', () => {
    for (const next of ['', '2026-11-20 10:00:00 34 value=5', 'key=9 value=9'])
      expect(read(`key=12\n${next}\n34 value=5`).broken).toEqual(['key=12'])
  })
})

describe('documents', () => {
  const read = (text: string) => documentsOf(linesOf(text))
  test('are found among other lines, behind the name of a daemon and behind each other', () => {
    const { documents, rest } = read(
      'osd.1: [\n  {"a": 1}\n]\nosd.2: []\n[1.2.3.4]:5\n[][{"b":2}]listed 1 entries',
    )
    expect(documents.map(({ source, from, to, cut }) => [source, from, to, cut])).toEqual([
      ['osd.1', 1, 3, false],
      ['osd.2', 4, 4, false],
      [undefined, 6, 6, false],
      [undefined, 6, 6, false],
    ])
    expect(rest.map(({ text }) => text)).toEqual(['[1.2.3.4]:5', 'listed 1 entries'])
  })
  test('log levels, address vectors and lists of ids are none', () => {
    for (const line of [
      '[WRN] OSD_DOWN: 1 osds down',
      '[v2:10.0.0.1:3300/0,v1:10.0.0.1:6789/0]',
      '[0,1]',
      '[global]',
    ])
      expect(read(line).documents).toEqual([])
  })
  test('a cut one keeps what is whole, and not the number that the cut may have shortened', () => {
    const [document] = read('{"watchers":[{"address":"10.0.0.1:0/5","client":41,"cookie":9389').documents
    expect(document).toMatchObject({ cut: true })
    expect(
      JSON.stringify(document!.value, (_, value) => (typeof value === 'bigint' ? String(value) : value)),
    ).not.toContain('9389')
  })
})

describe('JSON as it was pasted', () => {
  const value = (text: string) => readLooseJson(text, 0)?.value
  test('keeps every digit and every key', () => {
    expect(value('{"a":18446462598732840961,"a":2}')).toEqual({
      entries: [
        ['a', 18446462598732840961n],
        ['a', 2n],
      ],
    })
  })
  test('is put together where a terminal broke it inside of a text or a number', () => {
    const pad = ' '.repeat(50)
    expect(value(`[${pad}"abc\ndef"]`)).toEqual(['abcdef'])
    expect(value(`[${pad}123\n456]`)).toEqual([123456n])
    expect(value(`[${pad}0.00\n5]`)).toEqual([0.005])
  })
  test('two short lines are not one number', () => {
    expect(readLooseJson('[1\n2]', 0)).toMatchObject({ cut: true })
  })
})

describe('sections', () => {
  const commands = (text: string) =>
    sectionsOf(passagesOf(text)).flatMap(({ command, lines }) =>
      command ? [[command.program, ...command.words, lines.length]] : [],
    )
  test('begin at commands that stand there without a prompt', () => {
    expect(
      commands(
        'First I ran\n  rados -p rbd listwatchers rbd_header.x1y2z3\n  watcher=…\n  ceph osd blacklist ls\n',
      ),
    ).toEqual([
      ['rados', 'listwatchers', 'rbd_header.x1y2z3', 1],
      ['ceph', 'osd', 'blacklist', 'ls', 0],
    ])
  })
  test('put a command together that the terminal broke', () => {
    expect(
      commands(
        '[root@node1 ~]# rados -p rbd listwatchers rbd_header.103c49b\n111cc --rados-osd-op-timeout=5\nwatcher=1\n',
      ),
    ).toEqual([['rados', 'listwatchers', 'rbd_header.103c49b111cc', 1]])
  })
  test('`ceph version 16.2` and `rbd image` are outputs', () => {
    expect(
      commands(
        "ceph version 16.2.15 (618f) pacific (stable)\nrbd image 'vol7':\nrbd: error opening image x: (2)\n",
      ),
    ).toEqual([])
  })
})

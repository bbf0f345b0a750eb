import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { passagesOf } from '../../../../playbooks/shared/pasted/passages.ts'

const brief = (text: string) =>
  passagesOf(text).map(({ host, command, lines }) => ({
    host,
    command: command?.join(' '),
    lines: lines.map((line) => `${line.n} ${line.text}`),
  }))

describe('passagesOf', () => {
  test('takes a text without prompts as one', () => {
    expect(brief('a\n\nb\n')).toEqual([{ host: undefined, command: undefined, lines: ['1 a', '2 ', '3 b'] }])
    expect(brief('')).toEqual([])
    expect(brief(' \n\n')).toEqual([])
  })

  test('parts a text at its prompts, and keeps a command that printed nothing', () => {
    expect(
      brief('see:\nroot@a:~# ceph osd blocklist ls\nroot@a:~# rados lspools\nrbd\nroot@a:~# \n'),
    ).toEqual([
      { host: undefined, command: undefined, lines: ['1 see:'] },
      { host: 'a', command: 'ceph osd blocklist ls', lines: [] },
      { host: 'a', command: 'rados lspools', lines: ['4 rbd'] },
    ])
  })

  test('takes bare signs for prompts only where nothing else is one', () => {
    expect(brief('# cat /etc/ctdb/nodes\n10.0.0.1')).toMatchObject([
      { command: 'cat /etc/ctdb/nodes', lines: ['2 10.0.0.1'] },
    ])
    expect(brief('root@a:~# cat x\n# cat /etc/ctdb/nodes\n10.0.0.1')).toMatchObject([
      { command: 'cat x', lines: ['2 # cat /etc/ctdb/nodes', '3 10.0.0.1'] },
    ])
  })

  test('follows a command over a backslash and an open quote', () => {
    expect(brief('root@a:~# rados -p rbd \\\n> listwatchers x\nout')).toMatchObject([
      { command: 'rados -p rbd listwatchers x', lines: ['3 out'] },
    ])
    expect(brief("$ grep 'a\nb' f\nout")).toMatchObject([{ command: 'grep a\nb f', lines: ['3 out'] }])
    expect(brief("root@a:~# echo it's\nout")).toMatchObject([{ command: 'echo its', lines: ['2 out'] }])
  })

  test('ends a command with the block of code it stands in', () => {
    expect(brief('```\nroot@a:~# cat f\nout\n```\nprose\n```text\nmore```')).toEqual([
      { host: 'a', command: 'cat f', lines: ['3 out'] },
      { host: undefined, command: undefined, lines: ['5 prose'] },
      { host: undefined, command: undefined, lines: ['7 more'] },
    ])
  })

  test('finds the prompt behind a file that does not end its last line', () => {
    expect(brief('root@c:/v# cat f\n1111root@c:/v# ls\n')).toMatchObject([
      { command: 'cat f', lines: ['2 1111'] },
      { command: 'ls', lines: [] },
    ])
  })

  test('takes off the indentation of a block', () => {
    expect(brief('    root@a:~# cat f\n    x\n      y')).toMatchObject([{ lines: ['2 x', '3   y'] }])
    expect(brief('    x\n      y')).toMatchObject([{ lines: ['1 x', '2   y'] }])
  })

  test('gives each host of a fan-out its passage', () => {
    expect(brief('n1: 1: POSIX x\nn2: 1: POSIX y\nn1: 2: FLOCK z')).toEqual([
      { host: 'n1', command: undefined, lines: ['1 1: POSIX x', '3 2: FLOCK z'] },
      { host: 'n2', command: undefined, lines: ['2 1: POSIX y'] },
    ])
    expect(brief('>> NODE: 10.0.0.1 <<\na\n\n>> NODE: 10.0.0.2 <<\nb')).toEqual([
      { host: '10.0.0.1', command: undefined, lines: ['2 a'] },
      { host: '10.0.0.2', command: undefined, lines: ['5 b'] },
    ])
    expect(
      brief('----------------\nn1\n----------------\na\n----------------\nn[2-3] (2)\n----------------\nb'),
    ).toMatchObject([
      { host: 'n1', lines: ['4 a'] },
      { host: undefined, lines: ['8 b'] },
    ])
    expect(brief('h3 | CHANGED | rc=0 >>\nx')).toMatchObject([{ host: 'h3', lines: ['2 x'] }])
  })

  test('takes no device, program or daemon for a host', () => {
    for (const text of [
      'rbd0: a\nrbd1: b',
      'nfs: a\nlockd: b',
      'osd.1: a\nosd.2: b',
      'eth0: up\neth1: up',
      'Lustre: a\nLustreError: b',
    ])
      expect(brief(text)).toMatchObject([
        { host: undefined, lines: [{}, {}].map((_, at) => `${at + 1} ${text.split('\n')[at]}`) },
      ])
  })

  test('takes off what grep put before a line, and nothing that is the line’s own', () => {
    const lines = (text: string) =>
      passagesOf(text).flatMap((passage) => passage.lines.map((line) => line.text))
    expect(lines('/var/log/kern.log:Oct 14 x\n/var/log/kern.log-Oct 14 y')).toEqual(['Oct 14 x', 'Oct 14 y'])
    expect(lines('kern.log.1:12:Oct 14 x')).toEqual(['Oct 14 x'])
    expect(lines('12:Oct 14 x\n15:Oct 14 y')).toEqual(['Oct 14 x', 'Oct 14 y'])
    expect(lines('12:[ 3.5] x')).toEqual(['[ 3.5] x'])
    for (const own of [
      '1: POSIX  ADVISORY  WRITE 1 00:14:1 0 EOF\n2: FLOCK  ADVISORY  WRITE 2 00:14:2 0 EOF',
      '/proc/12/fdinfo/3:lock:\t1: FLOCK',
      '/sys/kernel/scst_tgt/devices/disk12/t10_dev_id:de3ff523',
      '10:48:36 a\n11:02:00 b',
      '1:0:0:0\n2:0:0:0',
      '12:a word',
    ])
      expect(lines(own).join('\n')).toBe(own)
  })

  test('reads every seed: a passage for each of its commands', () => {
    const seed = readFileSync(new URL('fixtures/session.txt', import.meta.url), 'utf8')
    expect(passagesOf(seed).map(({ host, command }) => `${host}: ${command?.join(' ')}`)).toEqual([
      'wsg-70-3: time sg_raw /dev/sdd 16 00 00 00 00 00',
      'localhost: esxcli storage core device stats get -d eui.99e91f03b82de449',
      'Storage5: cat /proc/locks | grep inode',
    ])
  })

  test('takes any text, keeps its lines in order and within it', () => {
    const pieces = fc.constantFrom(
      'root@a:~# ',
      '# ',
      '$ ',
      '> ',
      '```',
      'n1: ',
      'n2: ',
      '\n',
      '\r\n',
      "'",
      '\\\n',
      '|',
      '---',
      '[',
      'x',
      ' ',
      '>> NODE: a <<\n',
    )
    fc.assert(
      fc.property(
        fc.array(fc.oneof(pieces, fc.string({ unit: 'binary', maxLength: 5 })), { maxLength: 60 }),
        (parts) => {
          const text = parts.join('')
          const count = Math.max(text.split('\n').length, text.split('\r').length)
          for (const { lines } of passagesOf(text)) {
            const numbers = lines.map(({ n }) => n)
            expect(numbers).toEqual([...numbers].sort((a, b) => a - b))
            for (const n of numbers) expect(n).toBeLessThanOrEqual(count)
          }
        },
      ),
      { numRuns: 500 },
    )
  })
})

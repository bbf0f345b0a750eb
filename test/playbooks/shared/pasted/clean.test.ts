import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { cleanLines } from '../../../../playbooks/shared/pasted/clean.ts'

const texts = (text: string) => cleanLines(text).map((line) => line.text)
const watcher = 'watcher=1.1.2.1:0/1193546917 client.4123 cookie=139640640315840'
const esc = '\u001b'

describe('cleaning', () => {
  it.each([
    [
      'colours',
      `${esc}[01;31m${esc}[Kwatcher${esc}[m${esc}[K=1.1.2.1:0/1193546917 client.4123 cookie=139640640315840`,
    ],
    [
      'colours whose ESC got lost',
      `[01;31m[Kwatcher[m[K=1.1.2.1:0/1193546917 client.4123 cookie=139640640315840[0m`,
    ],
    ['colours with a spelled ESC', `^[[32m${watcher}^[[0m`],
    ['a window title', `${esc}]0;root@node1${String.fromCharCode(7)}${watcher}`],
    ['CR', `${watcher}\r\n`],
    ['CR twice', `${watcher}\r\r\n`],
    ['a quote mark', `> ${watcher}`],
    ['HTML', `<pre><code>${watcher}</code></pre>`],
    ['HTML with classes', `<div class="line"><span style='x'>${watcher}</span></div>`],
    [
      'links of Slack',
      watcher.replace('1.1.2.1:0/1193546917', '<http://1.1.2.1:0/1193546917|1.1.2.1:0/1193546917>'),
    ],
    [
      'links of Markdown',
      watcher.replace('1.1.2.1:0/1193546917', '[1.1.2.1:0/1193546917](http://1.1.2.1:0/1193546917)'),
    ],
    ['backticks', `\`${watcher}\``],
    ['a bullet', `\u2022 ${watcher}`],
    ['a dash', `- ${watcher}`],
    ['a star', `* ${watcher}`],
    ['bold', `**${watcher}**`],
    ['blanks that do not break', watcher.replaceAll(' ', '\u00a0')],
    ['entities for blanks', watcher.replaceAll(' ', '&nbsp;')],
    ['invisible characters', watcher.replaceAll('/', '\u200b/\u2060')],
    ['a byte order mark', `\ufeff${watcher}`],
  ])('takes off %s', (_, damaged) => {
    expect(texts(damaged)).toEqual([watcher])
  })

  test('decodes what was escaped, also twice', () => {
    expect(texts('4: -&gt; POSIX &amp;lt;x&amp;gt; &#39;a&#x27; &quot;')).toEqual([`4: -> POSIX <x> 'a' "`])
  })

  test('takes off quote marks level by level', () => {
    expect(texts('> > a\n> > b\n> c')).toEqual(['a', 'b', 'c'])
    expect(texts('>> a\n>> b')).toEqual(['a', 'b'])
  })

  test('keeps the number of the line in the text', () => {
    expect(cleanLines('a\r\n\r\nb<br>c\nd').map(({ n, text }) => [n, text])).toEqual([
      [1, 'a'],
      [2, ''],
      [3, 'b'],
      [3, 'c'],
      [4, 'd'],
    ])
    expect(cleanLines('a\rb\r').map(({ n }) => n)).toEqual([1, 2])
  })

  test('reads a table of Markdown by its columns', () => {
    expect(texts('| client | address |\n|---|:---:|\n| client.4 | 1.1.2.1:0/7 |')).toEqual([
      'client    address',
      'client.4    1.1.2.1:0/7',
    ])
  })

  test('undoes what an editor made of quotes and dashes', () => {
    expect(texts('rados \u2013p \u2018rbd pool\u2019 \u2014format \u201cjson\u201d rbd\\_header.x')).toEqual([
      `rados -p 'rbd pool' --format "json" rbd_header.x`,
    ])
  })

  it.each([
    '>>> unknown pass through result category (1)',
    '>> NODE: 10.0.0.1 <<',
    '|Node|IP|Disconnected|Banned|',
    '- net type: tcp',
    '+----+----+',
    'ceph-osd 5527 root *627w   REG  252,0   292839 4196063 /data',
    '<3>[ 12.5] nfs: server a not responding',
    'ceph osd blocklist add <addr> [<expire>]',
    '[mon.a] is down [Kernel]',
    'Bob\u2019s datastore',
    "File: `/a/b' -> `/c'",
    '\t\tindented',
    '\u25cf ceph-osd@4.service - Ceph object storage daemon',
    "grep '^[[:space:]]*[a-z]' x",
    '/mnt/a\\040b nfs',
    '...',
    '****',
  ])('keeps %s', (line) => {
    expect(texts(line)).toEqual([line])
  })

  test('never changes an identifier that stands in plain text', () => {
    const word = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.:@/=-]{0,30}[A-Za-z0-9]$/)
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (words) => {
        const line = `x ${words.join('  ')}`
        expect(texts(line)).toEqual([line])
      }),
    )
  })

  test('takes any text, and changes a clean one no further', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        const once = cleanLines(text)
        for (const { text: line } of once) expect(line).not.toMatch(/(?!\t)[\p{Cc}\p{Cf}]/u)
        expect(once.map(({ n }) => n)).toEqual(once.map(({ n }) => n).sort((a, b) => a - b))
      }),
    )
  })

  test('reads one line of 5 MB in a moment', () => {
    const started = performance.now()
    for (const piece of ['x', '`', '<br', '[', '&', '> ', '- ', '|', 'a@b:', '**', '\\', '<http:a|', ' '])
      cleanLines(piece.repeat(400_000))
    expect(performance.now() - started).toBeLessThan(10_000)
  })
})

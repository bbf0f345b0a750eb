import fc from 'fast-check'
import { expect, it, test } from 'vitest'
import { programsOf } from '../../../../playbooks/shared/pasted/program.ts'
import { shellWords } from '../../../../playbooks/shared/pasted/words.ts'

it.each([
  ['rados -p rbd  listwatchers x', ['rados', '-p', 'rbd', 'listwatchers', 'x']],
  [`grep 'a b' "c \\" d" e\\ f`, ['grep', 'a b', 'c " d', 'e f']],
  ['ps aux|grep D', ['ps', 'aux', '|', 'grep', 'D']],
  ['a 2>&1 >/dev/null && b', ['a', '2>&1', '>', '/dev/null', '&&', 'b']],
  ['cat osd.2>x', ['cat', 'osd.2', '>', 'x']],
  ['ceph -s # how is it', ['ceph', '-s']],
  ['rbd info rbd/a#b', ['rbd', 'info', 'rbd/a#b']],
  [`echo ''`, ['echo', '']],
  ['', []],
])('splits %s like a shell', (line, words) => {
  expect(shellWords(line)).toEqual({ words, open: false })
})

test('says that a quote was left open', () => {
  expect(shellWords(`grep 'a b`)).toEqual({ words: ['grep', 'a b'], open: true })
})

test('gives back what was quoted for it, whatever it is', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), (words) => {
      const line = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
      expect(shellWords(line)).toEqual({ words, open: false })
    }),
  )
})

it.each([
  ['sudo -u ceph time timeout -k 1 5 /usr/bin/ceph -s 2>&1', [{ name: 'ceph', args: ['-s'], on: undefined }]],
  [
    'LANG=C ps aux | grep D',
    [
      { name: 'ps', args: ['aux'], on: undefined },
      { name: 'grep', args: ['D'], on: undefined },
    ],
  ],
  ['ssh -p 22 root@node5 cat /proc/locks', [{ name: 'cat', args: ['/proc/locks'], on: 'node5' }]],
  ["ssh node5 'sudo cat /proc/locks'", [{ name: 'cat', args: ['/proc/locks'], on: 'node5' }]],
  ['clush -w n[1-4] -b cat /proc/locks', [{ name: 'cat', args: ['/proc/locks'], on: 'n[1-4]' }]],
  ['onnode -p all ctdb status', [{ name: 'ctdb', args: ['status'], on: 'all' }]],
  ['cephadm shell -- ceph osd tree', [{ name: 'ceph', args: ['osd', 'tree'], on: undefined }]],
  [
    'kubectl -n rook-ceph exec -it deploy/rook-ceph-tools -- ceph status',
    [{ name: 'ceph', args: ['status'], on: undefined }],
  ],
  ['podman exec -it ceph-mon ceph -s', [{ name: 'ceph', args: ['-s'], on: undefined }]],
  ['watch -n 1 ceph -s', [{ name: 'ceph', args: ['-s'], on: undefined }]],
  [
    'ls > out; true',
    [
      { name: 'ls', args: [], on: undefined },
      { name: 'true', args: [], on: undefined },
    ],
  ],
  ['X=1', []],
])('finds the programs in %s', (line, programs) => {
  expect(programsOf(shellWords(line).words)).toEqual(programs)
})

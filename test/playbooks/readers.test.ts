import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseCommandLine } from '../../handlers/command-line.ts'
import { triage } from '../../jobs/triage.ts'
import { catalogue } from '../../playbooks/catalogue.ts'
import { readers } from '../../playbooks/readers.ts'
import { passagesOf } from '../../playbooks/shared/pasted/passages.ts'

const root = join(import.meta.dirname, '../../playbooks')

test('every folder that reads pasted text is registered, once, under its own name', () => {
  const folders = readdirSync(root).filter((name) => existsSync(join(root, name, 'from-text.ts')))
  expect(readers.map(({ playbook }) => playbook).sort()).toEqual(folders.sort())
})

test('every reader’s `wants` is a pattern for one line, in any case', () => {
  for (const { wants, playbook } of readers) expect(wants.flags, playbook).toBe('i')
})

/** An hour of what any machine logs: none of it is ours. */
const ORDINARY = [
  'Nov 20 03:10:10 node1 systemd[1]: Started Session 4711 of user root.',
  'Nov 20 03:10:10 node1 CRON[4711]: (root) CMD (command -v debian-sa1 > /dev/null && debian-sa1 1 1)',
  'Nov 20 03:10:10 node1 sshd[4711]: Accepted publickey for backup from 10.0.0.1 port 41062 ssh2: ED25519',
  '10.0.3.7 - - [20/Nov/2026:03:13:31 +0000] "GET /static/app-1093.js HTTP/1.1" 200 51093 "-" "curl/7.88.1"',
  '2026-11-20T03:13:31.1Z INFO  worker-1 request id=req-4711 took 113 ms, cache hit',
  'Nov 20 03:10:10 node1 dhclient[4711]: DHCPACK of 10.1.1.9 from 10.1.0.1',
]

test('finds nothing wrong in what any machine logs', async () => {
  const { findings } = await triage(ORDINARY.join('\n'))
  expect(findings.filter(({ severity }) => severity === 'warning' || severity === 'critical')).toEqual([])
})

test('no reader throws, for any text', () => {
  const pieces = fc.constantFrom(
    ...[
      'root@a:~# ',
      'watcher=1.1.2.1:0/7 client.4 cookie=1',
      'osd.4 down',
      '1: POSIX  ADVISORY  WRITE 7 00:14:2 0 EOF',
      'LustreError: 11-0: ',
      'ctdb',
      '|0|10.0.0.1|0|',
      'eui.6465336666353233',
      '{"',
      '":',
      '[',
      ']}',
      '\n',
      ' ',
      ':',
      '\t',
      '-',
      '999999999999999999999',
    ],
  )
  const text = fc
    .array(fc.oneof(pieces, fc.string({ unit: 'binary', maxLength: 6 })), { maxLength: 40 })
    .map((parts) => parts.join(''))
  fc.assert(
    fc.property(text, (pasted) => {
      const passages = passagesOf(pasted)
      for (const reader of readers)
        for (const { command } of reader.read(passages, 1_800_000_000_000).next)
          expect(parseCommandLine(command, catalogue), command).toMatchObject({ ok: true })
    }),
    { numRuns: 300 },
  )
})

import { expect, test } from 'vitest'
import { finished } from '../../../../playbooks/shared/ceph/errors.ts'
import type { NotSeenCode } from '../../../../playbooks/shared/probe.ts'
import { fixture, notSeen, output } from './fixture.ts'

const captured: [name: string, exitCode: number, code: NotSeenCode, says: string][] = [
  ['err-noobj', 1, 'absent', 'no object `rbd/rbd_header.deadbeef`'],
  ['err-nopool', 1, 'absent', 'no pool `nopool`'],
  ['err-nopool-rbd', 2, 'absent', 'no pool `nopool`'],
  ['err-noimage', 2, 'absent', 'no image `noimage`'],
  ['err-noconf', 1, 'failed', 'ceph.conf'],
  ['err-noconf-ceph', 1, 'failed', 'ceph.conf'],
  ['err-wrongkey-rados', 1, 'denied', 'wrong key'],
  ['err-wrongkey-ceph', 13, 'denied', 'wrong key'],
  ['err-wrongkey-rbd', 13, 'denied', 'wrong key'],
  ['err-unknownuser-ceph', 1, 'denied', 'user that does not exist'],
  ['err-nokeyring-rados', 1, 'denied', 'no keyring'],
  ['err-nokeyring-ceph', 1, 'denied', 'no keyring'],
  ['err-caps-blocklist-ro', 13, 'denied', 'capabilities'],
  ['ro-rbdstatus', 1, 'denied', 'capabilities'],
  ['bl-20-listwatchers-afterrm', 1, 'denied', 'blocklisted'],
  ['mondead-ceph-ct5', 1, 'timed-out', 'did not answer'],
  ['mondead-rados-cmt5', 1, 'timed-out', 'could not connect'],
  ['monstop-rbd-cmt5', 110, 'timed-out', 'could not connect'],
  ['default-mondead-ceph', 1, 'timed-out', 'did not answer'],
  ['osdstop-rados-osdop5', 1, 'timed-out', 'the OSD that holds `rbd/rbd_header.101fc61a18fe`'],
  ['osdstop-rbd-osdop5', 110, 'timed-out', 'the OSD that holds `img`'],
  ['osdstopped-tell', 6, 'failed', '`osd.1` does not answer'],
  ['bl-13-add-bad', 22, 'failed', 'not an address: `not-an-address`'],
  ['err-badflag', 1, 'failed', 'does not know the command'],
]

test.each(captured)('%s (exit code %i) is %s', (name, exitCode, code, says) => {
  const message = notSeen(() => finished(output({ stderr: fixture(`${name}.err.txt`), exitCode })), code)
  expect(message).toContain(says)
  expect(message).not.toContain('\n')
})

test('names an error that it does not know by its last line, made safe', () => {
  const message = notSeen(
    () => finished(output({ stderr: 'x\nboom `rm -rf` \u202e\n\n', exitCode: 5 })),
    'failed',
  )
  expect(message).toBe('exit code 5: `boom \\u{60}rm -rf\\u{60} \\u{202e}`')
  expect(notSeen(() => finished(output({ exitCode: null })), 'failed')).toContain('signal')
})

test('lets no output pass that was cut', () => {
  notSeen(() => finished(output({ stdout: '[]', truncated: true })), 'unparsable')
})

test('lets no failed command pass because it printed something', () => {
  notSeen(() => finished(output({ stdout: '[]', exitCode: 1 })), 'failed')
})

test('knows a pasted error for an error', () => {
  notSeen(() => finished(fixture('err-noobj.err.txt')), 'absent')
})

import { expect, test } from 'vitest'
import { whyNot } from '../../../jobs/hosts/ssh-failure.ts'

const host = { address: 'node1', user: 'unwedge', port: 2222, knownHosts: '/etc/unwedge/known_hosts' }

// captured from OpenSSH 9.2 (Debian 12), names changed; those marked with * by hand from its source
test.each([
  [
    'ssh: connect to host node1 port 2222: Connection refused\r\n',
    'nothing listens on node1 port 2222. Is sshd running there?',
  ],
  [
    'Connection timed out during banner exchange\r\nConnection to node1 port 2222 timed out\r\n',
    'its sshd says nothing',
  ],
  ['ssh: connect to host node1 port 2222: Connection timed out\r\n', 'does not answer: the host is down'],
  ['ssh: connect to host node1 port 2222: No route to host\r\n', 'there is no route to node1'],
  [
    'ssh: Could not resolve hostname node1: Name or service not known\r\n',
    'there is no address for the name node1',
  ],
  ['unwedge@node1: Permission denied (publickey).\r\n', 'refuses our key for user unwedge'],
  [
    'No ED25519 host key is known for [node1]:2222 and you have requested strict checking.\r\nHost key verification failed.\r\n',
    'ssh-keyscan -p 2222 node1',
  ],
  [
    '@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r\nHost key verification failed.\r\n',
    'put its new key into /etc/unwedge/known_hosts',
  ],
  [
    'kex_exchange_identification: Connection closed by remote host\r\n',
    'closed the connection before the login',
  ],
  [
    'Received disconnect from 10.0.0.1 port 22:2: Too many authentication failures\r\n' /* * */,
    'after too many keys',
  ],
  [
    'Unable to negotiate with 10.0.0.1 port 22: no matching host key type found. Their offer: ssh-rsa,ssh-dss\r\n' /* * */,
    "offers only what today's ssh refuses (host key type: ssh-rsa,ssh-dss)",
  ],
])('says in one sentence what it is and what to do: %j', (stderr, says) => {
  const sentence = whyNot(host, `some noise before\n${stderr}`)
  expect(sentence).toContain(says)
  expect(sentence).toMatch(/^[^\r\n]{20,300}[.?]$/)
})

test('repeats what it does not know, and says so when there was nothing', () => {
  expect(whyNot(host, 'a\nsomething new\r\n')).toBe('ssh unwedge@node1 port 2222 says: something new')
  expect(whyNot(host, '')).toBe('ssh unwedge@node1 port 2222 ended without a word.')
})

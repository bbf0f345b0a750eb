import { expect, test } from 'vitest'
import { becoming, notFoundBySudo, refusedByGate, refusedBySudo } from '../../../jobs/hosts/become.ts'
import { GATE, gateSudoers, sudoersLine } from '../../../jobs/hosts/sudoers.ts'

test('allows the gate to one user, and bounds the time of what it runs', () => {
  expect(gateSudoers('unwedge')).toEqual([
    'Defaults!/usr/local/sbin/unwedge-gate !requiretty, !use_pty',
    'Defaults!/usr/local/sbin/unwedge-gate command_timeout=120',
    'unwedge ALL=(root) NOPASSWD: /usr/local/sbin/unwedge-gate',
  ])
})

test('keeps what sudoers would read as its own: wildcards, separators, backslashes', () => {
  expect(sudoersLine('unwedge', ['/usr/bin/ls', 'a b', 'c,d:e=f', '*?[x]', '\\', '#'])).toBe(
    'unwedge ALL=(root) NOPASSWD: /usr/bin/ls a\\ b c\\,d\\:e\\=f \\*\\?\\[x\\] \\\\\\\\ \\#',
  )
})

test.each([
  ['not-absolute', ['cat', '/proc/locks']],
  ['bad-text', ['/usr/bin/ls', '']],
  ['bad-text', ['/usr/bin/ls', '^.*$']],
  ['bad-text', ['/usr/bin/ls', 'a\nroot ALL=(ALL) ALL']],
])('refuses a line that would allow more than it says: %s %j', (code, command) => {
  expect(() => sudoersLine('unwedge', command)).toThrow(
    expect.objectContaining({ name: 'SudoersRefused', code }),
  )
})

test('refuses a user name that would be more than one', () => {
  for (const line of [() => sudoersLine('ALL, root', ['/usr/bin/id']), () => gateSudoers('ALL, root')])
    expect(line).toThrow(expect.objectContaining({ code: 'bad-name' }))
})

test('runs as root by sudo without a question, and the command cannot be an option of it', () => {
  expect(becoming('sudo', ['-x', 'y'])).toEqual(['sudo', '-n', '--', '-x', 'y'])
  expect(becoming('gate', ['-x', 'y'])).toEqual(['sudo', '-n', '--', GATE, '-x', 'y'])
  expect(becoming(undefined, ['id'])).toEqual(['id'])
})

const asked = { host: 'node1', user: 'unwedge', argv: ['rbd', 'status', 'vol7'], path: '/usr/bin/rbd' }
// by hand from the sources of sudo 1.7 to 1.9; the first was captured on 1.9.13
test.each([
  'sudo: a password is required\n',
  'sudo: sorry, a password is required to run sudo\n',
  "Sorry, user unwedge is not allowed to execute '/usr/bin/rbd status vol7' as root on node1.\n",
  'unwedge is not in the sudoers file.  This incident will be reported.\n',
  'sudo: sorry, you must have a tty to run sudo\n',
  'sudo: unable to resolve host node1: Name or service not known\nsudo: a password is required\n',
])('tells a refusal of sudo’s, and the line that would allow it: %j', (stderr) => {
  const sentence = refusedBySudo(asked, { stdout: '', stderr })
  expect(sentence).toMatch(
    /^sudo does not allow `rbd` on node1 \("[^\n]+"\)\. Add to \/etc\/sudoers\.d\/unwedge there, with visudo -f: /,
  )
  expect(sentence).toMatch(/unwedge ALL=\(root\) NOPASSWD: \/usr\/bin\/rbd status vol7$/)
})

test('takes nothing for a refusal that the command says itself', () => {
  expect(refusedBySudo(asked, { stdout: '', stderr: 'rbd: error opening image: sudo: no\n' })).toBeUndefined()
  expect(
    refusedBySudo(asked, { stdout: 'output\n', stderr: 'sudo: a password is required\n' }),
  ).toBeUndefined()
  expect(notFoundBySudo('rbd', 'sudo: rbd: command not found\n')).toBe(true)
  expect(notFoundBySudo('rbd', 'rbd: command not found\n')).toBe(false)
})

const gated = { host: 'node1', argv: ['rbd', 'status', 'vol7'] }
const install = 'install the one that `unwedge hosts gate node1` prints'
test.each([
  [
    126,
    'unwedge-gate: this command is not allowed here',
    'denied',
    `the gate on node1 does not allow \`rbd\` with these arguments; ${install}`,
  ],
  [
    127,
    'unwedge-gate: rbd is not installed',
    'not-found',
    '`rbd` is not installed on node1 (not on the PATH of the gate)',
  ],
  [1, `sudo: ${GATE}: command not found`, 'denied', `there is no gate on node1 (${GATE}); ${install}`],
  [
    1,
    'sudo: a password is required',
    'denied',
    'sudo does not allow the gate on node1 ("sudo: a password is required"). Add to /etc/sudoers.d/unwedge there, with visudo -f, what `unwedge hosts sudoers node1` prints',
  ],
])(
  'tells what the gate or sudo says from what the command says: %i %s',
  (exitCode, stderr, outcome, reason) => {
    expect(refusedByGate(gated, { exitCode, stdout: '', stderr: `${stderr}\n` })).toEqual({ outcome, reason })
    expect(refusedByGate(gated, { exitCode: 2, stdout: '', stderr: `${stderr}\n` })).toBeUndefined()
    expect(refusedByGate(gated, { exitCode, stdout: 'output\n', stderr: `${stderr}\n` })).toBeUndefined()
    expect(refusedByGate(gated, { exitCode, stdout: '', stderr: `rbd: ${stderr}\n` })).toBeUndefined()
  },
)

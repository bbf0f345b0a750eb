import { expect, test } from 'vitest'
import { becoming, notFoundBySudo, refusedBySudo } from '../../../jobs/hosts/become.ts'
import { type CommandPattern, sudoersFile, sudoersLine } from '../../../jobs/hosts/sudoers.ts'

const file = (commands: CommandPattern[]) => sudoersFile({ role: 'nfs-server', user: 'unwedge', commands })

test('allows exactly the commands of a role, sorted, each once, and bounds their time', () => {
  const cat: CommandPattern = ['/usr/bin/cat', '/proc/locks']
  expect(file([cat, ['/usr/bin/ls', { any: true }], ['/usr/bin/id'], cat])).toBe(`\
# What unwedge needs on a host with the role nfs-server. Install: visudo -f /etc/sudoers.d/unwedge-nfs-server
# sshd gives it no terminal, and nobody is there to type a password.
Cmnd_Alias UNWEDGE_NFS_SERVER = \\
    /usr/bin/cat /proc/locks, \\
    /usr/bin/id "", \\
    /usr/bin/ls *
Defaults!UNWEDGE_NFS_SERVER !requiretty, !use_pty
Defaults!UNWEDGE_NFS_SERVER command_timeout=120
unwedge ALL=(root) NOPASSWD: UNWEDGE_NFS_SERVER
`)
})

test('allows nothing when a role needs nothing', () => {
  expect(file([])).toContain('# This role needs nothing as root.\n')
  expect(file([])).not.toContain('NOPASSWD')
})

test('keeps what sudoers would read as its own: wildcards, separators, backslashes', () => {
  expect(sudoersLine('unwedge', ['/usr/bin/ls', 'a b', 'c,d:e=f', '*?[x]', '\\', '#'])).toBe(
    'unwedge ALL=(root) NOPASSWD: /usr/bin/ls a\\ b c\\,d\\:e\\=f \\*\\?\\[x\\] \\\\\\\\ \\#',
  )
})

test.each([
  ['not-absolute', ['cat', '/proc/locks']],
  ['shell', ['/bin/sh', '-c', { any: true }]],
  ['shell', ['/usr/bin/python3.11', { any: true }]],
  ['bad-text', ['/usr/bin/ls', '']],
  ['bad-text', ['/usr/bin/ls', '^.*$']],
  ['bad-text', ['/usr/bin/ls', 'a\nroot ALL=(ALL) ALL']],
] as [string, CommandPattern][])(
  'refuses a pattern that would allow more than it says: %s %j',
  (code, pattern) => {
    expect(() => file([pattern])).toThrow(expect.objectContaining({ name: 'SudoersRefused', code }))
  },
)

test('refuses a user name that would be more than one', () => {
  expect(() => sudoersLine('ALL, root', ['/usr/bin/id'])).toThrow(
    expect.objectContaining({ code: 'bad-name' }),
  )
})

test('runs as root by sudo without a question, and the command cannot be an option of it', () => {
  expect(becoming('sudo', ['-x', 'y'])).toEqual(['sudo', '-n', '--', '-x', 'y'])
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

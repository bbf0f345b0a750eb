import { expect, test } from 'vitest'
import { connect } from '../../../jobs/hosts/ssh-arguments.ts'
import { readSshHost, type SshHost } from '../../../jobs/hosts/ssh-settings.ts'

test.each([
  [{ address: '-oProxyCommand=touch /tmp/x' }, 'address'],
  [{ address: 'user@host' }, 'address'],
  [{ address: 'ssh://host' }, 'address'],
  [{ address: 'h;id' }, 'address'],
  [{ address: '' }, 'address'],
  [{ user: '-root' }, 'user'],
  [{ user: 'a b' }, 'user'],
  [{ keyFile: 'id' }, 'keyFile'],
  [{ keyFile: '/a$' + '{HOME}' }, 'keyFile'],
  [{ knownHosts: '/a"b' }, 'knownHosts'],
  [{ knownHosts: '/a\nb' }, 'knownHosts'],
  [{ port: 0 }, 'port'],
  [{ jump: { address: '-J' } }, 'jump.address'],
  [{ jump: {} as never }, 'jump'],
] as [SshHost & { keyFile?: string }, string][])(
  'refuses settings that could be more than what they are: %j',
  (settings, path) => {
    expect(() => readSshHost('h', settings)).toThrow(
      expect.objectContaining({ name: 'SshUnusable', message: expect.stringContaining(`${path}: expected`) }),
    )
  },
)

test('refuses the name of a host as its address when it could be an option', () => {
  expect(() => readSshHost('-v', {})).toThrow('Host -v cannot be reached over ssh')
})

test.each(['node1', '10.0.0.1', 'fe80::1', 'fe80::1%eth0', '::1', 'node-1.example.org'])(
  'takes an address as it is: %s',
  (address) => {
    expect(readSshHost('h', { address }).address).toBe(address)
  },
)

test('reads no configuration, learns no key, asks nothing, and passes nothing on', () => {
  const host = readSshHost('node1', { keyFile: '/k 1', knownHosts: '/h%', user: 'unwedge', port: 2222 })
  const argv = connect(host, { socket: '/s/0', seconds: 3, via: undefined }, 'line')
  for (const option of [
    'StrictHostKeyChecking=yes',
    'BatchMode=yes',
    'UpdateHostKeys=no',
    'ForwardAgent=no',
    'ForwardX11=no',
    'IdentitiesOnly=yes',
    'IdentityFile="/k 1"',
    'UserKnownHostsFile="/h%%"',
  ])
    expect(argv).toContain(option)
  expect(argv.slice(0, 3)).toEqual(['ssh', '-F', '/dev/null'])
  expect(argv.slice(-7)).toEqual(['-l', 'unwedge', '-p', '2222', '--', 'node1', 'line'])
})

import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { gateFor, shapesFor } from '../../../jobs/hosts/gate.ts'
import { gateScript } from '../../../jobs/hosts/gate-script.ts'
import { catalogue } from '../../../playbooks/catalogue.ts'
import { RENAME } from '../../../playbooks/lock/scripts.ts'
import { ANY } from '../../../playbooks/shared/as-root.ts'
import { type Host, Role } from '../../../playbooks/shared/inventory.ts'
import { allPlaybooks } from '../../../playbooks/shared/playbook.ts'
import { allowedBy, SHELLS } from './gate-shell.ts'

const host: Host = { name: 'h', addresses: [], roles: [...Role.options], lockRoots: ['/srv/nfs/locks'] }
const options = {
  playbooks: await allPlaybooks(catalogue),
  inventory: { cluster: 'c', hosts: [host] },
  host,
  user: 'unwedge',
}
const { script, version } = gateFor(options)
const folder = mkdtempSync(join(tmpdir(), 'unwedge-gate-'))
afterAll(() => rmSync(folder, { recursive: true }))

const rename = (from: string, to: string) => ['perl', '-e', RENAME, '--', from, to, '64768', '2189058']
const refused: string[][] = [
  [],
  [''],
  ['sh'],
  ['-c', 'id'],
  ['cat', '/etc/shadow'],
  ['cat', '/proc/uptime', '/etc/shadow'],
  ['/bin/cat', '/proc/uptime'],
  ['grep', '-rsHE', '^(mnt_id|ino|lock):', '/proc/1/../../etc'],
  ['grep', '-rsHE', '^(mnt_id|ino|lock):', '/proc/1x/fdinfo'],
  ['grep', '-rsHE', '^(mnt_id|ino|lock):', '/proc/1/fdinfo', '/etc/shadow'],
  ['grep', '-F', '-e', ':12 ', '/etc/shadow'],
  ['grep', '-F', '-e', ':12 ', '-f', '/etc/shadow', '/proc/locks'],
  ['find', '/proc/1/fd', '-mindepth', '1', '-maxdepth', '1', '-exec', 'sh', ';'],
  ['stat', '-c', '%D %i %f %h %s %Y', '/etc/shadow'],
  ['stat', '-c', '%D %i %f %h %s %Y', '--', 'relative'],
  ['stat', '-c', '%D %i %f %h %s %Y', '--', '/srv/../etc/x'],
  ['stat', '-c', '%D %i %f %h %s %Y', '--', '/srv/..'],
  ['stat', '-c', '%D %i %f %h %s %Y', '--', '/srv/a\nb'],
  ['tail', '-c', '262144', '/var/log/../../etc/shadow'],
  ['tail', '-c', '262144', '/var/log/'],
  ['tail', '-c', '262144', '/etc/shadow'],
  ['truncate', '-c', '-s', '0', '/etc/shadow'],
  ['perl', '-e', 'exec "sh"'],
  rename('/etc/shadow', '/etc/shadow.unwedge-1'),
  rename('/srv/nfs/locks/../../etc/shadow', '/srv/nfs/locks/x'),
  rename('/srv/nfs/locks', '/srv/nfs/locks/x'),
  ['python3', '-c', 'import os'],
  ['kill', '-KILL'],
  ['kill', '-KILL', '-1'],
  ['kill', '-9', '12'],
  ['kill', '-KILL', '12', '12;id'],
  ['systemctl', 'restart', 'sshd.service'],
  ['systemctl', 'restart', 'ceph-osd@1.service', 'sshd.service'],
  ['systemctl', 'restart', 'ceph-osd@1 .service'],
  ['mount', '-o'],
  ['mount', 'none'],
  ['mount', '/dev/sda1', '/etc'],
  ['prlimit', '--pid', '1', '--nofile=1:1'],
  ['sg_raw', '/dev/sda', '5f', '00', '00', '00', '00', '00'],
  ['sg_raw', '/etc/passwd', '16', '00', '00', '00', '00', '00'],
  ['ceph', '--connect-timeout', '5', 'osd', 'blocklist', 'add', '10.0.0.1', '3600'],
  ['ceph', '--connect-timeout', '5', 'osd', 'blocklist', 'add', '10.0.0.1:0/1', '360000'],
  ['ceph', '--connect-timeout', '5', 'osd', 'blocklist', 'clear'],
  ['ceph', '-c', '/tmp/ceph.conf', '--connect-timeout', '5', 'versions', '-f', 'json'],
  ['rados', '--client_mount_timeout=5', '--rados-osd-op-timeout=5', '-p', '-c', 'listwatchers', 'x'],
  ['lctl', 'ping', '-x', '5'],
]

test.each(SHELLS)('refuses what leads elsewhere, in %s', (...shell) => {
  const answers = allowedBy(shell, script, refused)
  expect(refused.filter((_, at) => answers[at])).toEqual([])
  expect(allowedBy(shell, script, [rename('/srv/nfs/locks/a b', '/srv/nfs/locks/a b.unwedge-1')])).toEqual([
    true,
  ])
})

describe.each(SHELLS)('the script, run by %s', (...[shell, ...own]) => {
  const run = (text: string, argv: readonly string[], env: Record<string, string> = {}) => {
    const file = join(folder, 'gate')
    writeFileSync(file, text)
    const { status, stdout, stderr } = spawnSync(shell!, [...own, file, ...argv], {
      env: { PATH: `/nowhere:${process.env.PATH}`, ...env },
      encoding: 'utf8',
    })
    return { status, stdout, stderr }
  }
  test('executes exactly what was asked, without the environment of the caller', () => {
    const { script: echo } = gateScript(
      [{ roles: 'any', argv: ['printf', '%s|', ANY.path, '$(id) `id` * "\'\\'] }],
      [],
    )
    const path = '/a b/$(id)/*/`id`/"\'\\ é'
    expect(run(echo, ['printf', '%s|', path, '$(id) `id` * "\'\\'])).toEqual({
      status: 0,
      stdout: `${path}|$(id) \`id\` * "'\\|`,
      stderr: '',
    })
    const env = gateScript([{ roles: 'any', argv: ['env'] }], []).script
    const { stdout } = run(env, ['env'], {
      LD_PRELOAD: '',
      PERL5OPT: '-Mx',
      CEPH_ARGS: '-c /tmp/x',
      LC_ALL: 'de_DE',
    })
    expect(
      stdout
        .split('\n')
        .map((line) => line.replace(/=.*/, ''))
        .filter(Boolean)
        .toSorted(),
    ).toEqual(expect.arrayContaining(['HOME', 'LANG', 'LC_ALL', 'PATH']))
    expect(stdout).not.toMatch(/PERL5OPT|CEPH_ARGS|nowhere|de_DE/)
  })

  test('says in its own words what it refuses, what is not there, and which one it is', () => {
    expect(run(script, ['sh', '-c', 'id'])).toEqual({
      status: 126,
      stdout: '',
      stderr: 'unwedge-gate: this command is not allowed here\n',
    })
    expect(run(gateScript([{ roles: 'any', argv: ['no-such-tool'] }], []).script, ['no-such-tool'])).toEqual({
      status: 127,
      stdout: '',
      stderr: 'unwedge-gate: no-such-tool is not installed\n',
    })
    expect(run(script, ['--version'])).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' })
    expect(run(script, ['--version', 'x']).status).toBe(126)
  })
})

test('is another version when anything that it allows is another, and the same for another name or user', () => {
  const other = (differs: Partial<Host>) => gateFor({ ...options, host: { ...host, ...differs } }).version
  expect(other({ name: 'x' })).toBe(version)
  expect(gateFor({ ...options, user: 'lin' }).version).toBe(version)
  expect(other({ lockRoots: ['/srv'] })).not.toBe(version)
  expect(other({ roles: ['osd-host'] })).not.toBe(version)
  const ceph = { cluster: 'c', hosts: [host], ceph: { user: 'x' } }
  expect(gateFor({ ...options, inventory: ceph }).version).not.toBe(version)
})

test('gives a host only what its roles need', () => {
  const of = (...roles: Role[]) =>
    shapesFor({ ...options, host: { name: 'h', addresses: [], roles } }).map(({ argv }) => argv[0]!)
  expect(
    of('nfs-client').filter((program) => /^(rbd|ctdb|kill|perl|truncate|mount|sg_raw)$/.test(program)),
  ).toEqual([])
  expect(of('ctdb-node')).toEqual(expect.arrayContaining(['ctdb', 'kill', 'truncate']))
  expect(of('osd-host')).not.toContain('rados')
})

test.each([
  [['sh', '-c', ANY.text].reverse(), 'one word that never varies'],
  [['cat', `${ANY.path}/x${ANY.digits}`], 'path takes what follows'],
  [['cat', `${ANY.word}.service.${ANY.digits}`], 'word takes what follows'],
])('refuses a shape that it could not compare: %j', (argv, why) => {
  expect(() => gateScript([{ roles: 'any', argv }], [])).toThrow(why)
})

test('keeps the host’s name inside its comment', () => {
  const { script: text } = gateFor({ ...options, host: { ...host, name: 'h\nrm -rf /\r' } })
  expect(text).not.toMatch(/^rm/m)
  const file = join(folder, 'named')
  writeFileSync(file, text)
  chmodSync(file, 0o755)
  expect(spawnSync(file, ['--version'], { encoding: 'utf8' }).stdout).toBe(`${version}\n`)
})

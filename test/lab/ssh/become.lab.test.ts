import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkHosts } from '../../../jobs/hosts/check-hosts.ts'
import { openCluster } from '../../../jobs/hosts/cluster.ts'
import { GATE, gateSudoers, sudoersLine } from '../../../jobs/hosts/sudoers.ts'
import { command, open, processesOf, scratch, timed, until } from './commands.ts'
import { type Sshd, signal, startSshd } from './sshd.ts'

/** A user without any rights, for this run. Needs root and sudo. */
const user = `unwedge-${process.pid}`
const file = `/etc/sudoers.d/unwedge-lab-${process.pid}`
let sshd: Sshd

beforeAll(async () => {
  execFileSync('useradd', ['--no-create-home', '--shell', '/bin/sh', '--password', '*', user])
  sshd = await startSshd()
})
afterAll(async () => {
  await sshd.end()
  rmSync(file, { force: true })
  // its last session may take a moment to leave
  await until(() => spawnSync('userdel', [user]).status === 0)
})

const settings = () => ({ ...sshd.settings, user, become: 'sudo' as const })

function allow(text: string): void {
  writeFileSync(file, text)
  chmodSync(file, 0o440)
  execFileSync('visudo', ['-c', '-q', '-f', file])
}

describe('sudo', () => {
  test('that does not allow a command says so, with the line that would', async () => {
    rmSync(file, { force: true })
    const ran = await open({ h: settings() }).ask(command(['id', '-u']))
    expect(ran).toMatchObject({ outcome: 'denied', exitCode: null, stdout: '' })
    expect(ran.reason).toBe(
      `sudo does not allow \`id\` on h ("sudo: a password is required"). Add to /etc/sudoers.d/unwedge there, with visudo -f: ${user} ALL=(root) NOPASSWD: /usr/bin/id -u`,
    )
  })

  test('that allows the printed line runs it, as root, and nothing else', async () => {
    const odd = ['printf', '%s|', 'a b', 'c,d:e=f', '*', '?', '[x]', '\\', '"', "'", '#', '!', '🧱', '$(id)']
    const lines = [['/usr/bin/id', '-u'], ['/usr/bin/id'], ['/usr/bin/printf', ...odd.slice(1)]]
    allow(`${lines.map((line) => sudoersLine(user, line)).join('\n')}\n`)
    const { ask } = open({ h: settings() })
    expect(await ask(command(['id', '-u']))).toMatchObject({
      outcome: 'exited',
      exitCode: 0,
      stdout: '0\n',
      stderr: '',
    })
    expect((await ask(command(['id']))).stdout).toContain('uid=0(root)')
    expect((await ask(command(odd as [string]))).stdout).toBe(
      odd
        .slice(2)
        .map((argument) => `${argument}|`)
        .join(''),
    )
    for (const other of [
      ['id', '-g'],
      ['id', '-u', '-n'],
      ['printf', '%s|', 'a', 'b'],
      ['cat', '/etc/shadow'],
    ] as const)
      expect((await ask(command(other))).outcome).toBe('denied')
  })

  test('keeps the exit code, the output and the absence of a command as they are', async () => {
    allow(`${user} ALL=(root) NOPASSWD: ALL\n`)
    const { ask } = open({ h: settings() })
    expect(await ask(command(['sh', '-c', 'id -u; echo err >&2; exit 1']))).toMatchObject({
      outcome: 'exited',
      exitCode: 1,
      stdout: '0\n',
      stderr: 'err\n',
    })
    expect(await ask(command(['sh', '-c', 'exit 255']))).toMatchObject({ outcome: 'exited', exitCode: 255 })
    expect(await ask(command(['no-such-tool']))).toMatchObject({
      outcome: 'not-found',
      reason: expect.stringContaining('`no-such-tool` is not installed'),
    })
    expect((await ask(command(['printf', '%s', '-n\n"\'$(id)🧱']))).stdout).toBe('-n\n"\'$(id)🧱')
    expect((await ask(command(['id', '-un'], { asLoginUser: true }))).stdout).toBe(`${user}\n`)
  })

  test('ends a command of root’s as well', async () => {
    const seconds = `4${process.pid}`
    allow(`${user} ALL=(root) NOPASSWD: ALL\n`)
    const { ask } = open({ h: settings() })
    expect((await ask(command(['sleep', '0']))).outcome).toBe('exited')
    const [ran, ms] = await timed(ask(command(['sleep', seconds], { limitMs: 600 })))
    expect(ran).toMatchObject({ outcome: 'timed-out' })
    expect(ms).toBeLessThan(1200)
    await until(() => processesOf('sleep', seconds).length === 0)
  })

  test('ends one that ignores us by the limit in the printed file', async () => {
    const seconds = `5${process.pid}`
    const deaf = `trap "" TERM HUP; sleep ${seconds}`
    const lines = gateSudoers(user, 2).map((line) => line.replace(GATE, '/usr/bin/sh'))
    allow(`${lines.join('\n')}\n`)
    const { ask } = open({ h: settings() })
    await ask(command(['true'], { asLoginUser: true }))
    const ran = await ask(command(['sh', '-c', deaf], { limitMs: 600 }))
    expect(ran).toMatchObject({
      outcome: 'timed-out',
      reason: expect.stringContaining('could not be ended there'),
    })
    await until(() => processesOf('sh', '-c', deaf).length === 0, 8)
    for (const pid of processesOf('sleep', seconds)) signal(pid, 'SIGKILL')
  })
})

test('hosts are checked in one round trip each, as the login user: reachable, tools, why not', async () => {
  rmSync(file, { force: true })
  const hosts = [
    { name: 'up', addresses: [], roles: ['osd-host' as const], transport: 'ssh' as const },
    { name: 'down', addresses: [], roles: ['nfs-server' as const], transport: 'ssh' as const },
  ]
  const ssh = { stateDir: scratch(), hosts: { up: settings(), down: { ...settings(), port: 1 } } }
  const cluster = openCluster({ name: 'c', hosts, ssh })
  const seen: string[] = []
  const toolsFor = () => ['ls', 'no-such-tool', 'ls; id', '-n']
  const [up, down] = await checkHosts(cluster, { toolsFor, onHost: ({ host }) => seen.push(host) })
  await cluster.close()
  expect(up).toEqual({
    host: 'up',
    roles: ['osd-host'],
    latencyMs: expect.any(Number),
    tools: { ls: expect.stringMatching(/^\/.*bin\/ls$/), 'no-such-tool': null, 'ls; id': null, '-n': null },
  })
  expect(down).toMatchObject({
    latencyMs: null,
    tools: {},
    whyNot: expect.stringContaining('nothing listens on 127.0.0.1 port 1'),
  })
  expect(seen.toSorted()).toEqual(['down', 'up'])
})

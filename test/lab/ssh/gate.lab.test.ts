import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCheck } from '../../../jobs/check.ts'
import { checkHosts } from '../../../jobs/hosts/check-hosts.ts'
import { openCluster } from '../../../jobs/hosts/cluster.ts'
import { gateFor } from '../../../jobs/hosts/gate.ts'
import { GATE, gateSudoers } from '../../../jobs/hosts/sudoers.ts'
import { catalogue } from '../../../playbooks/catalogue.ts'
import { lock } from '../../../playbooks/lock/index.ts'
import { renameArgv } from '../../../playbooks/lock/scripts.ts'
import type { Host } from '../../../playbooks/shared/inventory.ts'
import type { Playbook } from '../../../playbooks/shared/playbook.ts'
import { allPlaybooks } from '../../../playbooks/shared/playbook.ts'
import { command, open, scratch, until } from './commands.ts'
import { type Sshd, startSshd } from './sshd.ts'

/** A user without any rights, for this run. Needs root, sudo and a machine without a gate of its own. */
const user = `unwedge-gate-${process.pid}`
const file = `/etc/sudoers.d/unwedge-gate-lab-${process.pid}`
const folder = mkdtempSync(join(tmpdir(), 'unwedge-gate-lab-'))
const host: Host = { name: 'h', addresses: [], roles: ['nfs-server'], lockRoots: [folder] }
const options = {
  playbooks: await allPlaybooks(catalogue),
  inventory: { cluster: 'c', hosts: [host] },
  host,
  user,
}
const versions = () => ({
  all: gateFor(options).version,
  checksOnly: gateFor({ ...options, checksOnly: true }).version,
})
let sshd: Sshd
let holder: ChildProcess

beforeAll(async () => {
  if (existsSync(GATE)) throw new Error(`${GATE} is there already`)
  execFileSync('useradd', ['--no-create-home', '--shell', '/bin/sh', '--password', '*', user])
  writeFileSync(file, `${gateSudoers(user).join('\n')}\n`)
  chmodSync(file, 0o440)
  execFileSync('visudo', ['-c', '-q', '-f', file])
  // what the user cannot even list
  chmodSync(folder, 0o700)
  writeFileSync(join(folder, 'a lock'), '')
  holder = spawn('flock', [join(folder, 'a lock'), 'sleep', '600'], { stdio: 'ignore', detached: true })
  sshd = await startSshd()
})
afterAll(async () => {
  process.kill(-holder.pid!, 'SIGKILL')
  rmSync(GATE, { force: true })
  await sshd.end()
  rmSync(file, { force: true })
  rmSync(folder, { recursive: true })
  await until(() => spawnSync('userdel', [user]).status === 0)
})

const settings = () => ({ ...sshd.settings, user, become: 'gate' as const })
function install(checksOnly = false): void {
  rmSync(GATE, { force: true })
  writeFileSync(GATE, gateFor({ ...options, checksOnly }).script, { mode: 0o755 })
}
const cluster = () =>
  openCluster({
    name: 'c',
    hosts: [{ ...host, transport: 'ssh' as const }],
    ssh: { stateDir: scratch(), hosts: { h: settings() } },
  })
async function gateOfHost() {
  const opened = cluster()
  const [checked] = await checkHosts(opened, { toolsFor: () => ['ls'], gateOf: versions })
  await opened.close()
  return checked?.gate
}

test('a host without a gate says so, and how to get one', async () => {
  const why = `there is no gate on h (${GATE}); install the one that \`unwedge hosts gate h\` prints`
  expect(await open({ h: settings() }).ask(command(['cat', '/proc/uptime']))).toMatchObject({
    outcome: 'denied',
    reason: why,
  })
  expect(await gateOfHost()).toEqual({ state: 'unusable', why })
})

test('a check runs through it, as root, and finds the holder that the login user cannot see', async () => {
  install()
  expect(await gateOfHost()).toEqual({ state: 'current' })
  const opened = cluster()
  const { result } = await runCheck({
    playbook: lock as Playbook,
    args: { target: join(folder, 'a lock'), on: 'h', interval: '0' },
    cluster: opened,
  })
  await opened.close()
  expect(result.diagnosis.looked).toBe(true)
  expect(JSON.stringify(result.diagnosis.findings)).toContain(`pid ${holder.pid}`)
  expect(JSON.stringify(result)).not.toContain('does not allow')
})

test('what it does not allow is refused, and sudo allows nothing beside it', async () => {
  install()
  const { ask } = open({ h: settings() })
  expect((await ask(command(['cat', '/proc/uptime']))).stdout).toMatch(/^\d+\.\d+ /)
  for (const argv of [
    ['cat', '/etc/shadow'],
    ['sh', '-c', 'id'],
    ['cat', '/proc/uptime', '/etc/shadow'],
    ['stat', '-L', '-c', '%D %i %f %h %s %Y', '--', '/etc/../etc/shadow'],
  ] as const)
    expect(await ask(command(argv))).toMatchObject({
      outcome: 'denied',
      stdout: '',
      reason: `the gate on h does not allow \`${argv[0]}\` with these arguments; install the one that \`unwedge hosts gate h\` prints`,
    })
  const asRoot = (...argv: string[]) => command(['sudo', '-n', '--', ...argv], { asLoginUser: true })
  for (const argv of [['sh'], ['cat', '/proc/uptime'], ['/bin/sh', GATE, 'cat', '/proc/uptime']])
    expect(await ask(asRoot(...argv))).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringContaining('password is required'),
    })
  expect(await ask(asRoot(GATE, 'sh'))).toMatchObject({ exitCode: 126, stdout: '' })
  expect(await ask(command(['sh', '-c', `echo >> ${GATE}`], { asLoginUser: true }))).toMatchObject({
    exitCode: 2,
  })
})

test('keeps what a command prints and its exit code, and renames below the configured folder', async () => {
  install()
  const { ask } = open({ h: settings() })
  const gone = await ask(command(['stat', '-c', '%D %i %f %h %s %Y', '--', join(folder, 'no such')]))
  expect(gone).toMatchObject({
    outcome: 'exited',
    exitCode: 1,
    stderr: expect.stringContaining('No such file'),
  })
  writeFileSync(join(folder, 'b'), '')
  const rename = renameArgv({
    from: join(folder, 'b'),
    to: join(folder, 'b.unwedge-1'),
    device: '1',
    ino: '1',
  })
  // it runs, and its own check refuses: another inode
  expect(await ask(command(rename))).toMatchObject({
    exitCode: 3,
    stderr: expect.stringContaining('approved was 1:1'),
  })
  install(true)
  expect(await gateOfHost()).toEqual({ state: 'checks-only' })
  expect(await ask(command(rename))).toMatchObject({ outcome: 'denied' })
})

test('another version is told apart', async () => {
  writeFileSync(GATE, gateFor({ ...options, host: { ...host, roles: ['osd-host'] } }).script, { mode: 0o755 })
  expect(await gateOfHost()).toMatchObject({
    state: 'other',
    why: expect.stringContaining('unwedge-gate checks'),
  })
})

import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSshTransport } from '../../../jobs/hosts/ssh.ts'
import type { Command, Transport } from '../../../jobs/hosts/transport.ts'
import { command, open, processesOf, sh, timed } from './commands.ts'
import { type Sshd, sshdForTest, startSshd } from './sshd.ts'

/** names the processes of this run */
const seconds = `4${process.pid}`
const state = mkdtempSync(join(tmpdir(), 'unwedge-ssh-'))
let plain: Sshd
let shared: Transport
const ask = (asked: Command) => shared.run('h', asked)
beforeAll(async () => {
  plain = await startSshd()
  shared = createSshTransport({ stateDir: state, hosts: { h: plain.settings } })
})
afterAll(async () => {
  await shared.close()
  await plain.end()
  rmSync(state, { recursive: true })
})

describe('the exit code is the command’s own', () => {
  test.each([0, 1, 2, 124, 126, 127, 128, 254, 255])('also when it is %i', async (code) => {
    expect(await ask(sh(`echo out; echo err >&2; exit ${code}`))).toMatchObject({
      outcome: 'exited',
      exitCode: code,
      stdout: 'out\n',
      stderr: 'err\n',
    })
  })

  test('and there is none when a signal ended it', async () => {
    const ran = await ask(sh('echo before; kill -SEGV $$'))
    expect(ran).toMatchObject({
      outcome: 'exited',
      stdout: 'before\n',
      reason: expect.stringContaining('SIGSEGV'),
    })
    // where sh is bash it cannot tell, and says so
    expect([null, 139]).toContain(ran.exitCode)
  })

  test('is not guessed when the command takes its own shell down', async () => {
    const ran = await ask(sh('echo before; sleep 0.1; kill -KILL $(ps -o sid= -p $$)'))
    expect(ran).toMatchObject({ outcome: 'unreachable', exitCode: null, stdout: 'before\n' })
    expect(ran.reason).toContain('whether it went on there is not known')
  })
})

test('a program that is not there, or may not be executed, is named', async () => {
  expect(await ask(command(['no-such-tool', 'x']))).toMatchObject({
    outcome: 'not-found',
    exitCode: null,
    stderr: '',
    reason: '`no-such-tool` is not installed on h (not on PATH)',
  })
  for (const program of ['/etc/passwd', '/etc'])
    expect(await ask(command([program]))).toMatchObject({
      outcome: 'denied',
      reason: `\`${program}\` may not be executed on h (permission denied)`,
    })
})

test.each(['exit', 'cd', 'exec', 'set', '-x', 'if', 'eval'])(
  'a word that only the shell knows is no program: %s',
  async (word) => {
    expect((await ask(command([word, '0']))).outcome).toBe('not-found')
  },
)

describe('noise', () => {
  const noisy = `printf 'Welcome to unwedge-lab! no line end'; head -c 10000000 /dev/zero | tr '\\0' x >&2; echo '~unwedge-x-begin 1 1'`

  test('of 10 MB on stderr and a greeting on stdout, before every command, does not reach the answer', async () => {
    const { settings } = await sshdForTest({
      config: [`ForceCommand ${noisy}; exec sh -c "$SSH_ORIGINAL_COMMAND"`],
    })
    const { ask } = open({ h: settings })
    for (let index = 0; index < 2; index++) {
      const ran = await ask(sh('echo out; echo err >&2; exit 3', { maxBytes: 100 }))
      expect(ran).toMatchObject({
        outcome: 'exited',
        exitCode: 3,
        stdout: 'out\n',
        stderr: 'err\n',
        truncated: false,
      })
    }
  })

  test('of the start files of the login shell, a MOTD and a banner neither', async () => {
    const bashrc = 'echo from bashrc; echo from bashrc >&2; alias echo=false; cd /nowhere'
    const sshd = await sshdForTest({
      config: ['Banner /etc/os-release', 'PrintMotd yes'],
      files: { '.bashrc': bashrc, '.profile': bashrc },
    })
    // proves that they do run: bash reads ~/.bashrc for sshd, and -l reads ~/.profile
    const forced = await sshdForTest({
      config: ['ForceCommand bash -lc "$SSH_ORIGINAL_COMMAND"'],
      files: { '.profile': bashrc },
    })
    for (const { settings } of [sshd, forced]) {
      expect(await open({ h: settings }).ask(command(['echo', 'hi']))).toMatchObject({
        stdout: 'hi\n',
        stderr: '',
      })
    }
  })

  test('of 10 MB by the command itself is cut, and its exit code kept', async () => {
    const flood = sh('head -c 10000000 /dev/zero; head -c 10000000 /dev/zero >&2; exit 7', { maxBytes: 1000 })
    const ran = await ask(flood)
    expect(ran).toMatchObject({ outcome: 'exited', exitCode: 7, truncated: true })
    expect([ran.stdout.length, ran.stderr.length]).toEqual([1000, 1000])
  })

  test('in a listing of processes, which shows our own scripts, is not taken for a marker', async () => {
    const { stdout, outcome } = await ask(command(['ps', 'axww', '-o', 'args']))
    expect(outcome).toBe('exited')
    expect(stdout).toContain('~unwedge-$m-end')
    expect(stdout.trimEnd().split('\n').at(-1)).toBeTruthy()
  })
})

test('a process left in the background does not hold the answer, and is ended', async () => {
  const { ask } = open({ h: plain.settings })
  await ask(command(['true']))
  const [ran, ms] = await timed(ask(sh(`sleep ${seconds} & echo started`)))
  expect(ran).toMatchObject({ outcome: 'exited', exitCode: 0, stdout: 'started\n' })
  expect(ms).toBeLessThan(1000)
  expect(processesOf('sleep', seconds)).toEqual([])
})

test('output without a last line break, and none at all, is kept as it is', async () => {
  expect((await ask(command(['printf', 'a~unwedge-']))).stdout).toBe('a~unwedge-')
  expect((await ask(command(['true']))).stdout).toBe('')
})

test('8 commands at a time run on a host, however many are asked', async () => {
  const { ask } = open({ h: plain.settings })
  await ask(command(['true']))
  const all = await Promise.all(Array.from({ length: 24 }, (_, index) => ask(sh(`sleep 0.2; echo ${index}`))))
  expect(all.map(({ stdout }) => stdout)).toEqual(Array.from({ length: 24 }, (_, index) => `${index}\n`))
})

test('closing ends what runs, and the connections, within a second', async () => {
  const transport = open({ h: plain.settings })
  await transport.ask(command(['true']))
  const before = plain.sessions().length
  expect(before).toBeGreaterThan(0)
  const running = transport.ask(command(['sleep', seconds]))
  await new Promise((resolve) => setTimeout(resolve, 200))
  const [, ms] = await timed(transport.close())
  expect(ms).toBeLessThan(1000)
  expect((await running).outcome).toBe('cancelled')
  expect(processesOf('sleep', seconds)).toEqual([])
  expect(
    readdirSync(transport.stateDir).flatMap((name) => readdirSync(`${transport.stateDir}/${name}`)),
  ).toEqual([])
  expect((await transport.ask(command(['true']))).outcome).toBe('cancelled')
})

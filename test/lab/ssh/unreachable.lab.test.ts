import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { command, open, pause, scratch, sh, timed, until } from './commands.ts'
import { freePort, generateKey, type Sshd, signal, sshdForTest, startSshd } from './sshd.ts'

let sshd: Sshd
beforeAll(async () => {
  sshd = await startSshd()
})
afterAll(() => sshd.end())

const hi = (limitMs = 4000) => command(['echo', 'hi'], { limitMs })

describe('a host that cannot be reached costs its own time limit, and says in one sentence why', () => {
  const sentence = /^[^\n]{20,300}[.?]$/

  test('nothing listens', async () => {
    const port = await freePort()
    const [ran, ms] = await timed(open({ h: { ...sshd.settings, port } }).ask(hi()))
    expect(ran).toMatchObject({
      outcome: 'unreachable',
      exitCode: null,
      reason: `nothing listens on 127.0.0.1 port ${port}. Is sshd running there?`,
    })
    expect(ms).toBeLessThan(3000)
  })

  test('its key is not accepted', async () => {
    const keyFile = join(scratch(), 'other')
    generateKey(keyFile)
    const { reason, outcome } = await open({ h: { ...sshd.settings, keyFile } }).ask(hi())
    expect(outcome).toBe('unreachable')
    expect(reason).toMatch(sentence)
    expect(reason).toContain(
      `refuses our key for user ${sshd.settings.user}. Add the public half of ${keyFile}`,
    )
  })

  test('its host key changed, or is not known', async () => {
    const [other, known] = [scratch(), readFileSync(sshd.settings.knownHosts!, 'utf8')]
    generateKey(join(other, 'key'))
    const key = readFileSync(join(other, 'key.pub'), 'utf8')
    const changed = join(other, 'changed with blank 100%')
    writeFileSync(changed, `${known.split(' ')[0]} ${key}`)
    writeFileSync(join(other, 'empty'), '')
    const first = await open({ h: { ...sshd.settings, knownHosts: changed } }).ask(hi())
    expect(first).toMatchObject({
      outcome: 'unreachable',
      reason: expect.stringContaining('shows another host key than the one known'),
    })
    const second = await open({ h: { ...sshd.settings, knownHosts: join(other, 'empty') } }).ask(hi())
    expect(second).toMatchObject({
      outcome: 'unreachable',
      reason: expect.stringContaining('the host key of 127.0.0.1 is not known'),
    })
    for (const { reason } of [first, second]) expect(reason).toMatch(sentence)
    expect(readFileSync(join(other, 'empty'), 'utf8')).toBe('')
  })

  test('our key file is missing, open to others, or has a passphrase', async () => {
    const folder = scratch()
    const at = (name: string) => join(folder, name)
    for (const name of ['open', 'locked']) copyFileSync(sshd.settings.keyFile!, at(name))
    execFileSync('ssh-keygen', ['-q', '-p', '-P', '', '-N', 'secret', '-f', at('locked')], {
      stdio: 'ignore',
    })
    chmodSync(at('open'), 0o644)
    for (const [name, says] of [
      ['missing', 'cannot be used'],
      ['open', 'chmod 600 it'],
      ['locked', 'passphrase'],
    ] as const) {
      const { reason } = await open({ h: { ...sshd.settings, keyFile: at(name) } }).ask(hi())
      expect(reason).toContain(says)
      expect(reason).toMatch(sentence)
    }
  })

  test('its name has no address', async () => {
    const { reason } = await open({ 'no-such-host.invalid': { ...sshd.settings, address: undefined } }).ask(
      hi(),
    )
    expect(reason).toBe(
      'there is no address for the name no-such-host.invalid. Set `address`, or correct it.',
    )
  })

  test('its sshd is stopped: the kernel accepts, nobody speaks', async () => {
    const stopped = await sshdForTest()
    signal(stopped.pid, 'SIGSTOP')
    const { ask } = open({ h: stopped.settings })
    const [ran, ms] = await timed(ask(hi(2500)))
    expect(ran).toMatchObject({
      outcome: 'unreachable',
      reason: expect.stringContaining('accepts connections, but its sshd says nothing'),
    })
    expect(ms).toBeLessThan(3000)
    const [short, shortMs] = await timed(ask(hi(500)))
    expect(short).toMatchObject({
      outcome: 'unreachable',
      reason: expect.stringContaining('did not let us in within 0.5 s'),
    })
    expect(shortMs).toBeLessThan(1000)
    signal(stopped.pid, 'SIGCONT')
    expect((await ask(hi(8000))).stdout).toBe('hi\n')
  })

  test('it is something else that listens there', async () => {
    const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    onTestFinished(() => void server.close())
    const port = await freePort()
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    const { outcome, reason } = await open({ h: { ...sshd.settings, port } }).ask(hi())
    expect(outcome).toBe('unreachable')
    expect(reason).toMatch(sentence)
  })

  test('the login hangs, or its shell runs nothing', async () => {
    const hanging = await sshdForTest({ config: ['ForceCommand exec sleep 30'] })
    const [ran, ms] = await timed(open({ h: hanging.settings }, { connectMs: 500 }).ask(hi(3000)))
    expect(ran).toMatchObject({
      outcome: 'unreachable',
      reason: expect.stringContaining('the login did not finish'),
    })
    expect(ms).toBeLessThan(2500)
    const refusing = await sshdForTest({
      config: ['ForceCommand echo This account is currently not available.; exit 1'],
    })
    expect((await open({ h: refusing.settings }).ask(hi())).reason).toContain(
      'it printed: This account is currently not available.',
    )
  })

  test('and the others of the same transport answer as ever', async () => {
    const stopped = await sshdForTest()
    signal(stopped.pid, 'SIGSTOP')
    const { run } = open({ down: stopped.settings, up: sshd.settings })
    await run('up', hi())
    const down = Promise.all(Array.from({ length: 10 }, () => timed(run('down', hi(2500)))))
    const [ran, ms] = await timed(run('up', hi()))
    expect(ran.stdout).toBe('hi\n')
    expect(ms).toBeLessThan(500)
    for (const [{ outcome }, took] of (await down).slice(0, 8))
      expect([outcome, took < 3000]).toEqual(['unreachable', true])
    expect((await run('elsewhere', hi())).reason).toBe('there are no ssh settings for host elsewhere')
  })
})

describe('a connection that', () => {
  const master = (stateDir: string) => {
    const hidden = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
    const called = (pid: string) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      } catch {
        return ''
      }
    }
    return hidden
      .filter((pid) => called(pid).includes(`${stateDir}/`) && called(pid).includes('[mux]'))
      .map(Number)
  }

  test('died with its socket left behind is replaced within the same command', async () => {
    const { ask, stateDir } = open({ h: sshd.settings })
    await ask(hi())
    const [pid] = master(stateDir)
    signal(pid!, 'SIGKILL')
    await until(() => master(stateDir).length === 0)
    expect(await ask(hi())).toMatchObject({ outcome: 'exited', stdout: 'hi\n' })
    expect(master(stateDir)).toHaveLength(1)
  })

  test('lost its socket is replaced', async () => {
    const { ask, stateDir } = open({ h: sshd.settings })
    await ask(hi())
    const [own] = readdirSync(join(stateDir, 'ssh'))
    for (const name of readdirSync(join(stateDir, 'ssh', own!)))
      renameSync(join(stateDir, 'ssh', own!, name), join(stateDir, name))
    expect((await ask(hi())).stdout).toBe('hi\n')
  })

  test('hangs costs one command its limit, and no later one', async () => {
    const { ask, stateDir } = open({ h: sshd.settings })
    await ask(hi())
    const [pid] = master(stateDir)
    signal(pid!, 'SIGSTOP')
    onTestFinished(() => signal(pid!, 'SIGCONT'))
    const [lost, ms] = await timed(ask(hi(1500)))
    expect(lost.outcome).toBe('unreachable')
    expect(ms).toBeLessThan(2000)
    for (let index = 0; index < 3; index++) expect((await ask(hi())).stdout).toBe('hi\n')
  })

  test('hangs, and was not used for a while, costs a second', async () => {
    const { ask, stateDir } = open({ h: sshd.settings })
    await ask(hi())
    const [pid] = master(stateDir)
    signal(pid!, 'SIGSTOP')
    onTestFinished(() => signal(pid!, 'SIGCONT'))
    await pause(5200)
    const [ran, ms] = await timed(ask(hi()))
    expect(ran.stdout).toBe('hi\n')
    expect(ms).toBeLessThan(3000)
  })

  test('breaks while a command runs leaves its end unknown, and is replaced', async () => {
    const { ask, stateDir } = open({ h: sshd.settings })
    await ask(hi())
    const running = ask(sh('echo begun; sleep 3'))
    await pause(500)
    for (const pid of master(stateDir)) signal(pid, 'SIGKILL')
    const ran = await running
    expect(ran).toMatchObject({
      outcome: 'unreachable',
      exitCode: null,
      reason: expect.stringContaining('whether it went on there is not known'),
    })
    expect((await ask(hi())).stdout).toBe('hi\n')
  })

  test('may hold fewer sessions than we ask for is joined by others', async () => {
    const narrow = await sshdForTest({ config: ['MaxSessions 2'] })
    const { ask, stateDir } = open({ h: narrow.settings })
    await ask(hi())
    const holds = master(stateDir)
    for (const _ of ['at first', 'when it is known']) {
      const all = await Promise.all(Array.from({ length: 6 }, () => ask(sh('sleep 0.5; echo done'))))
      expect(all.map(({ stdout }) => stdout)).toEqual(Array(6).fill('done\n'))
    }
    expect(master(stateDir)).toEqual(holds)
  })

  test('outlives commands that are given up at any moment, and mixes none with another', async () => {
    const { ask, stateDir } = open({ h: sshd.settings })
    await ask(hi())
    const holds = master(stateDir)
    const long = ask(sh('sleep 6; echo done'))
    const lines = [
      (nr: number) => `echo ${nr}; yes ${nr}`,
      (nr: number) => `echo ${nr}; yes ${nr} | head -c 100000`,
      (nr: number) => `echo ${nr}; sleep 0.02; exit ${nr % 100}`,
      // holds the session open after its end
      (nr: number) => `(sleep 0.3; echo ${nr}) & echo ${nr}; exit ${nr % 100}`,
    ]
    const todo = Array.from({ length: 400 }, (_, nr) => nr)
    const one = async () => {
      for (let nr = todo.pop(); nr !== undefined; nr = todo.pop()) {
        const stop = new AbortController()
        const kind = nr % lines.length
        if (kind === 0 || Math.random() < 0.5) setTimeout(() => stop.abort(), Math.random() * 60)
        const ran = await ask(sh(lines[kind]!(nr), { signal: stop.signal }))
        expect(['cancelled', 'exited']).toContain(ran.outcome)
        const whole = ran.stdout.split('\n').slice(0, -1)
        expect(whole.filter((line) => line !== String(nr))).toEqual([])
        if (ran.outcome === 'exited' && kind >= 2) expect(ran.exitCode).toBe(nr % 100)
      }
    }
    await Promise.all(Array.from({ length: 7 }, one))
    expect((await long).stdout).toBe('done\n')
    expect(master(stateDir)).toEqual(holds)
  })
})

describe('through a jump host', () => {
  test('a host is reached, over one connection to the jump host for all', async () => {
    const [jump, inner] = [await sshdForTest(), await sshdForTest()]
    const hosts = Object.fromEntries(
      ['a', 'b', 'c'].map((name) => [name, { ...inner.settings, jump: jump.settings }]),
    )
    const { run } = open(hosts)
    const all = await Promise.all(Object.keys(hosts).map((name) => run(name, command(['echo', name]))))
    expect(all.map(({ stdout, reason }) => reason ?? stdout)).toEqual(['a\n', 'b\n', 'c\n'])
    const { stdout } = await run('a', sh('echo $SSH_CONNECTION'))
    expect(stdout).toContain(String(inner.port))
  })

  test('that is looked at itself meanwhile, a host keeps its connection', async () => {
    const [jump, inner] = [await sshdForTest(), await sshdForTest()]
    const { run } = open({ gw: jump.settings, behind: { ...inner.settings, jump: jump.settings } })
    await run('behind', hi())
    const long = run('behind', sh('sleep 4; echo finished'))
    for (let round = 0; round < 12; round++) {
      const looks = Array.from({ length: 4 }, () => run('gw', sh(`sleep 0.1; echo ${round}`)))
      for (const { stdout, reason } of await Promise.all(looks)) expect(reason ?? stdout).toBe(`${round}\n`)
    }
    const { stdout, reason } = await long
    expect(reason ?? stdout).toBe('finished\n')
  })

  test('that is down, it is said which of the two', async () => {
    const port = await freePort()
    const { ask } = open({ h: { ...sshd.settings, jump: { ...sshd.settings, port } } })
    expect((await ask(hi())).reason).toBe(
      `The jump host: nothing listens on 127.0.0.1 port ${port}. Is sshd running there?`,
    )
    const behind = open({ h: { ...sshd.settings, port, jump: sshd.settings } })
    const { outcome, reason } = await behind.ask(hi())
    expect(outcome).toBe('unreachable')
    expect(reason).toContain(`127.0.0.1 port ${port}`)
  })
})

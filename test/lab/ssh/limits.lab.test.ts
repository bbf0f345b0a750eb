import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FrozenMount, withFrozenMount } from '../hosts/frozen-mount.ts'
import { withStackedFuse } from '../hosts/stacked-fuse.ts'
import { command, commandOf, open, pause, processesOf, scratch, sh, timed, until } from './commands.ts'
import { type Sshd, signal, sshdForTest, startSshd } from './sshd.ts'

let sshd: Sshd
/** half a second is little on a machine that does something else meanwhile */
const tight = { retry: 2 }
/** names the processes of this run */
const seconds = `4${process.pid}`
beforeAll(async () => {
  sshd = await startSshd()
})
afterAll(() => sshd.end())

describe('what we give up', () => {
  test('is ended at the far end as well, with all its children, and its output until then is kept', async () => {
    const { ask } = open({ h: sshd.settings })
    await ask(command(['true']))
    const [ran, ms] = await timed(
      ask(
        sh(`echo before; sleep ${seconds} & timeout 99 sleep ${seconds} & (trap "" TERM; sleep ${seconds})`, {
          limitMs: 700,
        }),
      ),
    )
    expect(ran).toMatchObject({
      outcome: 'timed-out',
      exitCode: null,
      stdout: 'before\n',
      reason: '`sh` was ended at its limit of 0.7 s',
    })
    expect(ms).toBeLessThan(1200)
    expect(processesOf('sleep', seconds)).toEqual([])
  })

  test('is ended when it is cancelled', async () => {
    const { ask } = open({ h: sshd.settings })
    await ask(command(['true']))
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 300)
    const [ran, ms] = await timed(ask(command(['sleep', seconds], { signal: stop.signal })))
    expect(ran).toMatchObject({ outcome: 'cancelled', reason: '`sleep` was ended when it was cancelled' })
    expect(ms).toBeLessThan(800)
    expect(processesOf('sleep', seconds)).toEqual([])
  })

  test.each(['with timeout(1)', 'without'])(
    'ends by itself when the worker is killed, on a host %s',
    async (how) => {
      const folder = scratch()
      // an unusable one stands first on PATH
      mkdirSync(join(folder, 'bin'))
      writeFileSync(join(folder, 'bin', 'timeout'), '#!/bin/sh\nexit 127\n', { mode: 0o755 })
      const unusable = `ForceCommand PATH=${folder}/bin:$PATH exec sh -c "$SSH_ORIGINAL_COMMAND"`
      const { settings } = await sshdForTest({ config: how === 'without' ? [unusable] : [] })
      const worker = join(folder, 'worker.mjs')
      const source = new URL('../../../jobs/hosts/ssh.ts', import.meta.url).href
      writeFileSync(
        worker,
        `import { createSshTransport } from ${JSON.stringify(source)}
      const { run } = createSshTransport({ stateDir: ${JSON.stringify(folder)}, hosts: { h: ${JSON.stringify(settings)} } })
      await run('h', ${JSON.stringify(command(['sleep', seconds], { limitMs: 3000 }))})`,
      )
      const child = spawn(process.execPath, [worker], { stdio: 'inherit' })
      await until(() => processesOf('sleep', seconds).length > 0, 15)
      child.kill('SIGKILL')
      await pause(300)
      expect(processesOf('sleep', seconds)).toHaveLength(1)
      await until(() => processesOf('sleep', seconds).length === 0, 8)
    },
  )

  test('is not started late by a host whose connection freezes', async () => {
    const { ask } = open({ h: sshd.settings })
    await ask(command(['true']))
    const late = join(scratch(), 'late')
    const sessions = sshd.sessions()
    for (const pid of sessions) signal(pid, 'SIGSTOP')
    const [ran, ms] = await timed(ask(command(['touch', late], { limitMs: 500 })))
    expect(ran).toMatchObject({
      outcome: 'unreachable',
      reason: expect.stringContaining('did not start `touch` within its limit of 0.5 s'),
    })
    expect(ms).toBeLessThan(1000)
    await pause(2500)
    for (const pid of sessions) signal(pid, 'SIGCONT')
    await pause(1000)
    expect(existsSync(late)).toBe(false)
    expect((await ask(command(['echo', 'well']))).stdout).toBe('well\n')
  })

  test('is not started late by a host that froze during the login, and wakes up after the limit', async () => {
    const folder = scratch()
    const [flag, late] = [join(folder, 'flag'), join(folder, 'late')]
    const frozen = `ForceCommand while [ -e ${flag} ]; do sleep 0.1; done; exec sh -c "$SSH_ORIGINAL_COMMAND"`
    const slow = await sshdForTest({ config: [frozen] })
    const { ask } = open({ h: slow.settings })
    await ask(command(['true']))
    writeFileSync(flag, '')
    const asked = ask(command(['touch', late], { limitMs: 1000 }))
    await pause(700)
    // the login shell goes on before sshd tells it that nobody waits any more
    const daemons = slow.sessions().filter((pid) => commandOf(pid) === 'sshd')
    for (const pid of daemons) signal(pid, 'SIGSTOP')
    expect((await asked).outcome).toBe('unreachable')
    await pause(2000)
    rmSync(flag)
    await pause(1000)
    expect(existsSync(late)).toBe(false)
  })
})

const writing = ({ touch, path }: FrozenMount, differs = {}) =>
  command([touch, join(path, 'x')], { limitMs: 1000, touches: `mount:${path}`, ...differs })

describe('on a frozen file system at the far end (true state D)', () => {
  test('a command answers within its limit and half a second, and says what hangs', tight, () =>
    withFrozenMount(async (mount) => {
      const { ask } = open({ h: sshd.settings })
      expect((await ask(writing(mount))).outcome).toBe('exited')
      mount.freeze()
      const [ran, ms] = await timed(ask(writing(mount)))
      expect(ran).toMatchObject({ outcome: 'unkillable', exitCode: null })
      expect(ran.reason).toMatch(
        /did not end on SIGKILL at its limit of 1 s \(pid \d+ on h, state D, wchan \w+\)$/,
      )
      expect(ms).toBeLessThan(1500)
      expect(mount.stuck()).toHaveLength(1)
      expect(ran.reason).toContain(`pid ${mount.stuck()[0]} `)
    }),
  )

  test('100 commands leave one stuck process, each answers in time, and others run as ever', tight, () =>
    withFrozenMount(async (mount) => {
      const { ask } = open({ h: sshd.settings })
      await ask(command(['true']))
      mount.freeze()
      const at = async (index: number) => {
        // a slow machine has to be able to start them
        await pause(index < 10 ? 0 : 1200 + (index - 10) * 120)
        return timed(ask(writing(mount)))
      }
      const hundred = Promise.all([...Array(100).keys()].map(at))
      const others: number[] = []
      for (let index = 0; index < 15; index++) {
        const [ran, ms] = await timed(ask(command(['echo', 'still here'], { touches: 'ceph' })))
        expect(ran.stdout).toBe('still here\n')
        others.push(ms)
        await pause(300)
      }
      const all = await hundred
      const ended = Object.groupBy(all, ([ran]) => ran.outcome)
      expect(mount.stuck()).toHaveLength(1)
      expect(Math.max(...all.map(([, ms]) => ms))).toBeLessThan(1600)
      expect(ended.unkillable).toHaveLength(1)
      expect(Object.keys(ended).toSorted()).toEqual(['quarantined', 'timed-out', 'unkillable'])
      expect(ended.quarantined!.length).toBeGreaterThan(80)
      for (const [ran] of ended.quarantined!)
        expect(ran.reason).toMatch(
          /^still stuck since \d\d:\d\d:\d\d UTC \(pid \d+ on h, `.*ut\w+ …`, state D, wchan \w+\)$/,
        )
      expect(others.toSorted((a, b) => a - b)[7]).toBeLessThan(250)
    }),
  )

  test('another worker knows it too, and the quarantine is lifted by the thaw', tight, () =>
    withFrozenMount(async (mount) => {
      mount.freeze()
      const first = open({ h: sshd.settings })
      await first.ask(command(['true']))
      expect((await first.ask(writing(mount))).outcome).toBe('unkillable')
      await first.close()
      const { ask } = open({ h: sshd.settings })
      // one that began a moment ago counts as busy until its own limit there is over
      expect((await ask(writing(mount, { limitMs: 4000 }))).outcome).toBe('quarantined')
      expect(mount.stuck()).toHaveLength(1)
      expect((await ask(command(['echo', 'x'], { touches: 'mount:/elsewhere' }))).outcome).toBe('exited')
      mount.thaw()
      await until(() => mount.stuck().length === 0)
      expect(await ask(writing(mount))).toMatchObject({ outcome: 'exited', exitCode: 0 })
    }),
  )

  test('a stuck grandchild counts, whether the command itself was ended or exited', tight, () =>
    withFrozenMount(async (mount) => {
      mount.freeze()
      const { ask } = open({ h: sshd.settings })
      await ask(command(['true']))
      const inside = { limitMs: 600, touches: `mount:${mount.path}` }
      const left = sh(`${mount.touch} ${mount.path}/x & sleep 0.2; echo bye`, inside)
      expect(await ask(left)).toMatchObject({ outcome: 'exited', exitCode: 0, stdout: 'bye\n' })
      expect((await ask({ ...left, limitMs: 3000 })).outcome).toBe('quarantined')
      const wrapped = sh(`${mount.touch} ${mount.path}/x; true`, { limitMs: 600, touches: 'mount:wrapped' })
      expect((await ask(wrapped)).outcome).toBe('unkillable')
      expect((await ask({ ...wrapped, limitMs: 3000 })).outcome).toBe('quarantined')
      expect(mount.stuck()).toHaveLength(2)
    }),
  )

  test('two workers at the same moment start one', () =>
    withFrozenMount(async (mount) => {
      mount.freeze()
      const workers = Array.from({ length: 4 }, () => open({ h: sshd.settings }))
      await Promise.all(workers.map(({ ask }) => ask(command(['true']))))
      const all = await Promise.all(workers.map(({ ask }) => ask(writing(mount, { limitMs: 1500 }))))
      expect(mount.stuck()).toHaveLength(1)
      expect(all.filter(({ outcome }) => outcome === 'unkillable')).toHaveLength(1)
      expect(all.filter(({ outcome }) => outcome === 'exited')).toHaveLength(0)
    }))
})

test(
  'a reader of a hung FUSE server, in state D after SIGKILL, answers in time, is quarantined, and freed with it',
  tight,
  () =>
    withStackedFuse(async (fuse) => {
      const { ask } = open({ h: sshd.settings })
      await ask(command(['true']))
      fuse.stop()
      const stat = command(['stat', join(fuse.path, 'file')], { limitMs: 800, touches: `mount:${fuse.path}` })
      const [ran, ms] = await timed(ask(stat))
      expect(ran).toMatchObject({ outcome: 'unkillable', reason: expect.stringContaining('state D') })
      expect(ms).toBeLessThan(1400)
      expect((await ask({ ...stat, limitMs: 4000 })).outcome).toBe('quarantined')
      fuse.go()
      await pause(500)
      expect(await ask(stat)).toMatchObject({ outcome: 'exited', exitCode: 0 })
    }),
)

test('a folder for records that somebody planted is refused, and only commands that may hang need it', async () => {
  const { settings } = await sshdForTest()
  const { ask } = open({ h: settings })
  const folder = `/tmp/.unwedge-${process.getuid?.()}`
  const aside = `${folder}.aside-${process.pid}`
  if (existsSync(folder)) renameSync(folder, aside)
  try {
    symlinkSync(scratch(), folder)
    expect(await ask(command(['true'], { touches: 'mount:/srv' }))).toMatchObject({
      outcome: 'unreachable',
      reason: expect.stringContaining(folder),
    })
    expect((await ask(command(['true']))).outcome).toBe('exited')
  } finally {
    rmSync(folder, { force: true })
    if (existsSync(aside)) renameSync(aside, folder)
  }
})

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { createLocalTransport } from '../../../jobs/hosts/local.ts'
import { lookAt } from '../../../jobs/hosts/process-table.ts'
import { createRunner } from '../../../jobs/hosts/run.ts'
import type { Command } from '../../../jobs/hosts/transport.ts'
import { type FrozenMount, withFrozenMount } from './frozen-mount.ts'
import { withStackedFuse } from './stacked-fuse.ts'

const state = mkdtempSync(join(tmpdir(), 'unwedge-state-'))
afterAll(() => rmSync(state, { recursive: true }))
const stateDir = () => mkdtempSync(join(state, 'worker-'))

function command(argv: Command['argv'], differs: Partial<Command> = {}): Command {
  return { argv, limitMs: 1000, maxBytes: 2 ** 20, touches: 'nothing', ...differs }
}

async function timed<T>(work: Promise<T>): Promise<[T, number]> {
  const from = performance.now()
  return [await work, performance.now() - from]
}

function runner() {
  const made = createRunner()
  onTestFinished(() => made.close())
  return made
}

function transport(folder = stateDir()) {
  const made = createLocalTransport({ stateDir: folder })
  onTestFinished(() => made.close())
  return made
}

const writing = ({ touch, path }: FrozenMount, differs: Partial<Command> = {}) =>
  command([touch, join(path, 'x')], { touches: `mount:${path}`, ...differs })

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    if (tries > 100) throw new Error(`still not so after 5 s: ${holds}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

describe('on a frozen file system (true state D)', () => {
  test('a command that SIGKILL does not end answers within its limit and half a second', () =>
    withFrozenMount(async (mount) => {
      mount.freeze()
      const [ran, ms] = await timed(runner().run(writing(mount)))
      expect(ran).toMatchObject({ outcome: 'unkillable', exitCode: null, stuck: [{ state: 'D' }] })
      expect(ran.reason).toMatch(
        /did not end on SIGKILL at its limit of 1 s \(pid \d+, state D, wchan \w+\)$/,
      )
      expect(ms).toBeLessThan(1500)
      expect(mount.stuck()).toEqual([ran.stuck[0]!.pid])
      mount.thaw()
      await until(() => lookAt(ran.stuck[0]!.pid) === undefined)
    }))

  test('what it had printed before it hung is kept', () =>
    withFrozenMount(async (mount) => {
      mount.freeze()
      const shell = command(['sh', '-c', `echo before; exec ${mount.touch} ${mount.path}/x`], {
        limitMs: 500,
      })
      expect(await runner().run(shell)).toMatchObject({ outcome: 'unkillable', stdout: 'before\n' })
    }))

  test('100 commands leave one stuck process, each answers in time, and others run as ever', () =>
    withFrozenMount(async (mount) => {
      mount.freeze()
      const { run } = transport()
      const at = async (index: number) => {
        await new Promise((resolve) => setTimeout(resolve, index < 20 ? 0 : (index - 20) * 25))
        return timed(run('node1', writing(mount)))
      }
      const hundred = Promise.all([...Array(100).keys()].map(at))
      const others: number[] = []
      for (let index = 0; index < 10; index++) {
        const [ran, ms] = await timed(run('node1', command(['echo', 'still here'], { touches: 'ceph' })))
        expect(ran.stdout).toBe('still here\n')
        others.push(ms)
        await new Promise((resolve) => setTimeout(resolve, 150))
      }
      const all = await hundred
      const ended = Object.groupBy(all, ([ran]) => ran.outcome)
      expect(mount.stuck()).toHaveLength(1)
      expect(Math.max(...all.map(([, ms]) => ms))).toBeLessThan(1500)
      expect(ended.unkillable).toHaveLength(1)
      expect(Object.keys(ended).toSorted()).toEqual(['quarantined', 'timed-out', 'unkillable'])
      expect(ended.quarantined!.length).toBeGreaterThan(40)
      for (const [ran] of ended.quarantined!) {
        expect(ran.reason).toMatch(
          /^still stuck since \d\d:\d\d:\d\d UTC \(pid \d+, `.*ut\w+ …`, state D, wchan \w+\)$/,
        )
      }
      expect(others.toSorted((a, b) => a - b)[5]).toBeLessThan(250)
    }))

  test('a restarted worker still knows, and the quarantine is lifted by the thaw', () =>
    withFrozenMount(async (mount) => {
      const folder = stateDir()
      mount.freeze()
      const first = createLocalTransport({ stateDir: folder })
      expect((await first.run('node1', writing(mount, { limitMs: 300 }))).outcome).toBe('unkillable')
      const [, ms] = await timed(first.close())
      expect(ms).toBeLessThan(1000)
      const { run } = transport(folder)
      expect((await run('node1', writing(mount))).outcome).toBe('quarantined')
      expect(mount.stuck()).toHaveLength(1)
      const [pid] = mount.stuck()
      mount.thaw()
      await until(() => lookAt(pid!) === undefined)
      expect(await run('node1', writing(mount))).toMatchObject({ outcome: 'exited', exitCode: 0 })
    }))

  test('a stuck grandchild counts, although the child itself could be ended', () =>
    withFrozenMount(async (mount) => {
      mount.freeze()
      const { run } = transport()
      const wrapped = command(['sh', '-c', `${mount.touch} ${mount.path}/x; true`], {
        limitMs: 300,
        touches: 'mount:wrapped',
      })
      expect(await run('node1', wrapped)).toMatchObject({
        outcome: 'unkillable',
        reason: expect.stringContaining('state D'),
      })
      expect((await run('node1', wrapped)).outcome).toBe('quarantined')
      expect(mount.stuck()).toHaveLength(1)
    }))

  test('a stuck grandchild counts, although the child exited by itself', () =>
    withFrozenMount(async (mount) => {
      mount.freeze()
      const { run } = transport()
      const leaving = command(['sh', '-c', `${mount.touch} ${mount.path}/x & sleep 0.2; echo bye`], {
        touches: 'mount:left',
      })
      const [ran, ms] = await timed(run('node1', leaving))
      expect(ran).toMatchObject({ outcome: 'exited', exitCode: 0, stdout: 'bye\n' })
      expect(ms).toBeLessThan(900)
      expect((await run('node1', leaving)).outcome).toBe('quarantined')
      expect(mount.stuck()).toHaveLength(1)
    }))

  test('a stuck thread counts, although its process looks like a zombie', () =>
    withFrozenMount(async (mount) => {
      mount.freeze()
      const writer = `require('fs').writeFile('${mount.path}/y', 'x', () => {}); setInterval(() => {}, 1000)`
      const ran = await runner().run(command([process.execPath, '-e', writer], { limitMs: 700 }))
      expect(ran).toMatchObject({ outcome: 'unkillable', stuck: [{ state: 'D' }] })
      mount.thaw()
      await until(() => lookAt(ran.stuck[0]!.pid) === undefined)
    }))

  test('cancelling a stuck command says that it is left behind', () =>
    withFrozenMount(async (mount) => {
      mount.freeze()
      const stop = new AbortController()
      setTimeout(() => stop.abort(), 200)
      const [ran, ms] = await timed(runner().run(writing(mount, { limitMs: 60_000, signal: stop.signal })))
      expect(ran).toMatchObject({
        outcome: 'unkillable',
        reason: expect.stringContaining('when it was cancelled'),
      })
      expect(ms).toBeLessThan(900)
    }))

  test('node can exit while its child is stuck', () =>
    withFrozenMount(async (mount) => {
      mount.freeze()
      const file = join(stateDir(), 'worker.mjs')
      const source = new URL('../../../jobs/hosts/local.ts', import.meta.url).href
      writeFileSync(
        file,
        `import { createLocalTransport } from ${JSON.stringify(source)}
        const { run, close } = createLocalTransport({ stateDir: process.argv[3] })
        const ran = await run('h', ${JSON.stringify(writing(mount, { limitMs: 300 }))})
        if (process.argv[2] === 'close') await close()
        console.log(ran.outcome)`,
      )
      for (const how of ['close', 'just-end']) {
        const [ran, ms] = await timed(
          runner().run(command([process.execPath, file, how, stateDir()], { limitMs: 8000 })),
        )
        expect(ran).toMatchObject({ outcome: 'exited', exitCode: 0, stdout: 'unkillable\n' })
        expect(ms).toBeLessThan(4000)
      }
      expect(mount.stuck()).toHaveLength(2)
    }))
})

test('a reader of a hung FUSE server, in state D after SIGKILL, answers in time and is freed with it', () =>
  withStackedFuse(async (fuse) => {
    fuse.stop()
    const { run } = transport()
    const stat = command(['stat', join(fuse.path, 'file')], { limitMs: 500, touches: `mount:${fuse.path}` })
    const [ran, ms] = await timed(run('node1', stat))
    expect(ran).toMatchObject({ outcome: 'unkillable', reason: expect.stringContaining('state D') })
    expect(ms).toBeLessThan(1000)
    expect((await run('node1', stat)).outcome).toBe('quarantined')
    fuse.go()
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(await run('node1', stat)).toMatchObject({ outcome: 'exited', exitCode: 0 })
  }))

test('a vfork parent (state D, but it dies on SIGKILL) and the child it waits for are ended', async () => {
  // libc's own sleep runs in the vfork child, so that nothing of Python's does
  const vfork = `import ctypes
libc = ctypes.CDLL(None)
stack = ctypes.create_string_buffer(65536)
VM, VFORK, SIGCHLD = 0x100, 0x4000, 17
print('waiting', flush=True)
libc.clone(ctypes.cast(libc.sleep, ctypes.c_void_p), ctypes.c_void_p((ctypes.addressof(stack) + 65536) & ~15), VM | VFORK | SIGCHLD, ctypes.c_void_p(60))`
  const { run } = runner()
  const running = run(command(['/usr/bin/python3', '-c', vfork]))
  const [ran, ms] = await timed(running)
  expect(ran).toMatchObject({ outcome: 'timed-out', stdout: 'waiting\n', stuck: [] })
  expect(ms).toBeLessThan(1500)
})

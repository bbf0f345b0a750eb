import { describe, expect, test } from 'vitest'
import { fastClock, realClock } from '../../../jobs/clock.ts'
import type { Recording } from '../../../jobs/contracts.ts'
import { createRecordedTransport, createReplayTransport } from '../../../jobs/hosts/replay.ts'
import type { Scenario } from '../../../playbooks/shared/scenario.ts'
import { command, timed } from './commands.ts'

/** A host with a counter: `add` raises it, `get` prints it. */
const counting = (name: string): Scenario<number> => ({
  playbook: 'watchers',
  hosts: [{ name: 'node1', addresses: [], roles: [] }],
  start: () => 0,
  answer: (state, host, [program, what, took]) => {
    if (program !== name) return undefined
    const next = what === 'add' ? state + 1 : state
    return { state: next, reply: { stdout: `${host} ${next}`, ...(took && { tookMs: Number(took) }) } }
  },
})
// biome-ignore lint/suspicious/noExplicitAny: a cluster mixes scenarios with different states
const open = (...scenarios: Scenario<any>[]) => createReplayTransport({ scenarios, clock: realClock })

describe('a replayed cluster', () => {
  test('keeps its state from command to command, and each scenario its own', async () => {
    const { run } = open(counting('one'), counting('two'))
    await run('node1', command(['one', 'add']))
    await run('node1', command(['one', 'add']))
    expect(await run('node1', command(['one', 'get']))).toMatchObject({
      host: 'node1',
      outcome: 'exited',
      exitCode: 0,
      stdout: 'node1 2',
    })
    expect((await run('node1', command(['two', 'get']))).stdout).toBe('node1 0')
  })

  test('lets the first scenario that knows the command answer, and leaves the others as they are', async () => {
    const { run } = open(counting('one'), { ...counting('one'), start: () => 100 })
    expect((await run('node1', command(['one', 'add']))).stdout).toBe('node1 1')
  })

  test('changes in the order in which it was asked, also by commands that run at the same time', async () => {
    const { run } = open(counting('one'))
    const asked = [...Array(10).keys()].map((index) =>
      run('node1', command(['one', 'add', String(100 - 10 * index)])),
    )
    expect((await Promise.all(asked)).map(({ stdout }) => stdout)).toEqual(
      [...Array(10).keys()].map((n) => `node1 ${n + 1}`),
    )
  })

  test('never invents an answer', async () => {
    expect(await open(counting('one')).run('node1', command(['rm', '-rf']))).toMatchObject({
      outcome: 'not-recorded',
      exitCode: null,
      stdout: '',
      reason: 'this replayed cluster knows no command `rm -rf` on node1',
    })
  })

  test('takes its time on the clock of the cluster', async () => {
    const { run } = createReplayTransport({ scenarios: [counting('one')], clock: fastClock(20) })
    const [ran, ms] = await timed(run('node1', command(['one', 'get', '4000'])))
    expect(ran.outcome).toBe('exited')
    expect(ran.durationMs).toBeGreaterThanOrEqual(3900)
    expect(ms).toBeLessThan(1000)
  })

  test('is bound by the limit', async () => {
    const [ran, ms] = await timed(
      open(counting('one')).run('node1', command(['one', 'get', 'Infinity'], { limitMs: 100 })),
    )
    expect(ran).toMatchObject({ outcome: 'timed-out', exitCode: null, stdout: '' })
    expect(ms).toBeLessThan(600)
  })

  test('can be cancelled and closed while it answers', async () => {
    const { run, close } = open(counting('one'))
    const stop = new AbortController()
    const first = run('node1', command(['one', 'get', '60000'], { limitMs: 90_000, signal: stop.signal }))
    const second = run('node1', command(['one', 'get', '60000'], { limitMs: 90_000 }))
    stop.abort()
    expect((await first).outcome).toBe('cancelled')
    await close()
    expect((await second).outcome).toBe('cancelled')
    expect((await run('node1', command(['one', 'add']))).outcome).toBe('cancelled')
  })

  test('keeps no more bytes than asked, and no half character', async () => {
    const wide: Scenario<null> = {
      ...counting('x'),
      start: () => null,
      answer: (state) => ({ state, reply: { stdout: 'ab🧱', stderr: 'é', exitCode: 2 } }),
    }
    expect(await open(wide).run('h', command(['x'], { maxBytes: 4 }))).toMatchObject({
      stdout: 'ab',
      stderr: 'é',
      truncated: true,
      exitCode: 2,
    })
    expect(await open(wide).run('h', command(['x'], { maxBytes: 6 }))).toMatchObject({
      stdout: 'ab🧱',
      truncated: false,
    })
  })
})

describe('a recording', () => {
  const ran = {
    probe: 'p',
    host: 'node1',
    argv: ['ls'],
    startedAt: 5,
    durationMs: 7,
    outcome: 'exited' as const,
    exitCode: 0,
    stdout: 'first',
    stderr: '',
    truncated: false,
  }
  const recording: Recording = {
    format: 'unwedge-recording-1',
    playbook: 'watchers',
    args: {},
    startedAt: 1,
    endedAt: 20,
    inventory: { cluster: 'c', hosts: [] },
    observations: [
      ran,
      { ...ran, host: 'node2', stdout: 'elsewhere' },
      { ...ran, probe: 'q', startedAt: 9, stdout: 'second' },
    ],
  }

  test('answers by host and argv, in order, with the times it recorded', async () => {
    const { run } = createRecordedTransport(recording)
    const { probe: _, ...first } = ran
    expect(await run('node1', command(['ls']))).toEqual(first)
    expect(await run('node1', command(['ls']))).toMatchObject({ stdout: 'second', startedAt: 9 })
    expect(await run('node2', command(['ls']))).toMatchObject({ stdout: 'elsewhere' })
  })

  test('never repeats or invents an answer', async () => {
    const { run } = createRecordedTransport(recording)
    await run('node2', command(['ls']))
    expect(await run('node2', command(['ls']))).toMatchObject({
      outcome: 'not-recorded',
      exitCode: null,
      stdout: '',
    })
    expect(await run('node1', command(['ls', '-l']))).toMatchObject({ outcome: 'not-recorded' })
  })

  test('is not used up by answering', async () => {
    await createRecordedTransport(recording).run('node1', command(['ls']))
    expect((await createRecordedTransport(recording).run('node1', command(['ls']))).stdout).toBe('first')
  })
})

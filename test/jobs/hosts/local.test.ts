import { spawn } from 'node:child_process'
import { expect, onTestFinished, test, vi } from 'vitest'
import { realClock } from '../../../jobs/clock.ts'
import { createLocalTransport, type LocalOptions } from '../../../jobs/hosts/local.ts'
import { lookAt } from '../../../jobs/hosts/process-table.ts'
import { createQuarantine } from '../../../jobs/hosts/quarantine.ts'
import { command, scratch, timed } from './commands.ts'

function open(options: Partial<LocalOptions> = {}) {
  const transport = createLocalTransport({ stateDir: scratch(), report: vi.fn(), ...options })
  onTestFinished(() => transport.close())
  return transport
}
const sleep = (seconds: string, differs = {}) => command(['sleep', seconds], differs)

test('runs a command under the label of its host', async () => {
  const ran = await open().run('node1', command(['echo', 'hi']))
  expect(ran).toEqual({
    host: 'node1',
    argv: ['echo', 'hi'],
    startedAt: expect.any(Number),
    durationMs: expect.any(Number),
    outcome: 'exited',
    exitCode: 0,
    stdout: 'hi\n',
    stderr: '',
    truncated: false,
  })
})

test('refuses an argument with a NUL before anything starts', async () => {
  await expect(open().run('node1', command(['echo', '\0']))).rejects.toMatchObject({ code: 'nul' })
})

test('runs commands on the same cluster in parallel', async () => {
  const { run } = open()
  const [, ms] = await timed(
    Promise.all(Array.from({ length: 6 }, () => run('h', sleep('0.4', { touches: 'ceph' })))),
  )
  expect(ms).toBeLessThan(1500)
})

test.each(['mount:/srv', 'device:/dev/sdd'])('runs commands on %s one after the other', async (touches) => {
  const { run } = open()
  const [, ms] = await timed(Promise.all([1, 2, 3].map(() => run('h', sleep('0.3', { touches })))))
  expect(ms).toBeGreaterThan(900)
})

test('runs commands on different mounts, and on different hosts, in parallel', async () => {
  const { run } = open()
  const places = [
    ['a', 'mount:/1'],
    ['a', 'mount:/2'],
    ['b', 'mount:/1'],
    ['b', 'mount:/2'],
  ] as const
  const [, ms] = await timed(
    Promise.all(places.map(([host, touches]) => run(host, sleep('0.4', { touches })))),
  )
  expect(ms).toBeLessThan(1200)
})

test('counts the wait for a mount towards the limit of the command', async () => {
  const { run } = open()
  const first = run('h', sleep('2', { touches: 'mount:/srv' }))
  const [second, ms] = await timed(run('h', command(['echo', 'x'], { touches: 'mount:/srv', limitMs: 300 })))
  expect(second).toMatchObject({
    outcome: 'timed-out',
    stdout: '',
    reason: 'another command on mount:/srv took all of the 0.3 s',
  })
  expect(ms).toBeLessThan(800)
  expect((await first).outcome).toBe('exited')
})

test('does not count the wait for a process towards the limit, and bounds the number of processes', async () => {
  const { run } = open({ processes: 2 })
  const [all, ms] = await timed(
    Promise.all(Array.from({ length: 6 }, () => run('h', sleep('0.3', { limitMs: 700 })))),
  )
  expect(all.map(({ outcome }) => outcome)).toEqual(Array(6).fill('exited'))
  expect(ms).toBeGreaterThan(850)
})

test('bounds the wait for a process', async () => {
  const { run } = open({ processes: 1, queueMs: 200 })
  const first = run('h', sleep('1'))
  const second = await run('h', command(['echo', 'x']))
  expect(second).toMatchObject({ outcome: 'timed-out', reason: '1 other commands kept h busy for 0.2 s' })
  expect((await first).outcome).toBe('exited')
  expect((await run('h', command(['echo', 'x']))).outcome).toBe('exited')
})

test('cancels what waits, without starting it and without blocking those behind', async () => {
  const { run } = open({ processes: 1 })
  const stop = new AbortController()
  const first = run('h', sleep('0.5'))
  const second = run('h', command(['echo', 'x'], { signal: stop.signal }))
  const third = run('h', command(['echo', 'y']))
  stop.abort()
  expect(await second).toMatchObject({ outcome: 'cancelled', stdout: '' })
  expect((await first).outcome).toBe('exited')
  expect((await third).stdout).toBe('y\n')
})

test('starts nothing on a resource where a process still hangs; others go on', async () => {
  const stateDir = scratch()
  const child = spawn('sleep', ['60'], { stdio: 'ignore' })
  onTestFinished(() => void child.kill('SIGKILL'))
  createQuarantine({ stateDir, clock: realClock, report: vi.fn() }).add(
    'h',
    'mount:/srv',
    'touch',
    Date.now(),
    [lookAt(child.pid!)!],
  )
  const { run } = open({ stateDir })
  const [ran, ms] = await timed(run('h', command(['echo', 'x'], { touches: 'mount:/srv' })))
  expect(ran).toMatchObject({
    outcome: 'quarantined',
    exitCode: null,
    stdout: '',
    reason: expect.stringMatching(/^still stuck since \d\d:\d\d:\d\d UTC \(pid \d+, `touch …`, state [A-Z]/),
  })
  expect(ms).toBeLessThan(100)
  expect((await run('h', command(['echo', 'x'], { touches: 'mount:/other' }))).outcome).toBe('exited')
})

test('closes within a second: ends what runs, starts nothing that waits', async () => {
  const { run, close } = open({ processes: 1 })
  const all = [run('h', sleep('60')), run('h', sleep('60')), run('h', sleep('60', { touches: 'mount:/x' }))]
  await new Promise((resolve) => setTimeout(resolve, 100))
  const [, ms] = await timed(close())
  expect(ms).toBeLessThan(1000)
  expect((await Promise.all(all)).map(({ outcome }) => outcome)).toEqual(Array(3).fill('cancelled'))
})

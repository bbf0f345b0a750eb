import { monitorEventLoopDelay } from 'node:perf_hooks'
import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { lookAt } from '../../../jobs/hosts/process-table.ts'
import { createRunner, type Runner } from '../../../jobs/hosts/run.ts'
import { command, script, timed, until } from './commands.ts'

const runners: Runner[] = []
const runner = () => {
  const made = createRunner()
  runners.push(made)
  return made
}
afterEach(async () => {
  vi.unstubAllEnvs()
  await Promise.all(runners.splice(0).map((made) => made.close()))
})

const sh = (text: string) => ['sh', '-c', text] as const
const module = (name: string) => JSON.stringify(new URL(`../../../jobs/hosts/${name}`, import.meta.url).href)

describe('what a command returns', () => {
  test('is its output, apart, and its exit code', async () => {
    const ran = await runner().run(command(sh('echo out; echo err >&2; exit 3')))
    expect(ran).toMatchObject({
      outcome: 'exited',
      exitCode: 3,
      stdout: 'out\n',
      stderr: 'err\n',
      truncated: false,
    })
    expect(ran.durationMs).toBeGreaterThan(0)
    expect(ran).not.toHaveProperty('reason')
  })

  test('keeps every argument byte for byte', async () => {
    const argv = script('process.stdout.write(JSON.stringify(process.argv.slice(2)))')
    const text = fc.string({ unit: 'binary', maxLength: 40 }).map((value) => value.replaceAll('\0', '\n'))
    const nasty = fc.constantFrom(
      '',
      '--foo',
      '-',
      '--',
      '$(id)',
      '`id`',
      '"',
      "'",
      '\n',
      '\\',
      '*',
      '🧱',
      '\u202e',
      ';|&',
      ' a ',
    )
    const { run } = runner()
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(text, nasty), { maxLength: 12 }), async (args) => {
        const ran = await run(command([...argv, ...args]))
        expect(JSON.parse(ran.stdout)).toEqual(args)
      }),
      { numRuns: 30 },
    )
  }, 60_000)

  test('keeps characters whole whose bytes arrive apart, and replaces invalid bytes', async () => {
    const slowly = `for (const byte of [...Buffer.from('è🧱'), 0xff]) {
      process.stdout.write(Buffer.of(byte)); await new Promise((r) => setTimeout(r, 15)) }`
    expect((await runner().run(command(script(slowly)))).stdout).toBe('è🧱\ufffd')
  })

  test('leaves out a character that the byte limit cuts, and says so', async () => {
    const ran = await runner().run(command(['printf', 'ab🧱'], { maxBytes: 4 }))
    expect(ran).toMatchObject({ outcome: 'exited', stdout: 'ab', truncated: true })
  })

  test('is not called truncated when it fits exactly', async () => {
    const ran = await runner().run(command(['printf', '1234'], { maxBytes: 4 }))
    expect(ran).toMatchObject({ stdout: '1234', truncated: false })
  })

  test('keeps the exit code of a command that prints more than is kept, on both streams', async () => {
    const ran = await runner().run(
      command(sh('head -c 9000000 /dev/zero; head -c 9000000 /dev/zero >&2; exit 7'), { maxBytes: 1000 }),
    )
    expect(ran).toMatchObject({ outcome: 'exited', exitCode: 7, truncated: true })
    expect([ran.stdout.length, ran.stderr.length]).toEqual([1000, 1000])
  })

  test('has no exit code when a signal that is not ours ended it', async () => {
    const ran = await runner().run(command(sh('kill -SEGV $$')))
    expect(ran).toMatchObject({
      outcome: 'exited',
      exitCode: null,
      reason: '`sh` was ended by SIGSEGV, not by us',
    })
  })

  test('names the program that is not there, or may not be executed', async () => {
    const { run } = runner()
    expect(await run(command(['no-such-tool', 'x']))).toMatchObject({
      outcome: 'not-found',
      exitCode: null,
      reason: expect.stringContaining('`no-such-tool` is not installed'),
    })
    expect(await run(command(['/etc/passwd']))).toMatchObject({
      outcome: 'denied',
      reason: expect.stringContaining('`/etc/passwd` may not be executed'),
    })
  })

  test('has nothing on stdin to wait for', async () => {
    expect(await runner().run(command(['cat']))).toMatchObject({ outcome: 'exited', exitCode: 0, stdout: '' })
  })
})

describe('a command that cannot arrive as it is', () => {
  test.each([
    ['nul', ['echo', 'a\0b']],
    ['nul', ['echo\0', 'a']],
    ['not-utf8', ['echo', '\ud83e']],
    ['too-long', ['echo', 'x'.repeat(131_072)]],
    ['too-long', ['echo', ...Array.from({ length: 11 }, () => 'x'.repeat(100_000))]],
    ['empty', ['']],
  ] as const)('is refused before anything starts: %s', async (code, argv) => {
    await expect(runner().run(command(argv as unknown as readonly [string]))).rejects.toMatchObject({
      name: 'CommandRefused',
      code,
    })
  })

  test.each([Number.NaN, -1, Infinity, 2 ** 31])(
    'is refused with a limit of %s ms, which no timer keeps',
    async (limitMs) => {
      await expect(runner().run(command(['true'], { limitMs }))).rejects.toMatchObject({ code: 'bad-limit' })
    },
  )

  test('does arrive when an argument is as long as Linux takes', async () => {
    const ran = await runner().run(command(['printf', '%s', 'x'.repeat(131_071)]))
    expect(ran.stdout).toHaveLength(131_071)
  })
})

describe('a child', () => {
  test('sees nothing of our environment but the allowlist', async () => {
    for (const name of [
      'SLACK_BOT_TOKEN',
      'SLACK_APP_TOKEN',
      'SLACK_SIGNING_SECRET',
      'REDIS_URL',
      'UNWEDGE_SIGNING_KEY',
      'NODE_OPTIONS_X',
      'LD_SOMETHING',
    ])
      vi.stubEnv(name, 'hush-hush')
    vi.stubEnv('CEPH_CONF', '/etc/ceph/other.conf')
    const { stdout } = await runner().run(command(['env']))
    expect(stdout).not.toContain('hush-hush')
    expect(stdout).toContain('CEPH_CONF=/etc/ceph/other.conf')
    const allowed = /^(PATH|HOME|USER|LANG|LC_ALL|(CEPH|KRB5|CTDB)\w+)=/
    expect(
      stdout
        .trim()
        .split('\n')
        .filter((line) => !allowed.test(line)),
    ).toEqual([])
  })

  test('runs in /, so that it pins no mount', async () => {
    expect((await runner().run(command(['pwd']))).stdout).toBe('/\n')
  })

  test('is not started when the worker is short of file descriptors, and the worker lives', async () => {
    const text = `import fs from 'node:fs'
      import { createRunner } from ${module('run.ts')}
      const { run } = createRunner()
      const echo = { argv: ['echo', 'hi'], limitMs: 5000, maxBytes: 100, touches: 'x' }
      await run(echo)
      const held = []
      try { for (;;) held.push(fs.openSync('/dev/null')) } catch {}
      const short = await run(echo)
      for (const fd of held) fs.closeSync(fd)
      const again = await run(echo)
      console.log(JSON.stringify([short.outcome, short.reason, again.outcome]))`
    const [node, file] = script(text)
    const ran = await runner().run(command(sh(`ulimit -n 128; exec ${node} ${file}`)))
    expect(ran.stderr).toBe('')
    expect(JSON.parse(ran.stdout)).toEqual([
      'unreachable',
      '`echo` could not be started here (EMFILE)',
      'exited',
    ])
  })
})

describe('the limit', () => {
  test('ends a child that ignores SIGTERM, with what it had printed', async () => {
    const [ran, ms] = await timed(
      runner().run(
        command(sh("trap '' TERM INT HUP; echo begun; while :; do sleep 1; done"), { limitMs: 400 }),
      ),
    )
    expect(ran).toMatchObject({
      outcome: 'timed-out',
      exitCode: null,
      stdout: 'begun\n',
      reason: '`sh` was ended at its limit of 0.4 s',
      stuck: [],
    })
    expect(ms).toBeLessThan(900)
  })

  test('ends a stopped child', async () => {
    const [ran, ms] = await timed(runner().run(command(sh('kill -STOP $$'), { limitMs: 300 })))
    expect(ran.outcome).toBe('timed-out')
    expect(ms).toBeLessThan(800)
  })

  test('ends its grandchildren too', async () => {
    const ran = await runner().run(command(sh('sleep 60 & echo $!; wait'), { limitMs: 300 }))
    await until(() => lookAt(Number(ran.stdout)) === undefined)
  })

  test('holds for a child that closed its output and lives on', async () => {
    const [ran, ms] = await timed(runner().run(command(sh('exec >&- 2>&-; sleep 60'), { limitMs: 300 })))
    expect(ran.outcome).toBe('timed-out')
    expect(ms).toBeLessThan(800)
  })

  test('is not taken for passed when only we were busy', async () => {
    const running = runner().run(command(['echo', 'done'], { limitMs: 300 }))
    const busyUntil = performance.now() + 700
    while (performance.now() < busyUntil) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50)
    expect(await running).toMatchObject({ outcome: 'exited', stdout: 'done\n' })
  })

  test('of nothing starts nothing', async () => {
    expect(await runner().run(command(['echo', 'x'], { limitMs: 0 }))).toMatchObject({
      outcome: 'timed-out',
      stdout: '',
    })
  })
})

describe('a grandchild that keeps the pipe open', () => {
  test('does not delay the answer, and is ended', async () => {
    const [ran, ms] = await timed(runner().run(command(sh('sleep 60 & echo $!'))))
    expect(ran).toMatchObject({ outcome: 'exited', exitCode: 0, stuck: [] })
    expect(ms).toBeLessThan(700)
    await until(() => lookAt(Number(ran.stdout)) === undefined)
  })

  test('does not delay the answer even from a session of its own', async () => {
    const [ran, ms] = await timed(runner().run(command(sh('setsid sleep 3 & echo $!'))))
    expect(ran).toMatchObject({ outcome: 'exited', exitCode: 0 })
    expect(ms).toBeLessThan(700)
  })

  test('does not keep node from exiting', async () => {
    const text = `import { createRunner } from ${module('run.ts')}
      const ran = await createRunner().run({ argv: ['sh', '-c', 'setsid sleep 4 & echo hi'], limitMs: 5000, maxBytes: 100, touches: 'x' })
      console.log(ran.stdout)`
    const [ran, ms] = await timed(runner().run(command(script(text))))
    expect(ran).toMatchObject({ exitCode: 0, stdout: 'hi\n\n' })
    expect(ms).toBeLessThan(3000)
  })
})

test('a flood of output costs neither memory nor the event loop', async () => {
  const delay = monitorEventLoopDelay({ resolution: 10 })
  const before = process.memoryUsage().rss
  const cpuBefore = process.cpuUsage()
  delay.enable()
  const [ran, ms] = await timed(
    runner().run(command(['yes', 'unwedge'], { limitMs: 1000, maxBytes: 2 ** 20 })),
  )
  delay.disable()
  const cpu = process.cpuUsage(cpuBefore)
  expect(ran).toMatchObject({ outcome: 'timed-out', truncated: true })
  expect(ran.stdout).toHaveLength(2 ** 20)
  expect(ms).toBeLessThan(1500)
  expect(process.memoryUsage().rss - before).toBeLessThan(120 * 2 ** 20)
  expect(delay.percentile(95) / 1e6).toBeLessThan(100)
  // microseconds within one second; reading all of it would take the whole second
  expect(cpu.user + cpu.system).toBeLessThan(500_000)
})

describe('cancelling', () => {
  test('ends the group at once', async () => {
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 200)
    const [ran, ms] = await timed(
      runner().run(command(sh('sleep 60 & echo $!; wait'), { signal: stop.signal })),
    )
    expect(ran).toMatchObject({
      outcome: 'cancelled',
      exitCode: null,
      reason: '`sh` was ended when it was cancelled',
    })
    expect(ms).toBeLessThan(700)
    await until(() => lookAt(Number(ran.stdout)) === undefined)
  })

  test('beforehand starts nothing', async () => {
    const ran = await runner().run(command(['echo', 'x'], { signal: AbortSignal.abort() }))
    expect(ran).toMatchObject({ outcome: 'cancelled', stdout: '' })
  })

  test('afterwards changes nothing, and leaves no listener behind', async () => {
    const stop = new AbortController()
    const ran = await runner().run(command(['echo', 'x'], { signal: stop.signal }))
    stop.abort()
    expect(ran.outcome).toBe('exited')
  })
})

describe('closing', () => {
  test('ends all that runs within a second, and starts nothing more', async () => {
    const mine = runner()
    const running = [1, 2, 3].map(() => mine.run(command(sh("trap '' TERM; echo $$; sleep 60; sleep 60"))))
    await new Promise((resolve) => setTimeout(resolve, 300))
    const [, ms] = await timed(mine.close())
    expect(ms).toBeLessThan(1000)
    for (const ran of await Promise.all(running)) {
      expect(ran.outcome).toBe('cancelled')
      expect(lookAt(Number(ran.stdout))).toBeUndefined()
    }
    expect((await mine.run(command(['echo', 'x']))).outcome).toBe('cancelled')
  })
})

import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { type Served, type ServeOptions, serve } from '../../jobs/hosts/serve.ts'
import { eventually, isRunning } from './processes.ts'

const running: Served<unknown>[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => each.stop(0)))
})

/** Serves a piece of JavaScript; it is ready when it prints "up VALUE". */
async function serveCode(code: string, options: Partial<ServeOptions<string>> = {}): Promise<Served<string>> {
  const served = await serve({
    name: 'the child',
    argv: [process.execPath, '-e', code],
    env: { PATH: process.env.PATH },
    ready: (line) => /^up (.*)/.exec(line)?.[1],
    readyWithinMs: 10_000,
    ...options,
  })
  running.push(served)
  return served
}

const stay = 'setInterval(() => {}, 1000);'
/** starts a grandchild in the same group, which keeps the pipes open, and prints its pid */
const withGrandchild = `${stay}
  const g = require('node:child_process').spawn(process.execPath, ['-e', "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)"], { stdio: 'inherit' });
  console.log('up ' + g.pid);`

describe('a child that comes up', () => {
  it('hands over what it said when it was ready, on either stream', async () => {
    expect((await serveCode(`${stay} console.log('starting\\nup port 1234')`)).value).toBe('port 1234')
    expect((await serveCode(`${stay} console.error('up there')`)).value).toBe('there')
  })

  it('gets the given environment and nothing of ours', async () => {
    process.env.UNWEDGE_TEST_TOKEN = 'xoxb-1-ours'
    const code = `${stay} console.log('up ' + JSON.stringify([process.env.UNWEDGE_TEST_TOKEN, process.env.A]))`
    const { value } = await serveCode(code, { env: { A: 'given' } })
    delete process.env.UNWEDGE_TEST_TOKEN
    expect(value).toBe('[null,"given"]')
  })

  it('is read for as long as it lives', async () => {
    const heard: string[] = []
    const code = `console.log('up 1'); setTimeout(() => console.log('later'), 50); ${stay}`
    await serveCode(code, { log: (line) => heard.push(line) })
    expect(await eventually(() => heard.includes('later'))).toBe(true)
  })

  it('reports how it ended by itself', async () => {
    const { exited } = await serveCode(`console.log('up 1'); setTimeout(() => process.exit(7), 50)`)
    expect(await exited).toEqual({ exitCode: 7, signal: null })
  })
})

describe('a child that does not come up', () => {
  it('fails with its last lines, secrets masked', async () => {
    const code = `for (let i = 0; i < 30; i++) console.log('line ' + i); console.error('bad url redis://u:hunter2@h'); process.exit(3)`
    const failure = await serveCode(code).catch((error) => error)
    expect(failure).toMatchObject({
      code: 'died',
      message: expect.stringMatching(/the child ended.*exit code 3/),
    })
    expect(failure.message).toContain('redis://u:***@h')
    expect(failure.message).toContain('line 29')
    expect(failure.lastLines).toHaveLength(20)
  })

  it('fails when its time is over, and leaves nothing behind', async () => {
    let grandchild = 0
    const code = withGrandchild.replace("'up '", "'grandchild '")
    const failure = await serveCode(code, {
      readyWithinMs: 1000,
      log: (line) => {
        grandchild = Number(/^grandchild (\d+)/.exec(line)?.[1] ?? grandchild)
      },
    }).catch((error) => error)
    expect(failure).toMatchObject({ code: 'not-ready', message: expect.stringContaining('1000 ms') })
    expect(grandchild).toBeGreaterThan(1)
    expect(await eventually(() => !isRunning(grandchild))).toBe(true)
  })

  it('fails when there is no such program', async () => {
    const argv: [string] = ['/nowhere/redis-server']
    await expect(serveCode('', { argv })).rejects.toMatchObject({ code: 'not-found' })
  })
})

describe('stopping', () => {
  it('ends the whole group, also what ignores SIGTERM', async () => {
    const served = await serveCode(`process.on('SIGTERM', () => {});${withGrandchild}`)
    const grandchild = Number(served.value)
    expect(isRunning(grandchild)).toBe(true)
    await served.stop(200)
    expect(await served.exited).toEqual({ exitCode: null, signal: 'SIGKILL' })
    expect(await eventually(() => !isRunning(grandchild))).toBe(true)
  })

  it('lets it end in order when it does so in time', async () => {
    const code = `${stay} process.on('SIGTERM', () => process.exit(5)); console.log('up 1')`
    const served = await serveCode(code)
    await served.stop()
    expect(await served.exited).toEqual({ exitCode: 5, signal: null })
    await served.stop()
  })

  it('takes what it had started along when it dies by itself', async () => {
    const served = await serveCode(`${withGrandchild} setTimeout(() => process.exit(1), 300)`)
    await served.exited
    expect(await eventually(() => !isRunning(Number(served.value)))).toBe(true)
  })
})

describe('when we end', () => {
  const module = fileURLToPath(new URL('../../jobs/hosts/serve.ts', import.meta.url))
  /** a process that serves a child of its own, says its pid, and then does `end` */
  const parent = (end: string, child: string = stay) => `
    import { serve } from ${JSON.stringify(module)}
    const child = await serve({ name: 'c', argv: [process.execPath, '-e', ${JSON.stringify(`console.log('up');${child}`)}],
      env: {}, ready: (line) => line === 'up' || undefined, readyWithinMs: 10_000 })
    console.log('up ' + child.pid)
    ${end}`
  const serveParent = (code: string) =>
    serveCode('', { argv: [process.execPath, '--input-type=module', '-e', code] })

  it.each([
    ['normally', 'setTimeout(() => process.exit(0), 100)'],
    ['by an error', "setTimeout(() => { throw new Error('x') }, 100)"],
  ])('%s, our children do', async (_how, end) => {
    const { value, exited } = await serveParent(parent(end))
    await exited
    expect(await eventually(() => !isRunning(Number(value)))).toBe(true)
  })

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'by %s, we do end, and our children too',
    async (signal) => {
      const { value, pid, exited } = await serveParent(parent('setInterval(() => {}, 1000)'))
      process.kill(pid, signal)
      expect(await exited).toEqual({ exitCode: null, signal })
      expect(await eventually(() => !isRunning(Number(value)))).toBe(true)
    },
  )

  it('by SIGKILL, the stdin of our children closes', async () => {
    const listening = "process.stdin.resume(); process.stdin.on('end', () => process.exit(0))"
    const { value, pid, exited } = await serveParent(parent('setInterval(() => {}, 1000)', listening))
    process.kill(pid, 'SIGKILL')
    await exited
    expect(await eventually(() => !isRunning(Number(value)))).toBe(true)
  })
})

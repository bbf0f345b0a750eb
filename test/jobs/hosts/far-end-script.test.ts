import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { commandLine, endLine, probeLine, quote, readProbe } from '../../../jobs/hosts/far-end-script.ts'
import { createRunner } from '../../../jobs/hosts/run.ts'
import { command } from './commands.ts'

/** What sshd does with a line: the login shell of a session of its own gets it by -c. */
function sshd() {
  const runner = createRunner()
  onTestFinished(() => runner.close())
  return (line: string) => runner.run(command(['sh', '-c', line]))
}

const farEnd = {
  uid: String(process.getuid?.()),
  user: 'lin',
  timeout: 'k',
  clock: { seconds: 1e9, at: 0 },
} as const
const line = (argv: string[], differs = {}) =>
  commandLine('m', { ...farEnd, ...differs }, { argv, limitMs: 5000, touches: 'x' })

test('quotes words so that a shell reads exactly these', async () => {
  const run = sshd()
  const word = fc.string({ unit: 'binary', maxLength: 30 }).map((text) => text.replaceAll('\0', "'"))
  await fc.assert(
    fc.asyncProperty(fc.array(word, { minLength: 1, maxLength: 8 }), async (words) => {
      const { stdout } = await run(quote(['printf', '%s\\0', ...words]))
      expect(stdout.split('\0').slice(0, -1)).toEqual(words)
    }),
    { numRuns: 30 },
  )
})

test('no script holds a marker: a listing of processes must not look like an answer', () => {
  for (const text of [line(['ps']), probeLine('m'), endLine('m', { sid: '1', born: '2' })]) {
    expect(text).not.toMatch(/~unwedge-m-(begin|end)/)
    expect(text).not.toMatch(/^\s*#/m)
    expect(text.length).toBeLessThan(8000)
  }
})

test.each(['k', 's', 'none'] as const)(
  'frames output and exit code, with timeout(1) called by %s',
  async (timeout) => {
    const { stdout, stderr } = await sshd()(line(['sh', '-c', 'echo out; echo err >&2; exit 7'], { timeout }))
    expect(stdout).toMatch(/^~unwedge-m-begin \d+ \d+\nout\n~unwedge-m-end exit 7 \n$/)
    expect(stderr).toMatch(/^~unwedge-m-begin \d+ \d+\nerr\n~unwedge-m-end exit 7 \n$/)
  },
)

test('starts nothing after its limit', async () => {
  const { stdout } = await sshd()(
    line(['echo', 'late'], { clock: { seconds: -1000, at: performance.now() } }),
  )
  expect(stdout).toMatch(/^~unwedge-m-begin .*\n~unwedge-m-end late \d+\n$/)
})

test('learns of a far end who we are there, its clock, and how its timeout(1) is called', async () => {
  const { stdout } = await sshd()(probeLine('m'))
  const answer = stdout.split('\n').slice(1, -2).join('\n')
  expect(readProbe(`${answer}\n`, 5)).toEqual({
    uid: String(process.getuid?.()),
    user: expect.stringMatching(/^\S+$/),
    timeout: 'k',
    clock: { seconds: expect.any(Number), at: 5 },
  })
  expect(readProbe('This account is currently not available.\n', 5)).toBeUndefined()
})

test('ends a whole session, and nothing else', async () => {
  const run = sshd()
  const seconds = `4${process.pid}`
  const running = run(line(['sh', '-c', `sleep ${seconds} & (trap "" TERM; sleep ${seconds})`]))
  const sleeping = async () => (await run(`ps ax -o args= | grep -c "^sleep ${seconds}"`)).stdout.trim()
  let session: { sid: string; born: string } | undefined
  while (!session) {
    const { stdout } = await run(`ps ax -o sess= -o args= | grep "[s]leep ${seconds}$" | head -1`)
    const sid = /^\s*(\d+) sleep/.exec(stdout)?.[1]
    if (sid) session = { sid, born: (await run(`cut -d' ' -f22 /proc/${sid}/stat`)).stdout.trim() }
  }
  // a number that was given to another process since
  expect((await run(endLine('m', { ...session, born: '1' }))).stdout).toContain('~unwedge-m-end gone')
  expect(await sleeping()).toBe('2')
  expect((await run(endLine('m', session))).stdout).toContain('~unwedge-m-end gone')
  expect(await sleeping()).toBe('0')
  await running
})

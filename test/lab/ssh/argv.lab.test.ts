import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { command, open, scratch } from './commands.ts'
import { sshdForTest } from './sshd.ts'

/** Login shells that appliances and old systems have; sshd hands them the line as `$SHELL -c LINE`. */
const shells = ['bash', 'dash', 'busybox ash', 'mksh']
const through = (shell: string) => ({ config: [`ForceCommand exec ${shell} -c "$SSH_ORIGINAL_COMMAND"`] })

/** Prints each argument, and a NUL after it. */
const show = ['printf', '%s\\0'] as const
const shown = (stdout: string) => stdout.split('\0').slice(0, -1)

const nasty = [
  '',
  ' ',
  '-',
  '--',
  '-n',
  '--foo',
  '-oProxyCommand=touch',
  '$(id)',
  '`id`',
  '$HOME',
  `$\{HOME}`,
  '"',
  "'",
  "'\\''",
  "''",
  '\\',
  '\\\\',
  '\\n',
  '\n',
  'a\nb\n',
  '\r',
  '\t',
  '*',
  '?',
  '[a-z]',
  '~',
  '~root',
  '{a,b}',
  '!',
  '!!',
  '#',
  '# x',
  ';',
  '|',
  '&',
  '&&',
  '>',
  '<',
  '(',
  ')',
  '%h',
  '%%',
  '=',
  'a=b',
  '🧱',
  'è',
  '\u202e',
  '\u0001',
  '\u007f',
  '\u0080',
  '~unwedge-x-end exit 0 ',
]
const word = fc.oneof(
  fc.constantFrom(...nasty),
  fc.string({ unit: 'binary', maxLength: 40 }).map((value) => value.replaceAll('\0', '\n')),
  fc.array(fc.constantFrom(...nasty), { maxLength: 6 }).map((parts) => parts.join('')),
)

test.each(shells)('argv arrives exactly as given, through a login shell that is %s', async (shell) => {
  const { ask } = open({ h: (await sshdForTest(through(shell))).settings })
  await fc.assert(
    fc.asyncProperty(fc.array(word, { minLength: 1, maxLength: 12 }), async (args) => {
      const ran = await ask(command([...show, ...args]))
      expect(ran).toMatchObject({ outcome: 'exited', exitCode: 0, stderr: '' })
      expect(shown(ran.stdout)).toEqual(args)
    }),
    { numRuns: 40 },
  )
})

test('200 injection strings, as program and as argument: a canary never appears', async () => {
  const { settings } = await sshdForTest()
  const { ask } = open({ h: settings })
  const canary = join(scratch(), 'canary')
  const run = `touch ${canary}`
  const strings = ["'", '"', '', '\n', "\\'", "'\\''", '\\', '$(', '`', '--', ')', '}', '~', '%'].flatMap(
    (open) =>
      [
        `;${run};`,
        `$(${run})`,
        `\`${run}\``,
        `|${run}`,
        `&& ${run}`,
        `\n${run}\n`,
        `' ; ${run} ; '`,
        `-oProxyCommand=${run}`,
      ].map((text) => `${open}${text}`),
  )
  const all = [...strings, ...strings.map((text) => `${text}#`)].slice(0, 200)
  expect(all).toHaveLength(200)
  for (const text of all) {
    const [asArgument, asProgram] = await Promise.all([ask(command([...show, text])), ask(command([text]))])
    expect(shown(asArgument.stdout)).toEqual([text])
    expect(asProgram.outcome).toBe('not-found')
  }
  await Promise.all(
    all.slice(0, 50).map((touches) => ask(command(['true'], { touches: `mount:${touches}` }))),
  )
  expect(existsSync(canary)).toBe(false)
})

describe('a command that cannot arrive as it is', () => {
  test.each([
    ['nul', ['echo', 'a\0b']],
    ['not-utf8', ['echo', '\ud83e']],
    ['empty', ['']],
    ['too-long', ['echo', 'x'.repeat(125_000)]],
    ['too-long', ['echo', "'".repeat(40_000)]],
  ] as const)('is refused before anything is sent: %s', async (code, argv) => {
    const { ask } = open({ h: { address: '127.0.0.1', port: 1 } })
    await expect(ask(command(argv as unknown as readonly [string]))).rejects.toMatchObject({
      name: 'CommandRefused',
      code,
    })
  })

  test('does arrive when it is just short enough', async () => {
    const { ask } = open({ h: (await sshdForTest()).settings })
    const long = 'x'.repeat(119_000)
    expect((await ask(command(['printf', '%s', long]))).stdout).toBe(long)
  })
})

test('a command runs in /, untranslated, with the sbin folders, and with nothing of our environment', async () => {
  process.env.SLACK_BOT_TOKEN = 'xoxb-canary'
  const { settings } = await sshdForTest({ config: ['AcceptEnv *'] })
  const { ask } = open({ h: settings })
  const { stdout } = await ask(command(['sh', '-c', 'pwd; env; cat; ulimit -c >/dev/null; tty']))
  delete process.env.SLACK_BOT_TOKEN
  expect(stdout).toMatch(/^\/\n/)
  expect(stdout).toMatch(/^LC_ALL=C$/m)
  expect(stdout).toMatch(/^PATH=.*:\/usr\/sbin:/m)
  expect(stdout).toMatch(/not a tty\n$/)
  expect(stdout).not.toMatch(/canary|SSH_AUTH_SOCK|DISPLAY/)
})

import { afterAll, expect, test } from 'vitest'
import { createRunner } from '../../../jobs/hosts/run.ts'
import { runThere } from '../../../jobs/hosts/ssh-command.ts'
import type { Ending } from '../../../jobs/hosts/ssh-sessions.ts'

const runner = createRunner()
afterAll(() => runner.close())

const silent = { exitCode: null, stdout: '', stderr: '', truncated: false }

/** What is said of `systemctl restart`, of which the far end said nothing. */
async function saidOf(ending: Pick<Ending, 'outcome' | 'durationMs' | 'notAsked'>) {
  const stop = new AbortController()
  const run = async () => {
    if (ending.outcome === 'cancelled') stop.abort()
    return { ...silent, ...ending }
  }
  const farEnd = { uid: '0', user: 'root', timeout: 'k', clock: { seconds: 0, at: 0 } } as const
  const connected = { socket: '/run/s', sessions: { run, retire: () => {} }, farEnd, via: undefined }
  const command = { argv: ['systemctl', 'restart', 'x'], limitMs: 2000, maxBytes: 1000 } as const
  const answer = await runThere(
    { name: 'node1', host: { address: 'node1' }, connected, runner },
    { ...command, touches: 'nothing', signal: stop.signal },
    { leftMs: 2000, now: 0 },
  )
  return answer === 'never-sent' ? answer : [answer.part.outcome, answer.part.reason]
}

const notAsked = 'given-up'

test('of a command that was asked for and not heard of, it is not said that it did not start', async () => {
  const unknown = 'whether `systemctl` started there is not known'
  expect(await saidOf({ outcome: 'timed-out', durationMs: 2000 })).toEqual([
    'unreachable',
    `node1 is connected, but said nothing of \`systemctl\` within its limit of 2 s: it hangs, or the network does; ${unknown}`,
  ])
  expect(await saidOf({ outcome: 'timed-out', durationMs: 50 })).toEqual([
    'timed-out',
    `too little was left of its limit of 2 s to hear from node1; ${unknown}`,
  ])
  expect(await saidOf({ outcome: 'cancelled', durationMs: 50 })).toEqual([
    'cancelled',
    `\`systemctl\` was cancelled before node1 said anything of it; ${unknown}`,
  ])
})

test('of a command that was never asked for, it is said that it did not start', async () => {
  expect(await saidOf({ outcome: 'timed-out', durationMs: 2000, notAsked })).toEqual([
    'unreachable',
    'node1 is connected, but did not start `systemctl` within its limit of 2 s: it hangs, or the network does',
  ])
  expect(await saidOf({ outcome: 'timed-out', durationMs: 50, notAsked })).toEqual([
    'timed-out',
    'too little was left of its limit of 2 s to start `systemctl` on node1',
  ])
  expect(await saidOf({ outcome: 'cancelled', durationMs: 50, notAsked })).toEqual([
    'cancelled',
    '`systemctl` was cancelled before it started',
  ])
})

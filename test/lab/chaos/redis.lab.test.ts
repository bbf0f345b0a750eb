import { describe, expect, test, vi } from 'vitest'
import {
  answerTo,
  approvalId,
  ask,
  buttons,
  check,
  checkIdOf,
  checkLine,
  ending,
  keyOf,
  press,
  said,
  waitForMessage,
} from '../../e2e/conversation.ts'
import { incident, lin, mei } from '../../e2e/stand.ts'
import { ENQUEUE, expectOneReport, expectRunOnce, INTAKE, type Rig, withRig } from './rig.ts'

/** Kills Redis and starts it again on what is on its disk; everything else lives on. */
type Point = [string, (rig: Rig) => Promise<unknown>]

async function crash(rig: Rig): Promise<void> {
  await rig.redis.kill()
  await rig.redis.restart()
}
const crashAt =
  (part: 'bot' | 'worker', when: 'before' | 'after', fits: RegExp): Point[1] =>
  async (rig) => {
    let gone: Promise<void> | undefined
    await rig.taps[part].at(when, fits, () => {
      gone = rig.redis.kill()
    })
    await gone
    await rig.redis.restart()
  }
const crashDuring =
  (fits: RegExp): Point[1] =>
  async (rig) => {
    const held = rig.cluster.hold(fits)
    await held.reached
    await rig.redis.kill()
    // what the command brings comes while there is no Redis
    held.release()
    await rig.redis.restart()
  }
const crashOnMessage =
  (fits: (message: { text: string; blocks?: unknown }) => boolean): Point[1] =>
  async (rig) => {
    let gone: Promise<void> | undefined
    const sees = (message: Parameters<typeof fits>[0]) => {
      if (!gone && fits(message)) gone = rig.redis.kill()
      return gone !== undefined
    }
    await rig.slack.waitFor(sees, { timeoutMs: 60_000 })
    await gone
    await rig.redis.restart()
  }
/** The bot takes commands again. Not `expect.poll`: it belongs to one test, and several run at a time. */
const reconnected = (rig: Rig) =>
  vi.waitFor(
    async () =>
      expect((await rig.slack.command(lin, incident, 'status')).response?.text).toContain('1 worker'),
    { timeout: 20_000 },
  )

const isFinal = (message: { text: string }) => message.text.includes('What would be done')

describe.concurrent('kill -9 of Redis', () => {
  test('before a command is on record: it is refused, and the next one is taken', () =>
    withRig(async (rig) => {
      const crashed = crashAt('bot', 'before', INTAKE)(rig)
      const { response } = await rig.slack.command(lin, incident, checkLine())
      expect(response?.text).toContain("I can't reach my queue (Redis)")
      await crashed
      await reconnected(rig)
      await check(rig)
      await expectOneReport(rig)
    }))

  const asking: Point[] = [
    ['when the command is on record, before it is in the queue', crashAt('bot', 'before', ENQUEUE)],
    ['when the command is in the queue', crashAt('bot', 'after', ENQUEUE)],
    ['before the first message is noted', crashOnMessage(({ text }) => text.startsWith('*Checking'))],
    ['while the check runs', crashDuring(/listwatchers/)],
    ['before the result is on record', crashAt('worker', 'before', /:check:c[\s\S]*recording/)],
    ['when the result is on record', crashAt('worker', 'after', /:check:c[\s\S]*recording/)],
    ['before the offer is on record', crashAt('bot', 'before', /:approval:a[\s\S]*pending/)],
    ['when the finding is posted, before that is noted', crashOnMessage(isFinal)],
  ]
  test.for(asking)('%s: one report, and the approval works', ([, crashes]) =>
    withRig(async (rig) => {
      const crashed = crashes(rig)
      void rig.slack.command(lin, incident, checkLine())
      await crashed
      const root = await waitForMessage(rig, (m) => keyOf(m).startsWith('root-'), 'a first message')
      const answer = await answerTo(rig, checkIdOf(root))
      await reconnected(rig)
      await press(rig, answer.finding, 'approve', mei)
      expect((await ending(rig, approvalId(answer))).text).toMatch(/^\*Done\.\*/)
      expect(rig.cluster.effects).toEqual(['add', 'rm'])
      await expectOneReport(rig)
      await expectRunOnce(rig, answer)
    }),
  )

  const approving: Point[] = [
    ['when the approval is on record', crashAt('bot', 'after', /"state":"approved"/)],
    [
      'when the remedy is in the queue',
      async (rig) => {
        // no worker may have it yet: Redis would remember that, and the worker would never hear of it
        process.kill(rig.worker.pid(), 'SIGSTOP')
        await crashAt('bot', 'after', /report-remedy-a[\s\S]*signature/)(rig)
        process.kill(rig.worker.pid(), 'SIGCONT')
      },
    ],
    ['when the worker is about to begin', crashAt('worker', 'before', /"state":"running"/)],
    ['when the worker may begin, before it knows', crashAt('worker', 'after', /"state":"running"/)],
    [
      'when the result is posted, before that is noted',
      crashOnMessage(({ text }) => text.startsWith('*Done')),
    ],
  ]
  test.for(approving)('%s: one execution, one report', ([, crashes]) =>
    withRig(async (rig) => {
      const answer = await check(rig)
      const crashed = crashes(rig)
      void press(rig, answer.finding, 'approve', mei)
      await crashed
      expect((await ending(rig, approvalId(answer))).text).toMatch(/^\*Done\.\*/)
      expect(rig.cluster.effects).toEqual(['add', 'rm'])
      expect(said(rig, 'acting-')).toHaveLength(1)
      await expectOneReport(rig)
      await expectRunOnce(rig, answer)
    }),
  )

  const acting: [...Point, string[], RegExp][] = [
    [
      'before it is said what is about to be done',
      crashAt('worker', 'before', /"action":"about-to"/),
      [],
      /No step had been started/,
    ],
    ['while Ceph blocks', crashDuring(/blacklist add/), ['add'], /about-to ceph .* blacklist add/],
    [
      'while Ceph lifts the block',
      crashDuring(/blacklist rm/),
      ['add', 'rm'],
      /about-to ceph .* blacklist rm/,
    ],
  ]
  test.for(acting)(
    '%s: it stops there, is not repeated, and it is said how far it got',
    ([, crashes, effects, last]) =>
      withRig(async (rig) => {
        const answer = await check(rig)
        const crashed = crashes(rig)
        await press(rig, answer.finding, 'approve', mei)
        await crashed
        const end = await ending(rig, approvalId(answer))
        expect(end.text).toMatch(/^\*It is not known how far it got\.\*/)
        expect(end.text).toMatch(last)
        expect(rig.cluster.effects).toEqual(effects)
        await expectOneReport(rig)
        await expectRunOnce(rig, answer)
      }),
  )

  test('and everything at once: bot, worker and Redis, in the middle of a check', () =>
    withRig(async (rig) => {
      const held = rig.cluster.hold(/listwatchers/)
      const id = await ask(rig)
      await held.reached
      await Promise.all([rig.bot.kill(), rig.worker.kill(), crash(rig)])
      held.release()
      await Promise.all([rig.revive('bot'), rig.revive('worker')])
      const answer = await answerTo(rig, id)
      expect(buttons(answer.finding)).toContain('approve')
      await expectOneReport(rig)
    }))
})

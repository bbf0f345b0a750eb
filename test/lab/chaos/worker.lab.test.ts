import { describe, expect, test } from 'vitest'
import {
  answerTo,
  approvalId,
  ask,
  check,
  checkIdOf,
  ending,
  keyOf,
  press,
  said,
  waitForMessage,
} from '../../e2e/conversation.ts'
import { mei } from '../../e2e/stand.ts'
import { expectOneReport, expectRunOnce, type Rig, withRig } from './rig.ts'

type Point = [string, (rig: Rig) => Promise<unknown>]

const kill = (rig: Rig) => () => void rig.worker.kill()
/** Dies while a tool of the cluster runs; the tool itself goes on. */
const dieDuring = (fits: RegExp) => async (rig: Rig) => {
  const held = rig.cluster.hold(fits)
  await held.reached
  await rig.worker.kill()
  held.release()
}
const dieAt = (when: 'before' | 'after', fits: RegExp) => (rig: Rig) =>
  rig.taps.worker.at(when, fits, kill(rig))
const entry = (action: string, step: string) => new RegExp(`"action":"${action}"[^}]*"step":"${step}"`)

describe.concurrent('kill -9 of the worker', () => {
  const checking: Point[] = [
    ['while a command runs', dieDuring(/listwatchers/)],
    ['when the result is on record, before the queue knows', dieAt('after', /:check:c[\s\S]*recording/)],
    ['when the check is taken, before it looked', dieAt('before', /:cancelled:c/)],
  ]
  test.for(checking)('%s: the check is taken up again, and reported once', ([, dies]) =>
    withRig(async (rig) => {
      const killed = dies(rig)
      const id = await ask(rig)
      await killed
      await rig.revive('worker')
      const answer = await answerTo(rig, id)
      expect(answer.root.text).toContain('A left-over watcher')
      await expectOneReport(rig)
      expect(rig.cluster.effects).toEqual([])
    }),
  )

  // where it dies, what the cluster felt by then, and what was on record last
  const acting: [...Point, string[], RegExp][] = [
    ['when it has begun', dieAt('after', /"state":"running"/), [], /No step had been started/],
    [
      'before it says what it is about to do',
      dieAt('before', entry('about-to', 'add')),
      [],
      /No step had been started/,
    ],
    [
      'when it has said what it is about to do',
      dieAt('after', entry('about-to', 'add')),
      [],
      /about-to ceph .* blacklist add/,
    ],
    ['while Ceph blocks', dieDuring(/blacklist add/), ['add'], /about-to ceph .* blacklist add/],
    [
      'when Ceph has blocked, before that is on record',
      dieAt('before', entry('did', 'add')),
      ['add'],
      /about-to ceph .* blacklist add/,
    ],
    ['when that is on record', dieAt('after', entry('did', 'add')), ['add'], /did add/],
    ['between add and rm', dieAt('before', entry('about-to', 'rm')), ['add'], /did add/],
    ['while Ceph lifts the block', dieDuring(/blacklist rm/), ['add', 'rm'], /about-to ceph .* blacklist rm/],
    [
      'when it is lifted, before that is on record',
      dieAt('before', entry('did', 'rm')),
      ['add', 'rm'],
      /about-to ceph .* blacklist rm/,
    ],
    ['when all is done, before it says so', dieAt('before', /"action":"ended"/), ['add', 'rm'], /did rm/],
  ]
  test.for(acting)(
    '%s: the remedy is not repeated, and it is said how far it got',
    ([, dies, effects, last]) =>
      withRig(async (rig) => {
        const answer = await check(rig)
        const killed = dies(rig)
        await press(rig, answer.finding, 'approve', mei)
        await killed
        await rig.revive('worker')
        const end = await ending(rig, approvalId(answer))
        expect(end.text).toMatch(/^\*It is not known how far it got\.\*/)
        expect(end.text).toMatch(last)
        expect(end.text).toMatch(/nothing will be repeated.*Check again/s)
        expect(rig.cluster.effects).toEqual(effects)
        expect(said(rig, 'acting-')).toHaveLength(1)
        await expectOneReport(rig)
        await expectRunOnce(rig, answer)

        // what follows is to look, and that works
        await press(rig, end, 'again', mei)
        const root = await waitForMessage(
          rig,
          (message) => keyOf(message).startsWith('root-') && keyOf(message) !== keyOf(answer.root),
          'the check that follows',
        )
        await answerTo(rig, checkIdOf(root))
        expect(rig.cluster.effects).toEqual(effects)
      }),
  )

  const ended: Point[] = [
    ['when the result is on record', dieAt('after', /hset[\s\S]*:remedy:a/i)],
    [
      'when the approval is closed, before the queue knows',
      dieAt('after', /"approval":\{[\s\S]*"state":"done"/),
    ],
  ]
  test.for(ended)('%s: what it did is reported as it was', ([, dies]) =>
    withRig(async (rig) => {
      const answer = await check(rig)
      const killed = dies(rig)
      await press(rig, answer.finding, 'approve', mei)
      await killed
      await rig.revive('worker')
      expect((await ending(rig, approvalId(answer))).text).toMatch(/^\*Done\.\*/)
      expect(rig.cluster.effects).toEqual(['add', 'rm'])
      await expectOneReport(rig)
      await expectRunOnce(rig, answer)
    }),
  )

  test(
    'for real, without help for its locks: a dead worker’s remedy ends as unknown when they have run out',
    () =>
      withRig(async (rig) => {
        const answer = await check(rig)
        const killed = dieDuring(/blacklist rm/)(rig)
        await press(rig, answer.finding, 'approve', mei)
        await killed
        await rig.revive('worker', 'a-moment')
        const fits = (message: { text: string }) => message.text.startsWith('*It is not known how far it got')
        await rig.slack.waitFor(fits, { timeoutMs: 110_000, what: 'the end' })
        expect(rig.cluster.effects).toEqual(['add', 'rm'])
        await expectRunOnce(rig, answer)
      }),
    150_000,
  )
})

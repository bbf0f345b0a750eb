import { describe, expect, test } from 'vitest'
import {
  type Answer,
  answerTo,
  approvalId,
  ask,
  buttons,
  check,
  checkIdOf,
  checkLine,
  ending,
  keyOf,
  now,
  press,
  said,
  waitForMessage,
} from '../../e2e/conversation.ts'
import { incident, lin, mei } from '../../e2e/stand.ts'
import { ENQUEUE, expectOneReport, expectRunOnce, INTAKE, type Rig, withRig } from './rig.ts'

/** Where the bot dies; the promise is there when it did. */
type Point = [string, (rig: Rig) => Promise<unknown>]

const kill = (rig: Rig) => () => void rig.bot.kill()

async function oneAnswer(rig: Rig): Promise<Answer> {
  const root = await waitForMessage(rig, (message) => keyOf(message).startsWith('root-'), 'a first message')
  return answerTo(rig, checkIdOf(root))
}

async function approveAndFinish(rig: Rig, answer: Answer): Promise<void> {
  await press(rig, answer.finding, 'approve', mei)
  await expectDone(rig, answer)
}

async function expectDone(rig: Rig, answer: Answer): Promise<void> {
  const end = await ending(rig, approvalId(answer))
  expect(end.text).toMatch(/^\*Done\.\*/)
  await waitForMessage(
    rig,
    (message) => message.ts === answer.finding.ts && /\*Done\.\*/.test(message.text),
    'the finding with its decision',
  )
  expect(buttons(now(rig, answer.finding))).toEqual(['evidence', 'export', 'again'])
  await expectOneReport(rig)
  await expectRunOnce(rig, answer)
  expect(rig.cluster.effects).toEqual(['add', 'rm'])
  expect(said(rig, 'acting-')).toHaveLength(1)
}

describe.concurrent('kill -9 of the bot', () => {
  const tooEarly: Point[] = [
    ['before anything is on record', (rig) => rig.taps.bot.at('before', INTAKE, kill(rig))],
  ]
  test.for(tooEarly)('%s: Slack says so, and nothing comes of it', ([, dies]) =>
    withRig(async (rig) => {
      const killed = dies(rig)
      const delivery = await rig.slack.command(lin, incident, checkLine())
      await killed
      expect(delivery.acked).toBe(false)
      await rig.revive('bot')
      await approveAndFinish(rig, await check(rig))
    }),
  )

  const asking: Point[] = [
    [
      'when the command is on record, before Slack hears of it',
      (rig) => rig.taps.bot.at('after', INTAKE, kill(rig)),
    ],
    [
      'when the command is accepted, before it is in the queue',
      (rig) => rig.taps.bot.at('before', ENQUEUE, kill(rig)),
    ],
    ['when the command is in the queue', (rig) => rig.taps.bot.at('after', ENQUEUE, kill(rig))],
    [
      'before its first message is sent',
      (rig) => rig.taps.bot.at('before', /:message:root-[^\r]*:lock/, kill(rig)),
    ],
    [
      'after its first message, before it knows',
      (rig) => rig.killOnMessage('bot', (m) => keyOf(m).startsWith('root-')),
    ],
    [
      'when it has noted its first message',
      (rig) => rig.taps.bot.at('after', /:message:root-[\s\S]*\r\nts\r\n/, kill(rig)),
    ],
    [
      'while the check runs',
      async (rig) => {
        const held = rig.cluster.hold(/listwatchers/)
        await held.reached
        await rig.bot.kill()
        held.release()
      },
    ],
    [
      'when the finding is about to be offered',
      (rig) => rig.taps.bot.at('before', /:approval:a[\s\S]*pending/, kill(rig)),
    ],
    [
      'when the offer is on record, before it is in the trail',
      (rig) => rig.taps.bot.at('before', /"action":"offered"/, kill(rig)),
    ],
    [
      'after the finding is posted, before it knows',
      (rig) =>
        rig.killOnMessage('bot', (m) => keyOf(m).startsWith('finding-') && buttons(m).includes('evidence')),
    ],
    [
      'when everything is told, before the queue knows',
      (rig) => {
        const told = rig.slack.waitFor(
          (m) => keyOf(m).startsWith('finding-') && buttons(m).includes('evidence'),
          { timeoutMs: 60_000 },
        )
        return told.then(() => rig.taps.bot.at('before', /report-check-c/, kill(rig)))
      },
    ],
  ]
  test.for(asking)('%s: one report, and the approval works', ([, dies]) =>
    withRig(async (rig) => {
      const killed = dies(rig)
      void rig.slack.command(lin, incident, checkLine())
      await killed
      await rig.revive('bot')
      await approveAndFinish(rig, await oneAnswer(rig))
    }),
  )

  const approving: Point[] = [
    ['before the approval is on record', (rig) => rig.taps.bot.at('before', /"state":"approved"/, kill(rig))],
    [
      'when the approval is on record, before it is in the trail',
      (rig) => rig.taps.bot.at('after', /"state":"approved"/, kill(rig)),
    ],
    [
      'when it is in the trail, before the remedy is in the queue',
      (rig) => rig.taps.bot.at('after', /"action":"approved"/, kill(rig)),
    ],
    [
      'when the remedy is in the queue',
      (rig) => rig.taps.bot.at('after', /report-remedy-a[\s\S]*signature/, kill(rig)),
    ],
    [
      'while the remedy runs',
      async (rig) => {
        const held = rig.cluster.hold(/blacklist rm/)
        await held.reached
        await rig.bot.kill()
        held.release()
      },
    ],
    [
      'after the result is posted, before it knows',
      (rig) => rig.killOnMessage('bot', (m) => keyOf(m).startsWith('acting-') && m.text.startsWith('*Done')),
    ],
  ]
  test.for(approving)('%s: one execution, one report', ([, dies]) =>
    withRig(async (rig) => {
      const answer = await check(rig)
      const killed = dies(rig)
      void press(rig, answer.finding, 'approve', mei)
      await killed
      await rig.revive('bot')
      const approved = (await rig.audit(approvalId(answer))).length > 1
      const state = now(rig, answer.finding)
      // what was not recorded can be clicked again; what was goes on by itself
      if (!approved && buttons(state).includes('approve')) await press(rig, answer.finding, 'approve', mei)
      await expectDone(rig, answer)
    }),
  )

  test('for real, without help for its locks: the report comes when they have run out', () =>
    withRig(async (rig) => {
      const killed = rig.killOnMessage(
        'bot',
        (m) => keyOf(m).startsWith('finding-') && buttons(m).includes('evidence'),
      )
      await ask(rig)
      await killed
      await rig.revive('bot', 'a-moment')
      await waitForMessage(rig, (m) => m.text.includes('details in the thread'), 'the conclusion')
      await expectOneReport(rig)
    }))
})

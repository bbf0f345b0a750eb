import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { Playbook } from '../../../playbooks/shared/playbook.ts'
import type { Scenario } from '../../../playbooks/shared/scenario.ts'
import { buttons, ending, keyOf, now, press, said } from '../../e2e/conversation.ts'
import { lin, mei } from '../../e2e/stand.ts'
import { approve, takenBack, WITH_SWITCH } from '../../e2e/switch/stand.ts'
import { eventually } from '../../jobs/processes.ts'
import { switchPlaybook, switchScenario } from '../../jobs/switch-playbook.ts'
import type { Incident } from './hand-cluster.ts'
import { expectOneReport, type Rig, withRig } from './rig.ts'

/** A switch that can be held and turned up, whose state outlives every worker. */
const switches: Incident = {
  scenario: switchScenario as Scenario,
  playbook: switchPlaybook as Playbook,
  args: { target: 'sw-1' },
  replayed: 'sw-2',
  acted: 'sw-1',
  effect: (line) => / (hold|release|level \d)$/.exec(line)?.[1],
}
const withSwitch = (story: (rig: Rig) => Promise<void>) => withRig(story, switches, WITH_SWITCH)

type Point = (rig: Rig) => Promise<unknown>
const kill = (rig: Rig) => () => void rig.worker.kill()
/** Dies while a command runs; the command itself goes on, for `lingersMs` more. */
const dieDuring =
  (fits: RegExp, lingersMs = 0): Point =>
  async (rig) => {
    const held = rig.cluster.hold(fits)
    await held.reached
    await rig.worker.kill()
    setTimeout(held.release, lingersMs)
  }
const dieAt =
  (when: 'before' | 'after', fits: RegExp): Point =>
  (rig) =>
    rig.taps.worker.at(when, fits, kill(rig))
const entry = (action: string, step: string) => new RegExp(`"action":"${action}"[^}]*"step":"${step}"`)
/** the job and its report go into the queue in one step */
const ENQUEUE = /report-undo-a[\s\S]*signature|signature[\s\S]*report-undo-a/
const action = (name: string) => new RegExp(`"action":"${name}"`)

/** Waits for what the switch felt. Not `expect.poll`: it belongs to one test, and several run at a time. */
async function felt(rig: Rig, effects: string[], withinMs: number): Promise<void> {
  await eventually(() => rig.cluster.effects.length >= effects.length, withinMs)
  expect(rig.cluster.effects).toEqual(effects)
}

/** It was taken back as recorded, in the end, and that is in the trail and in the thread once. */
async function expectTakenBack(rig: Rig, id: string, effects: string[]): Promise<void> {
  await takenBack(rig, id, 'Taken back:')
  await expectOneReport(rig)
  expect(rig.cluster.effects).toEqual(effects)
  const trail = await rig.audit(id)
  expect(trail.filter(({ action: each }) => each === 'must-not-stay')).toHaveLength(1)
  expect(trail.filter(({ action: each }) => each === 'undo-ended')).toHaveLength(1)
  expect(said(rig, 'taken-back-').map(keyOf)).toEqual([`taken-back-${id}`])
  expect(said(rig, 'acting-').map(keyOf)).toEqual([`acting-${id}`])
}

describe.concurrent('kill -9 of a worker that holds the switch', () => {
  // where it dies, and what the switch felt in the end
  const points: [string, Point, string[]][] = [
    ['when it is on record what must not stay', dieAt('after', ENQUEUE), ['release']],
    ['while the switch is being held, at once', dieDuring(/switchctl hold/), ['hold', 'release']],
    [
      'when it has taken hold, before that is on record',
      dieAt('before', entry('did', 'hold')),
      ['hold', 'release'],
    ],
    ['between hold and release', dieAt('before', entry('about-to', 'release')), ['hold', 'release']],
    ['while it lets go', dieDuring(/switchctl release/), ['hold', 'release', 'release']],
    [
      'when it has let go, before it says so',
      dieAt('before', action('nothing-left')),
      ['hold', 'release', 'release'],
    ],
    [
      'when it has said so, with the job still there',
      dieAt('after', action('nothing-left')),
      ['hold', 'release', 'release'],
    ],
  ]
  test.for(points)('%s: the next worker lets go', ([, dies, effects]) =>
    withSwitch(async (rig) => {
      const killed = dies(rig)
      const { id } = await approve(rig, 'hold')
      await killed
      await rig.revive('worker')
      const end = await ending(rig, id)
      expect(end.text).toMatch(/^\*It is not known how far it got\.\*/)
      await expectTakenBack(rig, id, effects)
      expect(await eventually(() => now(rig, end).text.includes('Taken back since then'), 15_000)).toBe(true)
    }),
  )

  test('between hold and release, with the bot dead, too: the worker that notices lets go', () =>
    withSwitch(async (rig) => {
      const killed = dieAt('before', entry('about-to', 'release'))(rig)
      const { id } = await approve(rig, 'hold')
      await killed
      await rig.bot.kill()
      await rig.revive('worker')
      const due = (await rig.audit(id)).find(({ action: each }) => each === 'must-not-stay')?.detail.dueAt
      await felt(rig, ['hold', 'release'], 30_000)
      expect(Date.now(), 'long before it was due').toBeLessThan(Date.parse(String(due)) - 5_000)
      await rig.revive('bot')
      await expectTakenBack(rig, id, ['hold', 'release'])
    }))

  test('while a command goes on without its worker: letting go waits until that must be over', () =>
    withSwitch(async (rig) => {
      const killed = dieDuring(/switchctl hold/, 6_000)(rig)
      const { id } = await approve(rig, 'hold')
      await killed
      await rig.revive('worker')
      await expectTakenBack(rig, id, ['hold', 'release'])
    }))

  const silent: [string, Point, string[]][] = [
    ['before anything is in the queue', dieAt('after', action('must-not-stay')), []],
    ['when nothing is left and the job is gone', dieAt('before', action('ended')), ['hold', 'release']],
  ]
  test.for(silent)('%s: there is nothing to take back', ([, dies, effects]) =>
    withSwitch(async (rig) => {
      const killed = dies(rig)
      const { id } = await approve(rig, 'hold')
      await killed
      await rig.revive('worker')
      expect((await ending(rig, id)).text).toMatch(/^\*It is not known how far it got\.\*/)
      await sleep(1500)
      expect(rig.cluster.effects).toEqual(effects)
      expect(said(rig, 'taken-back-')).toEqual([])
      await expectOneReport(rig)
    }),
  )

  test('Redis dies over it: the worker that lost it lets go when Redis is back', () =>
    withSwitch(async (rig) => {
      const held = rig.cluster.hold(/switchctl hold/)
      const { id } = await approve(rig, 'hold')
      await held.reached
      await rig.redis.kill()
      held.release()
      await sleep(3_000)
      await rig.redis.restart()
      expect((await ending(rig, id)).text).toMatch(/^\*It is not known how far it got\.\*/)
      await expectTakenBack(rig, id, ['hold', 'release'])
    }))

  test('for real, without help for its locks: another worker lets go when it is due', () =>
    withSwitch(async (rig) => {
      const killed = dieAt('before', entry('about-to', 'release'))(rig)
      const { id } = await approve(rig, 'hold')
      await killed
      await rig.bot.kill()
      await rig.spare.start()
      const due = (await rig.audit(id)).find(({ action: each }) => each === 'must-not-stay')?.detail.dueAt
      await felt(rig, ['hold', 'release'], 80_000)
      // noticing a death takes a minute; whichever comes first
      expect(Date.now()).toBeLessThan(Date.parse(String(due)) + 8_000)
      await rig.revive('bot')
      await expectTakenBack(rig, id, ['hold', 'release'])
      const trail = await rig.audit(id)
      const [first, second] = ['about-to', 'undo-about-to'].map(
        (name) => trail.find(({ action: each }) => each === name)?.actor,
      )
      expect(first).not.toBe(second)
    }))
})

describe.concurrent('between up and down', () => {
  test('a worker that dies while it stays: the next one takes it back at its time', () =>
    withSwitch(async (rig) => {
      const { id } = await approve(rig, 'louder', { minutes: '1.2' })
      expect((await ending(rig, id)).text).toContain('then it is taken back by itself')
      await rig.worker.kill()
      const until = Date.parse(
        String((await rig.audit(id)).find(({ action: each }) => each === 'stays')?.detail.until),
      )
      await rig.spare.start()
      await expectTakenBack(rig, id, ['level 7', 'level 3'])
      expect(Date.now()).toBeGreaterThanOrEqual(until)
    }))

  test('nobody is there when it falls due: it is taken back as soon as somebody is', () =>
    withSwitch(async (rig) => {
      const { id } = await approve(rig, 'louder', { minutes: '0.2' })
      await ending(rig, id)
      await Promise.all([rig.worker.kill(), rig.bot.kill()])
      await sleep(3_000)
      expect(rig.cluster.effects).toEqual(['level 7'])
      await Promise.all([rig.revive('worker'), rig.revive('bot')])
      await expectTakenBack(rig, id, ['level 7', 'level 3'])
    }))

  // where the worker dies while it takes back, and what the switch felt in the end
  const undoing: [string, Point, string[]][] = [
    ['before it has begun', dieAt('before', action('undo-about-to')), ['level 3']],
    ['while the command runs', dieDuring(/level 3/), ['level 3', 'level 3']],
    ['before it is on record', dieAt('before', action('undo-did')), ['level 3', 'level 3']],
    [
      'when its end is on record, before the trail has it',
      dieAt('before', action('undo-ended')),
      ['level 3'],
    ],
    ['when all is on record, before the queue knows', dieAt('after', action('undo-ended')), ['level 3']],
  ]
  test.for(undoing)(
    'a worker that dies over taking back, %s: the next one does it, and says so once',
    ([, dies, effects]) =>
      withSwitch(async (rig) => {
        const { id } = await approve(rig, 'louder')
        const end = await ending(rig, id)
        const killed = dies(rig)
        await press(rig, end, 'take-back', lin)
        await killed
        await rig.revive('worker')
        await expectTakenBack(rig, id, ['level 7', ...effects])
        expect(await eventually(() => buttons(now(rig, end)).join() === 'again', 15_000)).toBe(true)
      }),
  )

  test('a bot that dies meanwhile: it is taken back without it, and said once when it is there again', () =>
    withSwitch(async (rig) => {
      const { id } = await approve(rig, 'louder', { minutes: '0.3' })
      await ending(rig, id)
      await rig.bot.kill()
      await felt(rig, ['level 7', 'level 3'], 30_000)
      await rig.revive('bot')
      await expectTakenBack(rig, id, ['level 7', 'level 3'])
    }))

  test('a bot that dies when it is posted, before it knows: one message', () =>
    withSwitch(async (rig) => {
      const killed = rig.killOnMessage('bot', (m) => keyOf(m).startsWith('taken-back-'))
      const { id } = await approve(rig, 'louder', { minutes: '0.1' })
      await killed
      await rig.revive('bot')
      await expectTakenBack(rig, id, ['level 7', 'level 3'])
    }))

  test('a bot that dies between the click and the queue: the click can be repeated', () =>
    withSwitch(async (rig) => {
      const { id } = await approve(rig, 'louder')
      const end = await ending(rig, id)
      const killed = rig.taps.bot.at('after', action('take-back-asked'), () => void rig.bot.kill())
      void press(rig, end, 'take-back', mei)
      await killed
      await rig.revive('bot')
      expect(rig.cluster.effects).toEqual(['level 7'])
      await press(rig, end, 'take-back', mei)
      await expectTakenBack(rig, id, ['level 7', 'level 3'])
    }))
})

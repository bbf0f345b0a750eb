import { expect, test } from 'vitest'
import { fastClock } from '../../jobs/clock.ts'
import type { Mandate } from '../../jobs/contracts.ts'
import { type Cluster, openCluster } from '../../jobs/hosts/cluster.ts'
import type { Held, Safeguard } from '../../jobs/must-not-stay.ts'
import { runRemedy } from '../../jobs/remedy.ts'
import type { Playbook } from '../../playbooks/shared/playbook.ts'
import type { Scenario } from '../../playbooks/shared/scenario.ts'
import { switchPlaybook, switchScenario } from './switch-playbook.ts'

const playbook = switchPlaybook as Playbook
const SPEED = 20

function openSwitches(): Cluster {
  return openCluster({
    name: 'lab',
    hosts: switchScenario.hosts.map((host) => ({ ...host, transport: 'replay' })),
    scenarios: [switchScenario as Scenario],
    clock: fastClock(SPEED),
  })
}

const mandateFor = (remedy: string, host = 'sw-1', more: Partial<Mandate> = {}): Mandate => ({
  ...{ approvalId: 'apr-000001', checkId: 'chk-000001', cluster: 'lab', playbook: 'switch' },
  ...{
    args: { target: host },
    remedy,
    params: { host, minutes: '5' },
    basis: `${host} held=false level=3\n`,
  },
  ...{ requestedBy: 'lin', approvedBy: [{ user: 'mei', at: 0 }], approvals: 1 },
  deadline: Date.now() + 600_000,
  ...more,
})

/** Everything that happens, in order: `recorded`, `switchctl hold`, `nothing left` … */
function watched(over: Partial<Safeguard> = {}, cluster = openSwitches()) {
  const story: string[] = []
  let held: Held | undefined
  let keptUntil = 0
  const safeguard: Safeguard = {
    record: async (what) => {
      held = what
      story.push('recorded')
    },
    waits: async () => true,
    nothingLeft: async () => void story.push('nothing left'),
    keepUntil: async (atMs) => {
      keptUntil = atMs
      story.push('kept')
      return true
    },
    bringForward: async (overran) => void story.push(overran ? 'taken back once more' : 'taken back now'),
    ...over,
  }
  const run: Cluster['run'] = (probe, signal) => {
    const command = probe.argv.join(' ')
    if (command !== 'switchctl show') story.push(command)
    return cluster.run(probe, signal)
  }
  const remedy = (mandate: Mandate, more: Partial<Parameters<typeof runRemedy>[0]> = {}) =>
    runRemedy({
      ...{ playbook, mandate, cluster: { ...cluster, run }, safeguard, journal: async () => {} },
      ...more,
    })
  return { story, remedy, held: () => held!, keptUntil: () => keptUntil, run, cluster }
}

test('what must not stay is on record before the first step, with what was so before', async () => {
  const { story, remedy, held } = watched()
  expect(await remedy(mandateFor('hold'))).toMatchObject({ state: 'done' })
  expect(story).toEqual(['recorded', 'switchctl hold', 'switchctl release', 'nothing left'])
  expect(held().left).toEqual({ host: 'sw-1', level: '3' })
})

test('what cannot be recorded is not done', async () => {
  const { story, remedy } = watched({
    record: async () => {
      throw new Error('no Redis')
    },
  })
  const result = await remedy(mandateFor('hold'))
  expect(result).toMatchObject({ state: 'refused', undone: 'Nothing was touched.' })
  expect(result.now).toContain('no Redis')
  expect(story, 'should it be on record after all').toEqual(['nothing left'])
})

test('a worker that keeps no record refuses a remedy that needs one', async () => {
  const { cluster } = watched()
  const result = await runRemedy({
    ...{ playbook, mandate: mandateFor('hold'), cluster, journal: async () => {} },
  })
  expect(result).toMatchObject({ state: 'refused', now: expect.stringContaining('nowhere to record it') })
})

const { takeBack: _, ...withoutWayBack } = playbook.remedies.hold!
const noSteps = { ...playbook.remedies.hold!, takeBack: { ...playbook.remedies.hold!.takeBack! } }
noSteps.takeBack.plan = () => ({ steps: [], now: '', otherwise: '' })
test.each([
  ['says no way back', withoutWayBack],
  ['knows no step of the way back', noSteps],
])('a remedy that %s is not begun', async (_name, broken) => {
  const { story, remedy } = watched()
  const result = await remedy(mandateFor('hold'), { playbook: { ...playbook, remedies: { hold: broken } } })
  expect(result).toMatchObject({ state: 'refused', now: expect.stringContaining('how to take it back') })
  expect(story).toEqual([])
})

test('what may stay for a while is kept until then, by the clock of its cluster', async () => {
  const { story, remedy, keptUntil } = watched()
  const began = Date.now()
  const result = await remedy(mandateFor('louder'))
  expect(story).toEqual(['recorded', 'switchctl level 7', 'kept'])
  const staysMs = (5 * 60_000) / SPEED
  expect(keptUntil()).toBeGreaterThanOrEqual(began + staysMs)
  expect(keptUntil()).toBeLessThanOrEqual(Date.now() + staysMs)
  expect(result).toMatchObject({
    state: 'done',
    leaves: {
      state: 'stays',
      until: keptUntil(),
      label: 'set the level back',
      commands: ['switchctl level 3'],
    },
  })
})

test('what stopped half-way is taken back at once', async () => {
  const { story, remedy } = watched()
  const result = await remedy(mandateFor('hold', 'sw-stuck'))
  expect(result).toMatchObject({ state: 'failed', leaves: { state: 'being-taken-back' } })
  expect(story).toEqual(['recorded', 'switchctl hold', 'switchctl release', 'taken back now'])
})

test('what was approved too long ago sets up nothing, and nothing is taken back', async () => {
  const { story, remedy } = watched()
  const result = await remedy(mandateFor('hold', 'sw-1', { deadline: Date.now() - 1 }))
  expect(result).toMatchObject({ state: 'refused' })
  expect(story).toEqual(['recorded', 'nothing left'])
})

test('no step is done once taking back has begun', async () => {
  let asked = 0
  const { story, remedy } = watched({ waits: async () => ++asked < 2 })
  expect(await remedy(mandateFor('hold'))).toMatchObject({ state: 'failed' })
  expect(story).toEqual(['recorded', 'switchctl hold', 'taken back now'])
})

test('taking back is asked about only after the step is on record: one of both sees the other', async () => {
  const order: string[] = []
  const { remedy } = watched({ waits: async () => order.push('asked') > 0 })
  const journal = async (action: string) => void order.push(action)
  await remedy(mandateFor('louder'), { journal })
  expect(order).toEqual(['about-to', 'asked', 'did'])
})

/** A clock of ours that jumps when a command runs. */
function jumping(byMs: (command: string) => number, over: Partial<Safeguard> = {}) {
  const watch = watched(over)
  const start = Date.now()
  let passed = 0
  const limits: number[] = []
  const run: Cluster['run'] = async (probe, signal) => {
    limits.push(probe.limitMs)
    const observation = await watch.run(probe, signal)
    passed += byMs(probe.argv.join(' '))
    return observation
  }
  const wallNow = () => start + passed
  return {
    ...watch,
    start,
    limits,
    remedy: (mandate: Mandate) => watch.remedy(mandate, { cluster: { ...watch.cluster, run }, wallNow }),
  }
}

test('nothing is done after the time by which it has to be over, however long the approval lasts', async () => {
  const { story, remedy, held, start } = jumping((command) => (command.endsWith('hold') ? 120_000 : 0))
  const mandate = mandateFor('hold')
  expect(await remedy(mandate)).toMatchObject({ state: 'failed', leaves: { state: 'being-taken-back' } })
  expect(story).toEqual(['recorded', 'switchctl hold', 'taken back once more'])
  expect(held().dueAt, 'long before the approval ends').toBeLessThan(mandate.deadline - 300_000)
  expect(held().dueAt).toBeGreaterThan(start + 8_000)
})

test('an act near that time may take only what is left of it', async () => {
  let passed = 0
  const { remedy, limits, held, start } = jumping((command) => {
    if (!command.endsWith('hold')) return 0
    passed = held().dueAt - start - 10_000 - 2_500
    return passed
  })
  await remedy(mandateFor('hold'))
  const [, holding, releasing] = limits
  expect(holding).toBe(4_000)
  expect(releasing, 'cut').toBeLessThanOrEqual(2_500)
})

test('looking ends by then, too', async () => {
  const { remedy, held, start } = jumping((command) =>
    command.endsWith('release') ? held().dueAt - start : 0,
  )
  const result = await remedy(mandateFor('hold'))
  expect(result).toMatchObject({ state: 'failed' })
  expect(result.lines.at(-1)?.text).toContain('ran out before it was proven')
})

import { z } from 'zod'
import type { Offer } from '../../playbooks/shared/finding.ts'
import { hostsWith } from '../../playbooks/shared/inventory.ts'
import { lookAt } from '../../playbooks/shared/look.ts'
import type { Playbook } from '../../playbooks/shared/playbook.ts'
import { NotSeen, type Output, type Probe, read } from '../../playbooks/shared/probe.ts'
import type { Act, Remedy, RemedyPlan, Step, TakeBackPlan, Verify } from '../../playbooks/shared/remedy.ts'
import type { Scenario } from '../../playbooks/shared/scenario.ts'

/**
 * A playbook for tests: a switch that can be held and set to a level, by `switchctl`. It has the two kinds of remedies
 * that must not leave something behind: `hold` lets go again itself, `louder` stays for some minutes.
 */
type Args = { target: string; minutes: string }
type Shown = { held: boolean; level: string }

const Args = z.strictObject({
  target: z.string().regex(/^[a-z][a-z0-9-]*$/),
  minutes: z.string().default('5'),
})
const Params = z.strictObject({ host: z.string(), minutes: z.string().regex(/^[\d.]+$/) })
const Left = z.strictObject({ host: z.string(), level: z.string().regex(/^\d$/) })

const LIMIT_MS = 4_000

function shown({ exitCode, stdout, stderr }: Output): Shown {
  const match = /^held=(yes|no) level=(\d)$/m.exec(stdout)
  if (exitCode !== 0 || !match) throw new NotSeen('failed', stderr.trim() || 'it says nothing of itself')
  return { held: match[1] === 'yes', level: match[2]! }
}

function ranWell({ exitCode, stderr }: Output): void {
  if (exitCode !== 0) throw new NotSeen('failed', stderr.trim())
}

const show = (host: string): Probe<Shown> => ({
  ...{
    id: 'show',
    host,
    argv: ['switchctl', 'show'],
    limitMs: LIMIT_MS,
    touches: 'switch',
    looking: 'switch',
  },
  parse: shown,
})
const act = (id: string, host: string, words: [string, ...string[]], done: string): Act => ({
  ...{ kind: 'act', id, host, argv: ['switchctl', ...words], limitMs: LIMIT_MS, touches: 'switch', done },
  check: ranWell,
})
const verify = (id: string, host: string, done: string, unless: Verify<Shown>['unless']): Verify<Shown> => ({
  ...{ kind: 'verify', id, probe: show(host), unless, withinMs: 2_000, everyMs: 500, done: () => done },
})
const isFree = (host: string) =>
  verify('free', host, 'nobody holds it', ({ held }) => (held ? 'it is held' : undefined))
const isAt = (host: string, level: string) =>
  verify('level-is', host, `level is ${level}`, (now) =>
    now.level === level ? undefined : `it is ${now.level}`,
  )

function planOf(steps: Step[], mustNotStay: NonNullable<RemedyPlan['mustNotStay']>): RemedyPlan {
  return {
    steps,
    mustNotStay,
    outcome: { now: 'The switch was tried.', next: '', offers: [] },
    stoppedAt: (id) => ({ now: `It stopped at ${id}.`, undone: '', next: '' }),
  }
}
const backPlan = (steps: Step[], now: string): TakeBackPlan => ({
  steps,
  now,
  otherwise: 'Go to the switch and pull the plug.',
})
function seenOf(context: Parameters<Remedy<Args>['plan']>[1], host: string): Shown {
  const reading = read(context.seen, show(host))
  if (!reading.seen) throw new NotSeen(reading.code, reading.why)
  return reading.value
}
const basis: Remedy<Args>['basis'] = ({ host = '' }, context) => {
  const { held, level } = seenOf(context, host)
  return `${host} held=${held} level=${level}\n`
}

const hold: Remedy<Args> = {
  name: 'hold',
  params: Params,
  basis,
  plan: ({ host = '' }, context) =>
    planOf(
      [
        act('hold', host, ['hold'], 'held'),
        { ...act('release', host, ['release'], 'let go'), undo: true },
        isFree(host),
      ],
      { left: { host, level: seenOf(context, host).level }, staysMs: 0 },
    ),
  takeBack: {
    left: Left,
    plan: ({ host = '' }) =>
      backPlan([act('release', host, ['release'], 'let go'), isFree(host)], 'Nobody holds the switch.'),
  },
}

const louder: Remedy<Args> = {
  name: 'louder',
  params: Params,
  basis,
  plan: ({ host = '', minutes }, context) =>
    planOf([act('raise', host, ['level', '7'], 'level raised'), isAt(host, '7')], {
      left: { host, level: seenOf(context, host).level },
      staysMs: Number(minutes) * 60_000,
      label: 'set the level back',
    }),
  takeBack: {
    left: Left,
    plan: ({ host = '', level = '' }) =>
      backPlan(
        [act('lower', host, ['level', level], 'level set back'), isAt(host, level)],
        `The level is ${level} again.`,
      ),
  },
}

const offer = (remedy: string, host: string, minutes: string, state: Shown): Offer => ({
  ...{
    remedy,
    params: { host, minutes },
    label: `${remedy} the switch`,
    plan: remedy,
    commands: ['switchctl …'],
  },
  ...{ touches: 'nothing else', approvals: 1, basis: `${host} held=${state.held} level=${state.level}\n` },
})

export const switchPlaybook: Playbook<Args> = {
  name: 'switch',
  title: 'whether the switch is as it should be',
  usage: { target: '<host>', options: { minutes: 'how long' }, examples: ['check switch sw-1'] },
  args: Args,
  subject: ({ target }) => `the switch of \`${target}\``,
  probes: ({ target }, inventory, seen) => {
    const look = lookAt(seen)
    const host = hostsWith(inventory, 'iscsi-target').find(({ name }) => name === target)
    if (host) look.ask(show(host.name))
    return look.wanted()
  },
  diagnose: ({ target, minutes }, _inventory, seen) => {
    const reading = read(seen, show(target))
    const state = reading.seen ? reading.value : undefined
    return {
      ...{ looked: reading.seen, facts: { ...state }, unseen: [], next: [], doNot: [] },
      findings: [
        {
          ...{ playbook: 'switch', code: 'switch', verdict: 'confirmed', severity: 'info', details: [] },
          ...{ summary: `The switch is at ${state?.level ?? 'an unknown level'}.`, evidence: ['show'] },
        },
      ],
      offers: state ? [offer('hold', target, minutes, state), offer('louder', target, minutes, state)] : [],
    }
  },
  remedies: { hold, louder },
}

export type Switch = { held: boolean; level: string }

/** `sw-1` obeys; `sw-stuck` can be held and raised, but says "busy" to every way back. */
export const switchScenario: Scenario<Record<string, Switch>> = {
  playbook: 'switch',
  hosts: [
    { name: 'sw-1', addresses: ['10.0.0.1'], roles: ['iscsi-target'] },
    { name: 'sw-2', addresses: ['10.0.0.2'], roles: ['iscsi-target'] },
    { name: 'sw-stuck', addresses: ['10.0.0.3'], roles: ['iscsi-target'] },
  ],
  start: () => ({}),
  answer: (state, host, argv) => {
    const [tool, verb, level = ''] = argv
    if (tool !== 'switchctl') return undefined
    const now = state[host] ?? { held: false, level: '3' }
    const reply = (next: Switch, stdout = '') => ({
      state: { ...state, [host]: next },
      reply: { stdout, tookMs: 20 },
    })
    if (verb === 'show') return reply(now, `held=${now.held ? 'yes' : 'no'} level=${now.level}\n`)
    if (host === 'sw-stuck' && (verb === 'release' || level === '3'))
      return { state, reply: { stderr: 'switchctl: busy\n', exitCode: 16, tookMs: 20 } }
    if (verb === 'hold') return reply({ ...now, held: true })
    if (verb === 'release') return reply({ ...now, held: false })
    if (verb === 'level') return reply({ ...now, level })
    return undefined
  },
}

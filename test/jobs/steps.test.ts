import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test, vi } from 'vitest'
import { openCluster } from '../../jobs/hosts/cluster.ts'
import { type Doing, doStep } from '../../jobs/steps.ts'
import type { Act } from '../../playbooks/shared/remedy.ts'

/** A host of this machine that takes one command at a time, and what a step left there. */
function oneAtATime() {
  const stateDir = mkdtempSync(join(tmpdir(), 'unwedge-steps-'))
  const cluster = openCluster({
    name: 'lab',
    hosts: [{ name: 'h', addresses: [], roles: ['ceph-admin'], transport: 'local' }],
    local: { stateDir, processes: 1 },
  })
  onTestFinished(async () => {
    await cluster.close()
    rmSync(stateDir, { recursive: true, force: true })
  })
  const trace = join(stateDir, 'acted')
  const step: Act = {
    ...{ kind: 'act', id: 'touch', host: 'h', argv: ['touch', trace], limitMs: 3_000, touches: 'nothing' },
    ...{ done: 'touched', check: () => {} },
  }
  const busyFor = (seconds: string) =>
    cluster.run({ id: 'look', host: 'h', argv: ['sleep', seconds], limitMs: 9_000, touches: 'nothing' })
  const act = (deadline: number, over: Partial<Doing> = {}) =>
    doStep(step, {
      ...{ cluster, wallNow: Date.now, deadline, endBy: Infinity, journal: async () => {} },
      ...over,
    })
  return { busyFor, act, acted: () => existsSync(trace) }
}

test('a step for which its host has no place before the deadline is not started after it', async () => {
  const { busyFor, act, acted } = oneAtATime()
  const busy = busyFor('3')
  await expect(act(Date.now() + 2_500)).rejects.toThrow(
    /^`touch .*`: 1 other commands kept h busy, and no time was left to wait for them$/,
  )
  await busy
  await sleep(300)
  expect(acted()).toBe(false)
})

test('a step waits for a place on its host while that leaves it all of its own limit', async () => {
  const { busyFor, act, acted } = oneAtATime()
  void busyFor('1')
  expect(await act(Date.now() + 60_000)).toBe('touched')
  expect(acted()).toBe(true)
})

test('a step that waits longer than it said it would take is not started', async () => {
  const { busyFor, act, acted } = oneAtATime()
  void busyFor('6')
  const overran = vi.fn()
  await expect(act(Date.now() + 60_000, { overran })).rejects.toThrow(/1 other commands kept h busy for 4 s$/)
  expect(acted()).toBe(false)
  expect(overran).not.toHaveBeenCalled()
})

test('a step whose gate opens after the time that is on record for it is not started, and is not said to be past its deadline', async () => {
  const { act, acted } = oneAtATime()
  let passed = 0
  const late = {
    wallNow: () => Date.now() + passed,
    gate: async () => {
      passed = 10_000
    },
  }
  await expect(act(Date.now() + 60_000, late)).rejects.toThrow(/^Redis took too long to confirm it/)
  expect(acted()).toBe(false)
})

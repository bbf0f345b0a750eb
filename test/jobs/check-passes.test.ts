import { expect, test } from 'vitest'
import { z } from 'zod'
import { runCheck } from '../../jobs/check.ts'
import { realClock } from '../../jobs/clock.ts'
import type { Cluster } from '../../jobs/hosts/cluster.ts'
import type { Observation } from '../../playbooks/shared/observation.ts'
import type { Playbook } from '../../playbooks/shared/playbook.ts'
import type { Probe } from '../../playbooks/shared/probe.ts'

const probe = (id: string): Probe<string> => ({
  id,
  host: id,
  argv: ['true'],
  limitMs: 1000,
  touches: 'nothing',
  looking: id,
  parse: ({ stdout }) => stdout,
})

/** Asks `first`, then one probe per host; counts how often it was asked what it wants. */
function playbookOver(hosts: number) {
  let passes = 0
  const names = Array.from({ length: hosts }, (_, index) => `h${index}`)
  const playbook: Playbook = {
    name: 'counts',
    title: '',
    usage: { target: '', options: {}, examples: [] },
    args: z.object({}),
    subject: () => 'hosts',
    probes: (_args, _inventory, seen) => {
      passes++
      return [probe('first'), ...(seen.has('first') ? names.map(probe) : [])]
    },
    diagnose: (_args, _inventory, seen) => ({
      looked: true,
      facts: { seen: seen.size },
      findings: [],
      unseen: [],
      offers: [],
      next: [],
      doNot: [],
    }),
    remedies: {},
  }
  return { playbook, passes: () => passes }
}

function clusterThat(
  run: (probe: { id: string; host: string }, signal?: AbortSignal) => Promise<void>,
): Cluster {
  return {
    inventory: { cluster: 'test', hosts: [] },
    clock: realClock,
    run: async ({ id, host, argv }, signal) => {
      await run({ id, host }, signal)
      const blank = { exitCode: 0, stdout: '', stderr: '', truncated: false, startedAt: 0, durationMs: 0 }
      return { probe: id, host, argv: [...argv], outcome: 'exited', ...blank } satisfies Observation
    },
    close: async () => {},
  }
}

test('reads what a thousand hosts say in a few passes, and misses none of them', async () => {
  const { playbook, passes } = playbookOver(1000)
  const cluster = clusterThat(async () => {})
  const { seen } = await runCheck({ playbook, args: {}, cluster })
  expect(seen.size).toBe(1001)
  expect(passes()).toBeLessThan(20)
})

test('goes on as soon as one has ended, also while another one hangs', async () => {
  const asked: string[] = []
  const { playbook } = playbookOver(2)
  const hanging = Promise.withResolvers<void>()
  const cluster = clusterThat(async ({ id }) => {
    asked.push(id)
    if (id === 'h1') return
    if (id === 'h0') await hanging.promise
  })
  const running = runCheck({ playbook, args: {}, cluster })
  await expect.poll(() => asked).toEqual(['first', 'h0', 'h1'])
  hanging.resolve()
  expect((await running).seen.size).toBe(3)
})

test('a command that cannot be sent ends the check with that error', async () => {
  const { playbook } = playbookOver(3)
  const cluster = clusterThat(async ({ id }) => {
    if (id === 'h1') throw new Error('refused')
  })
  await expect(runCheck({ playbook, args: {}, cluster })).rejects.toThrow('refused')
})

test('a cancelled check ends with the reason, however many are still looked at', async () => {
  const { playbook } = playbookOver(5)
  const controller = new AbortController()
  const cluster = clusterThat(
    ({ id }, signal) =>
      new Promise((resolve) => {
        if (id === 'first') return resolve()
        signal?.addEventListener('abort', () => resolve())
      }),
  )
  const running = runCheck({ playbook, args: {}, cluster, signal: controller.signal })
  setTimeout(() => controller.abort(new Error('cancelled')), 30)
  await expect(running).rejects.toThrow('cancelled')
})

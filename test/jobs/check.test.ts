import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { howFar, type Progress, replayRecording, runCheck } from '../../jobs/check.ts'
import { realClock } from '../../jobs/clock.ts'
import type { Cluster, Question } from '../../jobs/hosts/cluster.ts'
import type { Observation } from '../../playbooks/shared/observation.ts'
import type { Playbook } from '../../playbooks/shared/playbook.ts'
import type { Probe } from '../../playbooks/shared/probe.ts'

const Args = z.strictObject({ target: z.string() })
type Args = z.infer<typeof Args>

/** A playbook that asks for these probes and concludes what it has seen. */
function playbookOf(probes: Playbook<Args>['probes']): Playbook {
  const playbook: Playbook<Args> = {
    name: 'sample',
    title: 'sample',
    usage: { target: '<name>', options: {}, examples: [] },
    args: Args,
    subject: ({ target }) => target,
    probes,
    diagnose: (_args, _inventory, seen) => ({
      looked: true,
      facts: { seen: [...seen.keys()].toSorted() },
      findings: [
        {
          ...{ playbook: 'sample', code: 'seen', verdict: 'confirmed' as const, severity: 'info' as const },
          ...{ summary: 'seen', details: [], evidence: [...seen.keys()] },
        },
      ],
      ...{ unseen: [], offers: [], next: [], doNot: [] },
    }),
    remedies: {},
  }
  return playbook as Playbook
}

const probe = (id: string, host = 'one', more: Partial<Probe<unknown>> = {}): Probe<unknown> => ({
  ...{ id, host, argv: ['true'], limitMs: 1000, touches: 'nothing', looking: host, parse: () => id },
  ...more,
})

/** A cluster whose commands take `ms`; `started` has them in their order. */
function clusterOf(ms: (question: Question) => number): { cluster: Cluster; started: string[] } {
  const started: string[] = []
  const run = async (
    { id, host, argv }: Question,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<Observation> => {
    started.push(id)
    const startedAt = Date.now()
    const cancelled = await realClock.sleep(ms({ id, host } as Question), signal).then(
      () => false,
      () => true,
    )
    return {
      ...{ probe: id, host, argv: [...argv], startedAt, durationMs: Date.now() - startedAt },
      ...{
        outcome: cancelled ? ('cancelled' as const) : ('exited' as const),
        exitCode: cancelled ? null : 0,
      },
      ...{ stdout: '', stderr: '', truncated: false },
    }
  }
  return {
    started,
    cluster: { inventory: { cluster: 'lab', hosts: [] }, clock: realClock, run, close: async () => {} },
  }
}

const args = { target: 'x' }

describe('a check', () => {
  it('runs what does not depend on each other at the same time', async () => {
    const many = Array.from({ length: 20 }, (_, at) => probe(`p${at}`))
    const { cluster } = clusterOf(() => 100)
    const before = Date.now()
    await runCheck({ playbook: playbookOf(() => many), args, cluster })
    expect(Date.now() - before).toBeLessThan(1000)
  })

  it('asks for what depends on a reading as soon as that is there, without waiting for the rest', async () => {
    const { cluster, started } = clusterOf(({ id }) => (id === 'slow' ? 300 : 5))
    const playbook = playbookOf((_args, _inventory, seen) => [
      probe('slow'),
      probe('first'),
      ...(seen.has('first') ? [probe('second')] : []),
      ...(seen.has('slow') ? [probe('last')] : []),
    ])
    const { recording } = await runCheck({ playbook, args, cluster })
    expect(started).toEqual(['slow', 'first', 'second', 'last'])
    expect(recording.observations.map(({ probe: id }) => id)).toEqual(['first', 'second', 'slow', 'last'])
  })

  it('runs a probe once, however often it is asked for', async () => {
    const { cluster, started } = clusterOf(() => 1)
    await runCheck({ playbook: playbookOf(() => [probe('a'), probe('a'), probe('b')]), args, cluster })
    expect(started).toEqual(['a', 'b'])
  })

  it('waits before a second look, counted from the first, and concludes the first look meanwhile', async () => {
    const playbook = playbookOf(() => [
      probe('look-1'),
      probe('look-2', 'one', { after: { probe: 'look-1', ms: 200 } }),
    ])
    const { cluster } = clusterOf(() => 50)
    const progress: Progress[] = []
    const { seen } = await runCheck({ playbook, args, cluster, onProgress: (each) => progress.push(each) })
    const apart = seen.get('look-2')!.startedAt - seen.get('look-1')!.startedAt
    expect(apart).toBeGreaterThanOrEqual(199)
    expect(apart).toBeLessThan(240)
    const early = progress.flatMap(({ firstLook }) => (firstLook ? [firstLook] : []))
    expect(early.map(({ stage, diagnosis }) => [stage, diagnosis.facts.seen])).toEqual([
      ['first-look', ['look-1']],
    ])
  })

  it('counts the wait from when the first look really began, not from when it was asked for', async () => {
    const playbook = playbookOf(() => [
      probe('look-1'),
      probe('look-2', 'one', { after: { probe: 'look-1', ms: 200 } }),
    ])
    const { cluster } = clusterOf(() => 10)
    // as a host does that is busy with other commands
    const run: Cluster['run'] = async (question, signal) => {
      if (question.id === 'look-1') await realClock.sleep(300)
      return cluster.run(question, signal)
    }
    const { seen } = await runCheck({ playbook, args, cluster: { ...cluster, run } })
    expect(seen.get('look-2')!.startedAt - seen.get('look-1')!.startedAt).toBeGreaterThanOrEqual(199)
  })

  it('leaves the second look out where only one is wanted', async () => {
    const playbook = playbookOf(() => [
      probe('look-1'),
      probe('look-2', 'one', { after: { probe: 'look-1', ms: 60_000 } }),
    ])
    const { cluster, started } = clusterOf(() => 1)
    await runCheck({ playbook, args, cluster, secondLook: false })
    expect(started).toEqual(['look-1'])
  })

  it('ends at once when cancelled, also while it only waits, and starts nothing any more', async () => {
    const playbook = playbookOf(() => [
      probe('look-1'),
      probe('look-2', 'one', { after: { probe: 'look-1', ms: 60_000 } }),
    ])
    const { cluster, started } = clusterOf(() => 1)
    const controller = new AbortController()
    setTimeout(() => controller.abort(new Error('cancelled')), 50)
    const before = Date.now()
    await expect(runCheck({ playbook, args, cluster, signal: controller.signal })).rejects.toThrow(
      'cancelled',
    )
    expect(Date.now() - before).toBeLessThan(500)
    expect(started).toEqual(['look-1'])
  })

  it('refuses arguments that do not fit before anything is run', async () => {
    const { cluster, started } = clusterOf(() => 1)
    const playbook = playbookOf(() => [probe('a')])
    await expect(runCheck({ playbook, args: { target: 'x', other: 'y' }, cluster })).rejects.toThrow()
    expect(started).toEqual([])
  })

  it('says how many of 64 hosts have answered, as they do', async () => {
    const hosts = Array.from({ length: 64 }, (_, at) => `nfs${at}`)
    const playbook = playbookOf(() =>
      hosts.flatMap((host) => [probe(`a@${host}`, host), probe(`b@${host}`, host)]),
    )
    // the second question of a host ends later: until then the host has not said everything
    const { cluster } = clusterOf(({ id }) => (id.startsWith('a') ? 0 : Number(id.slice(5)) * 2))
    const progress: Progress[] = []
    await runCheck({ playbook, args, cluster, onProgress: (each) => progress.push(each) })
    expect(progress.map(({ hosts: { wanted } }) => wanted)).toEqual(progress.map(() => 64))
    const counts = progress.map(({ hosts: { ended } }) => ended)
    expect(counts).toEqual(counts.toSorted((a, b) => a - b))
    expect(new Set(counts).size).toBeGreaterThan(10)
    const some = progress.find(({ hosts: { ended } }) => ended > 30)!
    expect(howFar(some)).toMatch(/^looking at nfs\d+, nfs\d+, nfs\d+, nfs\d+ · \d+ of 64 hosts seen$/)
  })

  it('is concluded again from its recording alone', async () => {
    const playbook = playbookOf(() => [probe('a'), probe('b')])
    const { cluster } = clusterOf(() => 1)
    const { result, recording } = await runCheck({ playbook, args, cluster })
    expect(replayRecording(playbook, JSON.parse(JSON.stringify(recording)))).toEqual(result)
  })
})

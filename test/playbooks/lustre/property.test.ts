import fc from 'fast-check'
import { expect, test } from 'vitest'
import { lustre } from '../../../playbooks/lustre/index.ts'
import { readLustreLog } from '../../../playbooks/lustre/log.ts'
import { judgeText } from '../../../playbooks/lustre/text/judge.ts'
import { Diagnosis } from '../../../playbooks/shared/finding.ts'
import type { Observation } from '../../../playbooks/shared/observation.ts'
import { fixture, NOW, observe } from './world.ts'

const FILE_SYSTEMS = ['shlfs', 'scratch', 'archive', 'nosuch'] as const
const worlds = new Map(FILE_SYSTEMS.map((fsname) => [fsname, observe({ fsname })]))

/** What may become of one command: nothing, not run, garbage, cut off, an error. */
const harm = fc.oneof(
  { weight: 4, arbitrary: fc.constant(undefined) },
  fc.constantFrom('missing', 'timed-out', 'unreachable', 'quarantined', 'not-found', 'empty', 'error'),
  fc.string({ unit: 'binary', maxLength: 200 }).map((garbage) => ({ garbage })),
  fc.double({ min: 0, max: 1, noNaN: true }).map((cut) => ({ cut })),
)
type Harm = typeof harm extends fc.Arbitrary<infer T> ? T : never

function harmed(observation: Observation, how: Harm): Observation | undefined {
  if (how === undefined) return observation
  if (how === 'missing') return undefined
  if (how === 'empty') return { ...observation, stdout: '', stderr: '' }
  if (how === 'error') return { ...observation, stdout: '', stderr: 'Permission denied\n', exitCode: 1 }
  if (typeof how === 'string')
    return { ...observation, outcome: how as Observation['outcome'], exitCode: null, stdout: '', stderr: '' }
  if ('garbage' in how) return { ...observation, stdout: how.garbage }
  return {
    ...observation,
    stdout: observation.stdout.slice(0, Math.floor(observation.stdout.length * how.cut)),
    truncated: true,
  }
}

const scene = fc.record({
  fsname: fc.constantFrom(...FILE_SYSTEMS),
  harms: fc.array(harm, { minLength: 40, maxLength: 40 }),
})

function harmedWorld({ fsname, harms }: { fsname: (typeof FILE_SYSTEMS)[number]; harms: Harm[] }) {
  const world = worlds.get(fsname)!
  const seen = new Map<string, Observation>()
  for (const [at, observation] of [...world.seen.values()].entries()) {
    const left = harmed(observation, harms[at % harms.length])
    if (left) seen.set(left.probe, left)
  }
  return { ...world, seen }
}

test('whatever is missing or garbled, it never throws, and what it says fits the contract', () => {
  fc.assert(
    fc.property(scene, (which) => {
      const { args, inventory, seen } = harmedWorld(which)
      const diagnosis = lustre.diagnose(args, inventory, seen, NOW)
      expect(Diagnosis.safeParse(diagnosis).error).toBeUndefined()
      const wanted = lustre.probes(args, inventory, seen).map(({ id }) => id)
      expect(new Set(wanted).size).toBe(wanted.length)
    }),
    { numRuns: 150 },
  )
})

test('a file system in trouble is never healthy, and a remedy needs everything that it rests on', () => {
  fc.assert(
    fc.property(scene, (which) => {
      const { args, inventory, seen } = harmedWorld(which)
      const { findings, offers } = lustre.diagnose(args, inventory, seen, NOW)
      const first = findings[0]!
      if (which.fsname !== 'scratch') expect(first.severity).not.toBe('ok')
      if (first.severity === 'ok')
        for (const probe of ['imports@host-31', 'mounts@host-31'])
          expect(seen.get(probe)).toBe(worlds.get(which.fsname)!.seen.get(probe))
      if (which.fsname !== 'archive') expect(offers).toEqual([])
      if (offers.length > 0) {
        const whole = worlds.get(which.fsname)!
        for (const probe of ['mounts@host-31', 'fstab@host-31', 'nids@host-31'])
          expect(seen.get(probe)?.exitCode).toBe(0)
        const params = offers[0]!.params
        const context = { args, inventory, seen, now: NOW }
        expect(lustre.remedies['retry-mount']!.basis(params, context)).toBe(offers[0]!.basis)
        // an offer made with less than everything is refused later only if what it rests on changed
        expect(whole.args).toEqual(args)
      }
    }),
    { numRuns: 150 },
  )
})

test('a text is read whatever it holds, and never makes anything healthy', () => {
  const pieces = [
    'report-2.8.0-client.txt',
    'hand-2.5-unreachable.txt',
    'hand-2.10-evicted.txt',
    'hand-2.8-mgs-server.txt',
  ]
    .flatMap((name) => fixture(name).split('\n'))
    .filter(Boolean)
  const line = fc.oneof(
    fc.constantFrom(...pieces),
    fc.string({ unit: 'binary' }),
    fc.constantFrom(...pieces).map((text) => text.slice(0, text.length >> 1)),
  )
  fc.assert(
    fc.property(fc.array(line, { maxLength: 20 }), fc.constantFrom('\n', '\r\n'), (lines, end) => {
      const text = lines.join(end)
      expect(readLustreLog(text).lines).toBeLessThanOrEqual(text.split(/\r\n?|\n/).length)
      for (const { finding } of judgeText(text, NOW)) expect(finding.severity).not.toBe('ok')
    }),
    { numRuns: 200 },
  )
})

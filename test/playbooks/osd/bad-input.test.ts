import fc from 'fast-check'
import { expect, test } from 'vitest'
import { runCheck } from '../../../jobs/check.ts'
import { osd, osds } from '../../../playbooks/osd/index.ts'
import type { Observation } from '../../../playbooks/shared/observation.ts'
import type { Playbook } from '../../../playbooks/shared/playbook.ts'
import { incident } from './stand.ts'

const cluster = incident()
const recorded = async (playbook: Playbook, args: Record<string, string>) =>
  (await runCheck({ playbook, args, cluster })).recording
const well = await recorded(osd as Playbook, { target: '0' })
const deaf = await recorded(osd as Playbook, { target: '4' })
const all = await recorded(osds as Playbook, {})

const ESSENTIAL = /^(osd-map|processes|listeners|descriptors|limits|answers|file-nr)/
const spoil = fc.oneof(
  fc.constant<Partial<Observation>>({
    outcome: 'timed-out',
    exitCode: null,
    stdout: '',
    reason: 'ended at its limit',
  }),
  fc.constant<Partial<Observation>>({ outcome: 'unreachable', exitCode: null, stdout: '' }),
  fc.constant<Partial<Observation>>({ stdout: '', stderr: '', exitCode: 0 }),
  fc.constant<Partial<Observation>>({ stdout: '', stderr: 'Permission denied', exitCode: 1 }),
  fc.constant<Partial<Observation>>({ truncated: true }),
  // both, because the answer of ok-to-stop before Pacific is on stderr
  fc.string().map((stdout): Partial<Observation> => ({ stdout, stderr: '' })),
)

for (const [what, playbook, recording] of [
  ['one that is well', osd, well],
  ['one that is deaf', osd, deaf],
  ['all', osds, all],
] as const) {
  test(`of ${what}: spoiled or missing evidence never throws, and never makes anything healthy`, () => {
    const args = (playbook as Playbook).args.parse(recording.args)
    const ids = recording.observations.map(({ probe }) => probe)
    fc.assert(
      fc.property(fc.subarray(ids, { minLength: 1 }), fc.boolean(), spoil, (victims, drop, part) => {
        const seen = new Map(
          recording.observations.flatMap((each): [string, Observation][] =>
            !victims.includes(each.probe)
              ? [[each.probe, each]]
              : drop
                ? []
                : [[each.probe, { ...each, ...part }]],
          ),
        )
        const { findings, offers } = (playbook as Playbook).diagnose(
          args,
          recording.inventory,
          seen,
          recording.endedAt,
        )
        if (victims.some((id) => ESSENTIAL.test(id) && !id.startsWith('answers'))) {
          expect(findings.filter(({ severity }) => severity === 'ok')).toEqual([])
        }
        if (recording !== deaf || victims.some((id) => /^(osd-map|ok-to-stop|units|processes)/.test(id)))
          expect(offers.filter(({ remedy }) => remedy === 'restart-osd')).toEqual([])
      }),
      { numRuns: 300 },
    )
  })
}

test('every essential probe alone keeps a healthy answer away when it is missing', () => {
  const args = (osd as Playbook).args.parse(well.args)
  for (const missing of well.observations.filter(
    ({ probe }) => ESSENTIAL.test(probe) && !probe.startsWith('answers'),
  )) {
    const seen = new Map(
      well.observations.filter((each) => each !== missing).map((each) => [each.probe, each]),
    )
    const { findings } = (osd as Playbook).diagnose(args, well.inventory, seen, well.endedAt)
    expect([missing.probe, findings[0]!.severity]).not.toEqual([missing.probe, 'ok'])
  }
})

test('refuses what is not an OSD, in words', () => {
  for (const target of ['-1', '4;reboot', 'osd.x', '04', '', '4 5', '１', 'osd.4\n']) {
    expect((osd as Playbook).args.safeParse({ target }).success).toBe(false)
  }
  expect((osd as Playbook).args.safeParse({ target: 'osd.4' }).data).toMatchObject({ id: '4' })
  expect((osd as Playbook).args.safeParse({ target: '4', on: '-x' }).success).toBe(false)
  expect((osds as Playbook).args.safeParse({ target: '4' }).error?.issues[0]?.message).toContain(
    'check osd 4',
  )
})

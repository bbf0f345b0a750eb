import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Observation } from '../../../playbooks/shared/observation.ts'
import { look } from './world.ts'

const bad: Partial<Observation>[] = [
  { outcome: 'timed-out', reason: 'late', exitCode: null },
  { outcome: 'not-found', reason: 'none', exitCode: null },
  { stdout: '' },
  { stdout: 'garbage\u0000{[' },
  { stdout: '{}' },
  { exitCode: 1, stdout: '', stderr: 'what?' },
  { truncated: true },
]
const ids = look({}).wanted
const damage = fc.dictionary(fc.constantFrom(...ids), fc.constantFrom(...bad), { maxKeys: 6 })
const runs = { numRuns: 250, seed: 20261120 }
/** Without these, nobody knows that a datastore is fine. */
const provesHealth =
  /^(?:lun-(?:filesystems|extents|device:|paths:|stats-|vmkernel|clock)|lun-scst@wsg-70-3|lun-krbd@wsg-70-3|watchers-1|info|blocklist)/

describe('whatever is missing or garbled', () => {
  test('nothing is called healthy unless every hop was seen, and nothing throws', () => {
    fc.assert(
      fc.property(damage, fc.boolean(), (instead, healthy) => {
        const { diagnosis, shrank } = look({ healthy, instead: (probe) => instead[probe.id] })
        expect(shrank).toEqual([])
        const lost = Object.entries(instead).some(
          ([id, { outcome, stdout }]) =>
            provesHealth.test(id) &&
            (outcome !== undefined || stdout?.startsWith('garbage')) &&
            id !== 'lun-vmkernel@esx-1',
        )
        if (lost || !healthy) expect(diagnosis.findings[0]!.severity).not.toBe('ok')
        if (diagnosis.findings[0]!.severity === 'ok') expect(diagnosis.looked).toBe(true)
      }),
      runs,
    )
  })
  test('no block is offered for a LUN whose image is not proven', () => {
    fc.assert(
      fc.property(damage, (instead) => {
        const { diagnosis } = look({ healthy: false, instead: (probe) => instead[probe.id] })
        const chain = (diagnosis.facts.chain ?? []) as { hop: string }[]
        if (!chain.some(({ hop }) => hop === 'image'))
          expect(diagnosis.offers.map(({ remedy }) => remedy)).not.toContain('blocklist')
        for (const offer of diagnosis.offers)
          expect(offer.commands.join('\n')).not.toMatch(/undefined|lunreset|--clear|sg_reset/)
      }),
      runs,
    )
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Observation } from '../../../playbooks/shared/observation.ts'
import { GIANT, gw1, gw2, look, type Situation, verdictOf } from './situation.ts'

const D = '10.0.0.12:0/3222000222'
const bad: Partial<Observation>[] = [
  { outcome: 'timed-out', reason: 'late' },
  { outcome: 'not-found', reason: 'none' },
  { stdout: '' },
  { stdout: 'garbage\u0000{[' },
  { stdout: '{}' },
  { stdout: '[]' },
  { exitCode: 1, stdout: '', stderr: 'what?' },
  { truncated: true },
]
const ids = [...look({}).wanted, ...look({ versions: [GIANT] }).wanted]
const damage = fc.dictionary(fc.constantFrom(...ids), fc.constantFrom(...bad), { maxKeys: 6 })
const runs = { numRuns: 400, seed: 20261120 }

/** Everything that has to have been seen before somebody may be called gone, and an image fine. */
const provesGone = [
  'osd-versions',
  'osd-dump',
  'watchers-1',
  'krbd@gw2',
  'sockets@gw2',
  'processes@gw2',
  'addresses@gw2',
  'namespaces@gw2',
  'forwarding@gw2',
]

describe('whatever is missing or garbled', () => {
  test('nobody is called gone without the evidence, and nothing throws', () => {
    fc.assert(
      fc.property(damage, (instead) => {
        const verdict = verdictOf(look({ versions: [GIANT], instead }))
        // `[]` and the like are a legitimate answer of some commands; only what cannot be read is missing
        const missing = provesGone.filter(
          (id) =>
            ['timed-out', 'not-found'].includes(instead[id]?.outcome ?? '') ||
            instead[id]?.stdout?.startsWith('garbage'),
        )
        if (missing.length > 0) expect(verdict.life[D]).not.toBe('gone')
      }),
      runs,
    )
  })
  test('nothing is called fine unless watchers and blocklist were seen', () => {
    fc.assert(
      fc.property(damage, fc.boolean(), (instead, alone) => {
        const situation: Situation = {
          instead,
          ...(alone && { watchers: ['10.0.0.11:0/111000111 client.100 cookie=1'] }),
        }
        const { diagnosis, seen } = look(situation)
        if (diagnosis.findings[0]!.severity !== 'ok') return
        for (const id of ['watchers-1', 'blocklist']) expect(seen.get(id)?.outcome).toBe('exited')
        expect(diagnosis.looked).toBe(true)
      }),
      runs,
    )
  })
  test('no button appears for a client that any evidence shows alive', () => {
    const lives: Situation[] = [
      { sessions: [`${D} 200`] },
      { hosts: [gw1, { ...gw2, krbd: [{ client: 'client200', pool: 'rbd', name: 'vol1' }] }] },
      { versions: [GIANT], hosts: [gw1, { ...gw2, krbd: [{ client: 'client200' }] }] },
    ]
    // the one probe that shows it stays; all others may fail
    const shows = ['sessions-1', 'sessions-2', 'krbd@gw2', 'releases', 'release', 'monitors']
    fc.assert(
      fc.property(damage, fc.constantFrom(...lives), (all, situation) => {
        const instead = Object.fromEntries(Object.entries(all).filter(([id]) => !shows.includes(id)))
        const { offers } = verdictOf(look({ timeoutS: 600, ...situation, instead }))
        expect(offers.map(({ address }) => address)).not.toContain(D)
      }),
      runs,
    )
  })
  test('what is wanted never shrinks', () => {
    // look() would loop for ever or miss a probe; it also hands back the last list
    fc.assert(
      fc.property(damage, (instead) => {
        const { seen, wanted } = look({ instead })
        expect([...seen.keys()].filter((id) => !wanted.includes(id))).toEqual([])
      }),
      runs,
    )
  })
})

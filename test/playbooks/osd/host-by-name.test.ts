import { expect, test } from 'vitest'
import { gather } from '../../../playbooks/osd/evidence.ts'
import type { Inventory } from '../../../playbooks/shared/inventory.ts'
import type { Observation } from '../../../playbooks/shared/observation.ts'

const saw = (probe: string, value: unknown): [string, Observation] => [
  probe,
  {
    ...{ probe, host: 'adm', argv: ['ceph'], startedAt: 0, durationMs: 1, outcome: 'exited', exitCode: 0 },
    ...{ stdout: JSON.stringify(value), stderr: '', truncated: false },
  },
]

/** Which host an OSD is looked at on, when Ceph says `host` and the inventory has these names and no addresses. */
function hostFor(host: string, names: string[]): string | undefined {
  const inventory: Inventory = {
    cluster: 'c1',
    hosts: [
      { name: 'adm', addresses: [], roles: ['ceph-admin'] },
      ...names.map((name) => ({ name, addresses: [], roles: ['osd-host' as const] })),
    ],
  }
  const at = '10.0.0.3:6800/2207'
  const uses = { public_addr: at, cluster_addr: at, heartbeat_back_addr: at, heartbeat_front_addr: at }
  const seen = new Map([
    saw('osd-map', { epoch: 3, fsid: 'f', osds: [{ osd: 4, up: 1, in: 1, ...uses }] }),
    saw('find', { osd: 4, host, crush_location: { host, root: 'default' } }),
  ])
  return gather({ id: '4', on: undefined }, inventory, seen).evidence?.view?.host?.name
}

test('a host that is known by its name alone is found with its domain or without', () => {
  expect(hostFor('stor-22', ['stor-21', 'stor-22'])).toBe('stor-22')
  expect(hostFor('stor-22.site1.example', ['stor-22'])).toBe('stor-22')
  expect(hostFor('stor-22', ['stor-22.site1.example'])).toBe('stor-22.site1.example')
})

test('of two hosts of one short name it is the exact one, or neither', () => {
  const both = ['stor-22.site1.example', 'stor-22.site2.example']
  expect(hostFor('stor-22.site2.example', both)).toBe('stor-22.site2.example')
  expect(hostFor('stor-22', both)).toBeUndefined()
})

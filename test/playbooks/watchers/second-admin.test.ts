import { expect, it, onTestFinished } from 'vitest'
import type { Cluster } from '../../../jobs/hosts/cluster.ts'
import { approve, checkDemo, openDemo } from './demo-cluster.ts'

/** The incident, with a first ceph-admin host that nobody can reach. */
function openWithoutFirst(): { cluster: Cluster; commands: string[] } {
  const demo = openDemo()
  onTestFinished(() => demo.cluster.close())
  const { inventory } = demo.cluster
  const down = { name: 'node0', addresses: [], roles: ['ceph-admin' as const] }
  return {
    ...demo,
    cluster: { ...demo.cluster, inventory: { ...inventory, hosts: [down, ...inventory.hosts] } },
  }
}

it('asks a second ceph-admin host when the first is out of reach, and says so', async () => {
  const { cluster } = openWithoutFirst()
  const { result } = await checkDemo(cluster)
  const { findings, unseen, looked } = result.diagnosis
  expect(looked).toBe(true)
  expect(findings[0]!.code).toBe('left-over-watcher')
  expect(unseen).toContainEqual({
    what: 'host node0',
    why: 'it could not be reached; `node1` was asked instead',
  })
})

it('acts on the host that answered, once', async () => {
  const { cluster, commands } = openWithoutFirst()
  const { result, recording } = await checkDemo(cluster)
  expect([...new Set(recording.observations.map(({ host }) => host))]).not.toContain('node0')
  const done = await approve(cluster, result.diagnosis.offers[0]!)
  expect(done).toMatchObject({ state: 'done' })
  expect(commands.filter((command) => / blacklist add /.test(command))).toHaveLength(1)
})

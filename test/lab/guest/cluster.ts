import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Cluster, openCluster } from '../../../jobs/hosts/cluster.ts'
import type { Host } from '../../../playbooks/shared/inventory.ts'
import type { Guest } from './guest.ts'

/** A guest is emulated, perhaps beside much else: what any real host answers at once may take it many seconds. */
const SLOWER = 5

/** A cluster of guests, reached over ssh as configured ones are. A login takes seconds there: they are made now, and stay. */
export async function clusterOfGuests(
  members: readonly (Omit<Host, 'name'> & { guest: Guest })[],
): Promise<Cluster> {
  const stateDir = mkdtempSync(join(tmpdir(), 'unwedge-state-'))
  const cluster = openCluster({
    name: 'lab',
    hosts: members.map(({ guest, ...host }) => ({ ...host, name: guest.name, transport: 'ssh' as const })),
    ssh: {
      stateDir,
      connectMs: 30_000,
      hosts: Object.fromEntries(members.map(({ guest: { name, ssh } }) => [name, ssh])),
    },
  })
  const login = { id: 'login', argv: ['true'] as const, limitMs: 30_000, touches: 'nothing' }
  await Promise.all(members.map(({ guest: { name } }) => cluster.run({ ...login, host: name })))
  return {
    ...cluster,
    run: (probe, signal) => cluster.run({ ...probe, limitMs: probe.limitMs * SLOWER }, signal),
    async close() {
      await cluster.close()
      rmSync(stateDir, { recursive: true, force: true })
    },
  }
}

import { hostname } from 'node:os'
import { join } from 'node:path'
import { fastClock, realClock } from '../jobs/clock.ts'
import { type Cluster, openCluster } from '../jobs/hosts/cluster.ts'
import type { SshHost } from '../jobs/hosts/ssh-settings.ts'
import { thisHost } from '../jobs/hosts/tools.ts'
import type { Inventory } from '../playbooks/shared/inventory.ts'
import { clusterNames, DEMO, THIS_MACHINE } from './clusters.ts'
import { type ClusterConfig, type Config, ConfigError, type SshSettings, stateDirOf } from './config.ts'

// the deliberate wait between two looks is 35 s; nobody should sit through that in a demo
const DEMO_SPEED = 10

/** Opens a cluster by name: configured, the demo, or this machine. Throws ConfigError for an unknown name. */
export async function openNamed(
  config: Config,
  name: string,
  log: (problem: string) => void,
): Promise<Cluster> {
  const local = { stateDir: join(stateDirOf(config), 'hosts'), report: log }
  const configured = config.clusters[name]
  if (configured) {
    const entries = Object.entries(configured.hosts)
    const hosts = entries.map(([host, { lock_roots: lockRoots, ssh: _, ...settings }]) => ({
      name: host,
      lockRoots,
      ...settings,
    }))
    const replayed = hosts.some((host) => host.transport === 'replay')
    const ssh = entries.map(
      ([host, settings]) => [host, sshOf({ ...configured.ssh, ...settings.ssh })] as const,
    )
    return openCluster({
      name,
      hosts,
      local,
      ssh: { stateDir: local.stateDir, hosts: Object.fromEntries(ssh) },
      ...(configured.ceph && { ceph: cephOf(configured.ceph) }),
      ...(replayed && { scenarios: await scenarios(), clock: fastClock(DEMO_SPEED) }),
    })
  }
  if (name === DEMO) {
    const all = await scenarios()
    const hosts = all.flatMap((scenario) =>
      scenario.hosts.map((host) => ({ ...host, transport: 'replay' as const })),
    )
    return openCluster({ name, hosts, scenarios: all, clock: fastClock(DEMO_SPEED) })
  }
  if (name === THIS_MACHINE || name === hostname()) {
    return openCluster({
      name,
      hosts: [{ ...(await thisHost()), transport: 'local' }],
      local,
      clock: realClock,
    })
  }
  throw new ConfigError(
    `There is no cluster ${JSON.stringify(name)}; known are ${[...new Set([...clusterNames(config), DEMO])].join(', ')}.`,
  )
}

function sshOf({ key_file: keyFile, known_hosts: knownHosts, jump, ...rest }: SshSettings): SshHost {
  return { ...rest, keyFile, knownHosts, jump: jump && { ...sshOf(jump), address: jump.address } }
}

function cephOf({ osd_init: osdInit, ...tools }: NonNullable<ClusterConfig['ceph']>): Inventory['ceph'] {
  return { ...tools, osdInit }
}

async function scenarios() {
  return (await import('../playbooks/scenarios.ts')).scenarios
}

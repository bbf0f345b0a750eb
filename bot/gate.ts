import type { Cluster } from '../jobs/hosts/cluster.ts'
import { gateFor } from '../jobs/hosts/gate.ts'
import { gateSudoers } from '../jobs/hosts/sudoers.ts'
import { catalogue } from '../playbooks/catalogue.ts'
import type { Host } from '../playbooks/shared/inventory.ts'
import { allPlaybooks } from '../playbooks/shared/playbook.ts'
import { sshSettingsOf } from './clusters.ts'
import { type Config, ConfigError, loadConfig } from './config.ts'
import { openNamed } from './open-cluster.ts'

type Flags = { config?: string; cluster?: string; checksOnly?: boolean }

/** `unwedge hosts gate HOST`: the script that lets only our commands pass there, ready to be installed. */
export async function gateText(name: string, flags: Flags): Promise<string> {
  const { config } = loadConfig(flags.config)
  const { cluster, user } = named(config, name, flags.cluster)
  const opened = await openNamed(config, cluster, (problem) => console.error(problem))
  try {
    const { inventory } = opened
    const host = inventory.hosts.find((each) => each.name === name)!
    const only = flags.checksOnly ? { checksOnly: true } : {}
    return gateFor({ playbooks: await allPlaybooks(catalogue), inventory, host, user, ...only }).script
  } finally {
    await opened.close()
  }
}

/** `unwedge hosts sudoers HOST`: the lines that allow the gate to the login user. */
export function sudoersText(name: string, flags: Flags): string {
  const { user } = named(loadConfig(flags.config).config, name, flags.cluster)
  return ['# Install: visudo -f /etc/sudoers.d/unwedge', ...gateSudoers(user), ''].join('\n')
}

/** The versions of the gate that a host may have; undefined: it needs none. */
export async function gateVersions(config: Config, { inventory }: Cluster) {
  const playbooks = await allPlaybooks(catalogue)
  return (host: Host): { all: string; checksOnly: string } | undefined => {
    const { become, user = '_' } = sshSettingsOf(config, inventory.cluster, host.name) ?? {}
    if (become !== 'gate') return undefined
    const options = { playbooks, inventory, host, user }
    return { all: gateFor(options).version, checksOnly: gateFor({ ...options, checksOnly: true }).version }
  }
}

/** The cluster of a configured host and its login user there. Throws ConfigError. */
function named(config: Config, host: string, wanted: string | undefined): { cluster: string; user: string } {
  const all = Object.entries(config.clusters).filter(([cluster]) => cluster === (wanted ?? cluster))
  const [first, second] = all
    .filter(([, { hosts }]) => Object.hasOwn(hosts, host))
    .map(([cluster]) => cluster)
  if (first === undefined) {
    const known = all.flatMap(([, { hosts }]) => Object.keys(hosts))
    throw new ConfigError(
      `${wanted === undefined ? 'No cluster' : `Cluster ${wanted}`} has a host ${JSON.stringify(host)}; known are ${known.join(', ') || 'none'}.`,
    )
  }
  if (second !== undefined)
    throw new ConfigError(`Both ${first} and ${second} have a host ${host}: say which by --cluster.`)
  const user = sshSettingsOf(config, first, host)?.user
  if (user === undefined)
    throw new ConfigError(
      `clusters.${first}.hosts.${host}: it needs \`transport: ssh\` and \`ssh.user\`, as whom the worker logs in there.`,
    )
  return { cluster: first, user }
}

import type { Host, Inventory } from '../../playbooks/shared/inventory.ts'
import type { Observation } from '../../playbooks/shared/observation.ts'
import type { Probe } from '../../playbooks/shared/probe.ts'
import type { Scenario } from '../../playbooks/shared/scenario.ts'
import { type Clock, realClock } from '../clock.ts'
import type { Recording } from '../contracts.ts'
import { createLocalTransport, type LocalOptions } from './local.ts'
import { createRecordedTransport, createReplayTransport } from './replay.ts'
import { createSshTransport, type SshOptions } from './ssh.ts'
import type { Command, Transport } from './transport.ts'

export type ClusterOptions = {
  name: string
  hosts: readonly (Host & { transport: TransportName })[]
  clock?: Clock
  ceph?: Inventory['ceph']
  /** needed by hosts reached by `local` */
  local?: Omit<LocalOptions, 'clock'>
  /** needed by hosts reached by `ssh` */
  ssh?: Omit<SshOptions, 'clock'>
  /** needed by hosts reached by `replay` */
  scenarios?: readonly Scenario[]
  /** needed by hosts reached by `recorded` */
  recording?: Recording
}

type Opened = ClusterOptions & { clock: Clock }

/** How hosts can be reached. A new way is one line here, and its settings in ClusterOptions. */
const transports = {
  local: ({ name, clock, local = lacking(name, 'local', 'a state folder: local.stateDir') }: Opened) =>
    createLocalTransport({ ...local, clock }),
  ssh: ({
    name,
    clock,
    ssh = lacking(name, 'ssh', 'a state folder and settings per host: ssh.stateDir, ssh.hosts'),
  }: Opened) => createSshTransport({ ...ssh, clock }),
  replay: ({ name, clock, scenarios = lacking(name, 'replay', 'scenarios') }: Opened) =>
    createReplayTransport({ scenarios, clock }),
  recorded: ({ name, recording = lacking(name, 'recorded', 'a recording') }: Opened) =>
    createRecordedTransport(recording),
} satisfies Record<string, (options: Opened) => Transport>

export type TransportName = keyof typeof transports

/** What is asked of a host; a playbook's probe fits. */
export type Question = Pick<
  Probe<unknown>,
  'id' | 'host' | 'orHosts' | 'argv' | 'limitMs' | 'maxBytes' | 'touches'
> &
  Pick<Command, 'asLoginUser' | 'queueMs'>

/** One storage system as a check sees it. */
export type Cluster = {
  inventory: Inventory
  clock: Clock
  /** Never rejects for what a host or a command does: that is the outcome. Rejects with CommandRefused. */
  run(probe: Question, signal?: AbortSignal): Promise<Observation>
  /** ends what still runs, within a second */
  close(): Promise<void>
}

const defaultMaxBytes = 4 * 2 ** 20
/** So long nobody is asked who could not be reached while somebody else can answer. */
const PASSED_OVER_MS = 30_000

/**
 * Opens a cluster: one transport of each kind that its hosts need, shared by them.
 * Throws ClusterUnusable when the settings for one of them are missing.
 */
export function openCluster(options: ClusterOptions): Cluster {
  const opened: Opened = { ...options, clock: options.clock ?? realClock }
  const kinds = [...new Set(options.hosts.map((host) => host.transport))]
  const open = new Map(kinds.map((kind) => [kind, transports[kind](opened)]))
  const reachedBy = new Map(options.hosts.map((host) => [host.name, open.get(host.transport)!]))
  const outOfReach = new Map<string, number>()
  const hosts = options.hosts.map(({ name, addresses, roles, lockRoots }) => ({
    name,
    addresses,
    roles,
    ...(lockRoots && { lockRoots }),
  }))

  return {
    inventory: { cluster: options.name, hosts, ...(options.ceph && { ceph: options.ceph }) },
    clock: opened.clock,
    async run(question, signal) {
      const candidates = [question.host, ...(question.orHosts ?? [])]
      const fresh = candidates.filter((host) => !((outOfReach.get(host) ?? 0) > Date.now()))
      let first: Observation | undefined
      for (const host of fresh.length > 0 ? fresh : candidates.slice(0, 1)) {
        const observation = await runOn(host, question, signal)
        if (observation.outcome !== 'unreachable') return observation
        outOfReach.set(host, Date.now() + PASSED_OVER_MS)
        first ??= observation
      }
      return first!
    },
    async close() {
      await Promise.all([...open.values()].map((transport) => transport.close()))
    },
  }

  async function runOn(
    host: string,
    { id, argv, limitMs, maxBytes = defaultMaxBytes, touches, asLoginUser, queueMs }: Question,
    signal: AbortSignal | undefined,
  ): Promise<Observation> {
    const transport = reachedBy.get(host)
    if (!transport) return unreachable(id, host, argv)
    const rest = {
      ...(asLoginUser && { asLoginUser }),
      ...(queueMs !== undefined && { queueMs }),
      ...(signal && { signal }),
    }
    return { probe: id, ...(await transport.run(host, { argv, limitMs, maxBytes, touches, ...rest })) }
  }

  function unreachable(probe: string, host: string, argv: Question['argv']): Observation {
    const known = hosts.map(({ name }) => name).join(', ') || 'none'
    const reason = `cluster ${options.name} has no host ${host} (its hosts: ${known})`
    const [startedAt, outcome] = [opened.clock.now(), 'unreachable' as const]
    return {
      probe,
      host,
      argv: [...argv],
      startedAt,
      durationMs: 0,
      outcome,
      exitCode: null,
      stdout: '',
      stderr: '',
      truncated: false,
      reason,
    }
  }
}

/** A cluster whose hosts cannot be reached as configured. */
export class ClusterUnusable extends Error {
  readonly code = 'missing-setting'
  constructor(message: string) {
    super(message)
    this.name = 'ClusterUnusable'
  }
}

function lacking(cluster: string, transport: string, what: string): never {
  throw new ClusterUnusable(`Cluster ${cluster} has hosts reached by \`${transport}\`, which needs ${what}.`)
}

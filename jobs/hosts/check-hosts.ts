import type { Host } from '../../playbooks/shared/inventory.ts'
import type { Cluster } from './cluster.ts'

export type HostCheck = {
  host: string
  roles: Host['roles']
  /** time of one small command in ms, connecting included; null when it did not get through */
  latencyMs: number | null
  /** one sentence; absent when it is reachable */
  whyNot?: string
  /** where each tool is; null: not there. Empty when the host is not reachable. */
  tools: Record<string, string | null>
  /** absent: it needs none, or was not reached */
  gate?: GateCheck
}

/**
 * - `current`: lets pass what this worker runs; `checks-only`: of that, only what looks
 * - `other`: another version, `why` is what it said; `unusable`: missing, or sudo refuses it, `why` in one sentence
 */
export type GateCheck = { state: 'current' | 'checks-only' } | { state: 'other' | 'unusable'; why: string }

export type CheckHostsOptions = {
  /** names of programs that somebody needs on this host */
  toolsFor: (host: Host) => readonly string[]
  /** the versions of a gate that a host may have installed; undefined: it needs none */
  gateOf?: (host: Host) => { all: string; checksOnly: string } | undefined
  /** per host, in ms */
  limitMs?: number
  signal?: AbortSignal
  /** told as each host answers */
  onHost?: (check: HostCheck) => void
}

/** Prints the path of each argument that is a program, one per line, an empty line for one that is not. */
const lookUp =
  'IFS=:; for tool; do p=; for d in $PATH; do [ -f "$d/$tool" ] && [ -x "$d/$tool" ] && p=$d/$tool && break; done; echo "$p"; done'

/**
 * Asks every host of a cluster, all at once, whether it can be reached and which tools it has: one round trip each, as
 * the login user. In the order of the inventory. Never rejects for what a host does.
 */
export async function checkHosts(cluster: Cluster, options: CheckHostsOptions): Promise<HostCheck[]> {
  const { toolsFor, gateOf, limitMs = 10_000, signal, onHost } = options
  return Promise.all(
    cluster.inventory.hosts.map(async (host) => {
      const reached = await checkHost(cluster, host, [...new Set(toolsFor(host))], limitMs, signal)
      const wanted = reached.latencyMs === null ? undefined : gateOf?.(host)
      const check = wanted
        ? { ...reached, gate: await checkGate(cluster, host, wanted, limitMs, signal) }
        : reached
      onHost?.(check)
      return check
    }),
  )
}

async function checkHost(
  cluster: Cluster,
  { name, roles }: Host,
  tools: readonly string[],
  limitMs: number,
  signal: AbortSignal | undefined,
): Promise<HostCheck> {
  const argv = ['sh', '-c', lookUp, 'sh', ...tools] as const
  const question = { id: `host@${name}`, host: name, argv, limitMs, touches: 'nothing', asLoginUser: true }
  const { outcome, exitCode, stdout, reason, durationMs } = await cluster.run(question, signal)
  const lines = stdout.split('\n')
  if (outcome !== 'exited' || exitCode !== 0 || lines.length !== tools.length + 1) {
    const whyNot = reason ?? `${name} answered a look for programs with exit code ${exitCode}`
    return { host: name, roles, latencyMs: null, whyNot, tools: {} }
  }
  const found = Object.fromEntries(
    tools.map((tool, index) => [tool, lines[index]?.startsWith('/') ? lines[index] : null]),
  )
  return { host: name, roles, latencyMs: durationMs, tools: found }
}

async function checkGate(
  cluster: Cluster,
  { name }: Host,
  wanted: { all: string; checksOnly: string },
  limitMs: number,
  signal: AbortSignal | undefined,
): Promise<GateCheck> {
  const question = {
    id: `gate@${name}`,
    host: name,
    argv: ['--version'] as const,
    limitMs,
    touches: 'nothing',
  }
  const { outcome, exitCode, stdout, stderr, reason } = await cluster.run(question, signal)
  const said = stdout.trim()
  if (said === wanted.all) return { state: 'current' }
  if (said === wanted.checksOnly) return { state: 'checks-only' }
  if (outcome === 'exited' && exitCode === 0) return { state: 'other', why: said.slice(0, 100) }
  return { state: 'unusable', why: reason ?? (stderr.trim().slice(0, 200) || `it ended with ${exitCode}`) }
}

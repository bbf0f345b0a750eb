import { type Host, hostsWith, type Inventory } from '../shared/inventory.ts'
import type { Relative } from '../shared/linux/family.ts'
import type { Mount } from '../shared/linux/mountinfo.ts'
import { type Look, lookAt } from '../shared/look.ts'
import type { Observations, Probe, Reading } from '../shared/probe.ts'
import type { CtdbArgs } from './args.ts'
import type { ScriptRun, Tunables } from './events.ts'
import type { Config, LockSetting } from './lock-setting.ts'
import type { HostClock, LockLog } from './log.ts'
import { nodeProbes } from './probes.ts'
import type { FileFact, ReclockScript } from './reclock-script.ts'
import type { ClusterState, NodeStatus } from './status.ts'
import { closer, type Looks, suspectsIn } from './waiting.ts'

/** What one node shows, each part with its reason where it isn't known. */
export type NodeView = {
  host: Host
  status: Reading<NodeStatus[]>
  state: Reading<ClusterState>
  version: Reading<string>
  lock: Reading<LockSetting>
  config: Reading<Config>
  runs: Reading<ScriptRun[]>
  tunables: Reading<Tunables>
  script: Reading<ReclockScript>
  files: Reading<FileFact[]>
  mounts: Reading<Mount[]>
  clock: Reading<HostClock>
  family: Reading<Relative[]>
  looks: Looks
  log: Reading<LockLog>
}

/** The hosts that are asked: all CTDB nodes, or the one that was named. */
export function nodesOf({ on }: CtdbArgs, inventory: Inventory): Host[] {
  return hostsWith(inventory, 'ctdb-node').filter(
    ({ name, addresses }) => on === undefined || name === on || addresses.includes(on),
  )
}

/** One pass over all nodes, side by side: what is known, and what is wanted next. */
export function gather(
  args: CtdbArgs,
  inventory: Inventory,
  seen: Observations,
): { nodes: NodeView[]; wanted: Probe<unknown>[] } {
  const look = lookAt(seen)
  const nodes = nodesOf(args, inventory).map((host) => lookAtNode(look, host, args))
  return { nodes, wanted: look.wanted() }
}

function lookAtNode(look: Look, host: Host, args: CtdbArgs): NodeView {
  const probes = nodeProbes(host, args.base)
  const family = look.ask(probes.family())
  const config = look.ask(probes.config())
  const logged = config.seen ? config.value.log : undefined
  return {
    host,
    family,
    config,
    status: readStatusOf(look, probes),
    state: look.ask(probes.state()),
    version: look.ask(probes.version()),
    lock: look.ask(probes.lock()),
    runs: look.ask(probes.runs()),
    tunables: look.ask(probes.tunables()),
    script: look.ask(probes.script()),
    files: look.ask(probes.files()),
    mounts: look.ask(probes.mounts()),
    clock: look.ask(probes.clock()),
    looks: lookTwice(look, probes, family, args),
    log:
      logged?.kind === 'syslog'
        ? { seen: false, code: 'absent', why: 'CTDB logs to syslog there' }
        : config.seen || config.code !== 'pending'
          ? look.ask(probes.log(logged?.path))
          : { seen: false, code: 'pending', why: 'not looked at yet' },
  }
}

type NodeProbes = ReturnType<typeof nodeProbes>

function readStatusOf(look: Look, probes: NodeProbes): Reading<NodeStatus[]> {
  const status = look.ask(probes.status())
  return status.seen || status.code !== 'failed' ? status : look.ask(probes.oldStatus())
}

function lookTwice(look: Look, probes: NodeProbes, family: Reading<Relative[]>, args: CtdbArgs): Looks {
  const suspects = family.seen ? closer(suspectsIn(family.value)) : []
  const uptime = look.ask(probes.uptime())
  const bootedAt = uptime.seen ? uptime.at - uptime.value * 1000 : undefined
  if (suspects.length === 0) return { family, first: undefined, second: undefined, bootedAt }
  const probe = probes.waits(1, suspects)
  const first = look.ask(probe)
  const again = { ...probes.waits(2, suspects), after: { probe: probe.id, ms: args.intervalMs } }
  const second = args.intervalMs > 0 ? look.ask(again) : undefined
  return { family, first, second, bootedAt }
}

import { configuredInit } from '../shared/ceph/osd-init.ts'
import type { Offer } from '../shared/finding.ts'
import type { Inventory } from '../shared/inventory.ts'
import { code } from '../shared/text.ts'
import type { OsdArgs } from './args.ts'
import type { Evidence } from './evidence.ts'
import { hearingOf } from './hearing.ts'
import type { OsdView } from './host-view.ts'
import { isCertain } from './identity.ts'
import { type Init, restartOf } from './init.ts'
import { basisOfNofile, nofileArgv, wantedLimit } from './nofile.ts'
import { basisOfRestart } from './restart.ts'
import { amount, nameOf } from './words.ts'

type Known = Evidence & { view: OsdView }

/**
 * What may be offered: a restart of an OSD that is proven deaf, when Ceph itself says that stopping it stops nobody; and a
 * higher soft limit for one that is at or near it and has not given up listening, where its process is certainly this cluster's.
 */
export function offersFor(args: OsdArgs, inventory: Inventory, evidence: Known, conclusion: string): Offer[] {
  const { ears } = hearingOf(evidence.view)
  const gaveUp = ears.some(({ state }) => state === 'closed' || state === 'silent')
  const offers = [
    ...(gaveUp ? [] : raise(evidence)),
    ...(conclusion === 'deaf-osd' ? restart(args, inventory, evidence) : []),
  ]
  return offers
}

/** Why a restart is not offered for a deaf OSD; undefined: it may be. */
export function restartProblem(
  { view, okToStop, manager, map, again, init }: Known,
  inventory: Inventory,
): string | undefined {
  if (!view.osd.up) return 'it is not up'
  if (!view.host) return 'its host is not in the inventory'
  if (!view.process.seen) return 'its process was not seen'
  if (manager.seen && manager.value === 'missing')
    return 'without an active manager Ceph cannot say what would stop'
  if (!okToStop?.seen)
    return `Ceph did not say what would stop (\`ceph osd ok-to-stop\`, Luminous and later): ${okToStop?.why ?? 'not asked'}`
  if (!okToStop.value.ok) return `\`ceph osd ok-to-stop\` says: ${okToStop.value.why}`
  if (!map.seen || !again?.seen) return 'the OSD map was not seen twice'
  // two clusters may have an OSD of this number on one host, and a unit `ceph-osd@N` does not say whose it is
  const named =
    configuredInit(inventory) !== undefined || (init.seen && unitOf(init.value).includes(map.value.fsid))
  if (!named && !isCertain(view))
    return `that process ${view.process.value.pid} is this cluster's ${nameOf(view.osd.id)} is not certain: the map has another number, and it listens on none of the map's addresses`
  const command = restartOf(inventory, { id: view.osd.id, fsid: map.value.fsid }, init)
  return 'why' in command
    ? `how its host restarts it is not known (${command.why}); configure \`ceph.osd_init\``
    : undefined
}

const unitOf = (init: Init) => (init.kind === 'systemd' ? init.unit : '')

function restart(args: OsdArgs, inventory: Inventory, evidence: Known): Offer[] {
  const { view, okToStop, map, init } = evidence
  if (restartProblem(evidence, inventory) !== undefined || !map.seen || !okToStop?.seen || !okToStop.value.ok)
    return []
  const command = restartOf(inventory, { id: args.id, fsid: map.value.fsid }, init)
  if ('why' in command) return []
  const { degraded } = okToStop.value
  const params = { id: args.id, host: view.host!.name, pid: view.process.seen ? view.process.value.pid : '' }
  return [
    {
      remedy: 'restart-osd',
      params,
      label: `restart osd.${args.id}`,
      plan: `ask Ceph again whether ${nameOf(args.id)} may stop → restart it on ${code(params.host)} → wait until it is up, listens on as many sockets, answers a new connection, and all of its PGs are active.`,
      commands: [`[${params.host}] ${command.argv.join(' ')}`],
      touches: `its connected clients wait for some seconds and go on; ${degraded === undefined ? 'its PGs' : `${degraded} PG${degraded === 1 ? '' : 's'}`} run with a copy less until it is back. No PG stops, Ceph says; of other OSDs that are deaf it does not know: \`check osds\` first.`,
      approvals: 1,
      basis: basisOfRestart(params, inventory, evidence),
    },
  ]
}

function raise(evidence: Known): Offer[] {
  const { view } = evidence
  const wanted = wantedLimit(view)
  if (!view.host || !view.process.seen || !view.limits.seen || !view.open.seen || wanted === undefined)
    return []
  // another cluster's OSD of this number is not ours to change
  if (!isCertain(view)) return []
  const from = view.limits.value.soft
  const params = {
    id: view.osd.id,
    host: view.host.name,
    pid: view.process.value.pid,
    from: String(from),
    to: String(wanted),
  }
  return [
    {
      remedy: 'raise-nofile',
      params,
      label: `raise the limit of osd.${view.osd.id}`,
      plan: `raise the soft limit of process ${params.pid} from ${amount(from)} to ${amount(wanted)} descriptors, and see it in /proc. Nothing is restarted; it lasts as long as this process.`,
      commands: [`[${params.host}] ${nofileArgv(params).join(' ')}`],
      touches: `only ${nameOf(view.osd.id)}; it may then use more memory for connections.`,
      approvals: 1,
      basis: basisOfNofile(params, view),
    },
  ]
}

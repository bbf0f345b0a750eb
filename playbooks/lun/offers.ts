import type { Finding, Offer } from '../shared/finding.ts'
import { code } from '../shared/text.ts'
import type { LunArgs } from './args.ts'
import {
  basisOfReserve,
  basisOfTrace,
  onChain,
  type ReserveParams,
  releaseCommand,
  reserveCommand,
  type TraceParams,
  traceCommands,
} from './basis.ts'
import type { Judged } from './conclusion.ts'
import type { Evidence } from './evidence.ts'
import { isHeld } from './reservations.ts'
import { addedTokens } from './trace.ts'

/** What people lose sight of on one screen. */
const MOST = 4

/**
 * The watchers' offers first, resting on the chain as well; then what finds out more. Never a LUN reset, never PR clear;
 * nothing where ESXi has lost the device or the storage is full: a reservation would tell nothing there.
 */
export function offersFor(args: LunArgs, judged: Judged, findings: readonly Finding[]): Offer[] {
  const { evidence, nested } = judged
  const [first] = findings
  const watchers = (nested?.offers ?? []).map(
    (offer): Offer => ({ ...offer, basis: onChain(offer.basis, evidence) }),
  )
  const lost = [
    'device-vanished',
    'permanent-device-loss',
    'all-paths-down',
    'array-full',
    'snapshot-volume',
    'device-detached',
    'device-offline',
    'not-ready',
  ]
  const wrong = first!.severity === 'critical' || first!.severity === 'warning'
  if (!wrong || lost.includes(first!.code)) return watchers.slice(0, MOST)
  return [...watchers, ...probeReserve(evidence), ...trace(args, evidence)].slice(0, MOST)
}

/**
 * Only where nothing is registered and nobody refused: else a RESERVE is refused anyway, and from the holder itself the
 * RELEASE would end what it holds.
 */
function probeReserve(evidence: Evidence): Offer[] {
  if (isHeld(evidence)) return []
  const found = evidence.initiators.find(
    ({ disk }) =>
      disk &&
      !disk.kernelName.startsWith('dm-') &&
      ((disk.persistent.seen && disk.persistent.value.registrations.length === 0) ||
        (!disk.persistent.seen && disk.persistent.code === 'absent')),
  )
  if (!found?.disk) return []
  const params: ReserveParams = { host: found.host.name, device: found.disk.byId }
  return [
    {
      remedy: 'probe-reserve',
      params,
      label: 'try RESERVE and RELEASE',
      plan: `reserve the LUN from ${code(params.host)} (RESERVE(6)) → release it at once (RELEASE(6)) → see that it answers. Normally both take less than 0.1 s.`,
      commands: [reserveCommand(params), releaseCommand(params)],
      touches:
        'every other host on the LUN is refused while it is reserved, and tries again: a moment; when RESERVE hangs, up to a minute. It is released also when this worker dies. A SCSI-2 reservation that this host holds itself ends with it: not from a node that reserves for a cluster.',
      approvals: 1,
      basis: basisOfReserve(params, evidence),
    },
  ]
}

/** Needs SCST as the target, and its switches readable: what was on before is what is restored. */
function trace({ traceMinutes }: LunArgs, evidence: Evidence): Offer[] {
  const target = evidence.targets.find(({ exported }) => exported.some(({ software }) => software === 'SCST'))
  const level = target?.traceLevel?.seen ? target.traceLevel.value : undefined
  const sites = target?.debugSites?.seen ? target.debugSites.value : []
  if (!target || (level === undefined && sites.length === 0)) return []
  const params: TraceParams = { host: target.host.name, minutes: String(traceMinutes) }
  const tokens = level === undefined ? [] : addedTokens(level)
  if (tokens.length === 0 && sites.every(({ flags }) => flags.includes('p'))) return []
  return [
    {
      remedy: 'scst-trace',
      params,
      label: `trace reservations for ${traceMinutes} min`,
      plan: `let SCST on ${code(params.host)} log who reserves and releases → see that it does → after ${traceMinutes} min, or when somebody says so, set everything back to what it was.`,
      commands: traceCommands(level, sites),
      touches: `the kernel's log of ${code(params.host)}: a few lines for each reservation. I/O is not touched.`,
      approvals: 1,
      basis: basisOfTrace(params, evidence),
    },
  ]
}

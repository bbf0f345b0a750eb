import { NotSeen } from '../shared/probe.ts'
import { type Evidence, specOf } from './evidence.ts'
import type { Disk } from './initiators.ts'
import type { DebugSite } from './scst.ts'
import { DEBUG_CONTROL } from './scst.ts'
import type { TargetView } from './targets.ts'
import { addedTokens, FLAGS, onLines, shownWrite, silentSites, sitesText, TRACE_LEVEL } from './trace.ts'

export type ReserveParams = { host: string; device: string }
export type TraceParams = { host: string; minutes: string }

const RESERVE = ['16', '00', '00', '00', '00', '00'] as const
const RELEASE = ['17', '00', '00', '00', '00', '00'] as const

export const reserveArgv = ({ device }: ReserveParams) => ['sg_raw', device, ...RESERVE] as const
export const releaseArgv = ({ device }: ReserveParams) => ['sg_raw', device, ...RELEASE] as const
export const reserveCommand = (params: ReserveParams) => reserveArgv(params).join(' ')
export const releaseCommand = (params: ReserveParams) => releaseArgv(params).join(' ')

/** The facts that tie what is done to the image below to the LUN that was asked about. */
const chainLines = ({ exported }: Evidence): string[] =>
  exported.flatMap(({ host, name, names, image }) =>
    image ? [`${names.join(', ') || 'a device'} is ${name} on ${host.name}, which is ${specOf(image)}`] : [],
  )

/** What the watchers' remedy rests on, and the way from the LUN to the image with it. */
export function onChain(basis: string, evidence: Evidence): string {
  return [...new Set([...basis.split('\n'), ...chainLines(evidence)])].sort().join('\n')
}

export function diskOf({ host, device }: ReserveParams, evidence: Evidence): Disk {
  const view = evidence.initiators.find((each) => each.host.name === host)
  if (!view) throw new NotSeen('no-host', `the cluster has no initiator ${host}`)
  if (!view.links.seen)
    throw new NotSeen(view.links.code, `the disks of ${host} could not be seen: ${view.links.why}`)
  if (view.disk?.byId !== device) throw new NotSeen('absent', `${device} is not on ${host} any more`)
  return view.disk
}

/** Not in it, because they come and go: whether it is reserved this moment, and how fast it answers. */
export function basisOfReserve(params: ReserveParams, evidence: Evidence): string {
  const { persistent, kernelName } = diskOf(params, evidence)
  const keys = persistent.seen
    ? persistent.value.registrations.map(({ key }) => key).join(', ') || 'none'
    : persistent.code === 'absent'
      ? 'unknown to this target'
      : 'not seen'
  return [
    `${params.host}: ${params.device} is ${kernelName}, one of ${evidence.names.join(', ')}`,
    `${params.host}: registered keys: ${keys}`,
  ]
    .sort()
    .join('\n')
}

export function scstOf(
  { host }: Pick<TraceParams, 'host'>,
  evidence: Evidence,
): {
  target: TargetView
  level: string[] | undefined
  sites: DebugSite[]
} {
  const target = evidence.targets.find((each) => each.host.name === host && each.exported.length > 0)
  if (!target) throw new NotSeen('absent', `SCST on ${host} does not have this LUN any more`)
  return {
    target,
    level: target.traceLevel?.seen ? target.traceLevel.value : undefined,
    sites: target.debugSites?.seen ? target.debugSites.value : [],
  }
}

export function basisOfTrace(params: TraceParams, evidence: Evidence): string {
  const { level, sites } = scstOf(params, evidence)
  if (level === undefined && sites.length === 0)
    throw new NotSeen('failed', `the switches of SCST on ${params.host} could not be seen`)
  return [
    `${params.host}: trace_level ${level === undefined ? 'not there' : level.toSorted().join(' ') || 'empty'}`,
    `${params.host}: debug ${sitesText(sites) || 'not there'}`,
  ].join('\n')
}

/** Exactly what will be written, for the confirm dialog. */
export function traceCommands(level: readonly string[] | undefined, sites: readonly DebugSite[]): string[] {
  const tokens = level === undefined ? [] : addedTokens(level)
  const many = silentSites(sites)
  const functions = [...new Set(many.map(({ func }) => func))]
  return [
    ...(many.length > 6
      ? functions.map((func) => `echo "func ${func} +${FLAGS}" > ${DEBUG_CONTROL}`)
      : shownWrite(DEBUG_CONTROL, onLines(sites))),
    ...shownWrite(
      TRACE_LEVEL,
      tokens.map((token) => `add ${token}`),
    ),
  ]
}

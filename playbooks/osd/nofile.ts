import { z } from 'zod'
import type { Offer } from '../shared/finding.ts'
import { type FileLimits, limitsArgv, readLimits } from '../shared/linux/descriptors.ts'
import { NotSeen } from '../shared/probe.ts'
import type { Act, Remedy, RemedyContext, RemedyPlan, Verify } from '../shared/remedy.ts'
import type { OsdArgs } from './args.ts'
import { NEAR } from './draft.ts'
import { gather } from './evidence.ts'
import type { OsdView } from './host-view.ts'
import { isCertain } from './identity.ts'
import { amount, nameOf } from './words.ts'

/** What packages set today (`LimitNOFILE=1048576` in ceph-osd@.service since Jewel). */
const ENOUGH = 1_048_576n

const Count = z.string().regex(/^[1-9]\d{0,18}$/)
export const NofileParams = z.strictObject({
  id: z.string().regex(/^\d+$/),
  host: z.string().min(1),
  pid: z.string().regex(/^\d+$/),
  from: Count,
  to: Count,
})
type NofileParams = z.infer<typeof NofileParams>

/** Raises the soft limit of the running process, within its hard limit. What lasts is a file of the operator's: printed, not written. */
export const raiseNofile: Remedy<OsdArgs> = {
  name: 'raise-nofile',
  params: NofileParams,
  basis: (params, context) => basisOfNofile(NofileParams.parse(params), viewOf(context)),
  plan: (params, context) => plan(NofileParams.parse(params), context),
}

/** The soft limit to ask for; undefined: it has room, or the hard limit leaves none. */
export function wantedLimit({ open, limits }: OsdView): bigint | undefined {
  if (!open.seen || !limits.seen) return undefined
  const { soft, hard } = limits.value
  if (BigInt(open.value) * NEAR.of < soft * NEAR.part) return undefined
  const to = hard < ENOUGH ? hard : ENOUGH
  return to > soft ? to : undefined
}

export function nofileArgv({ pid, to }: Pick<NofileParams, 'pid' | 'to'>): [string, ...string[]] {
  // an empty hard part leaves the hard limit as it is
  return ['prlimit', '--pid', pid, `--nofile=${to}:`]
}

/** The process and both limits; how many are open changes all the time and is not part of it. */
export function basisOfNofile({ id, host, pid }: NofileParams, view: OsdView): string {
  if (!view.process.seen || !view.limits.seen)
    throw new NotSeen('absent', `the process of ${nameOf(id)} or its limits could not be seen`)
  const { soft, hard } = view.limits.value
  const now = view.process.value.pid === pid && view.host?.name === host && isCertain(view)
  return [
    `osd.${id} is ${now ? '' : 'not '}process ${pid} on ${host}`,
    `soft limit ${soft}, hard limit ${hard}`,
  ].join('\n')
}

function viewOf({ args, inventory, seen }: RemedyContext<OsdArgs>): OsdView {
  const view = gather(args, inventory, seen).evidence?.view
  if (!view) throw new NotSeen('absent', `${nameOf(args.id)} could not be seen`)
  return view
}

function plan(params: NofileParams, context: RemedyContext<OsdArgs>): RemedyPlan {
  const view = viewOf(context)
  const { id, host, pid, from, to } = params
  if (!view.process.seen || view.process.value.pid !== pid || !view.limits.seen)
    throw new NotSeen('absent', `process ${pid} is not ${nameOf(id)} any more`)
  if (BigInt(to) > view.limits.value.hard)
    throw new NotSeen(
      'denied',
      `${amount(BigInt(to))} is beyond its hard limit ${amount(view.limits.value.hard)}`,
    )
  const act: Act = {
    kind: 'act',
    id: 'prlimit',
    host,
    argv: nofileArgv(params),
    limitMs: 10_000,
    touches: 'host:limits',
    done: `soft limit set to ${amount(BigInt(to))}`,
    check: ({ exitCode, stderr }) => {
      if (exitCode !== 0)
        throw new NotSeen('failed', `prlimit ended with ${exitCode}: ${stderr.trim().slice(0, 200)}`)
    },
  }
  const see: Verify<Map<string, FileLimits>> = {
    kind: 'verify',
    id: 'limit',
    probe: {
      id: 'limit',
      host,
      argv: limitsArgv([pid]),
      limitMs: 5_000,
      touches: 'host:limits',
      looking: 'its limit',
      parse: readLimits,
    },
    unless: (limits) => {
      const soft = limits.get(pid)?.soft
      return soft === BigInt(to)
        ? undefined
        : `its soft limit is ${soft === undefined ? 'not there' : amount(soft)}`
    },
    withinMs: 5_000,
    everyMs: 300,
    done: () => `/proc/${pid}/limits says so, too`,
  }
  return {
    steps: [act, see],
    outcome: {
      now: `${nameOf(id)} may open ${amount(BigInt(to))} descriptors as long as process ${pid} lives.`,
      next: 'Write it into its unit or ceph.conf, or the next start has the old limit; then check again.',
      offers: [back(params, view)],
    },
    stoppedAt: () => ({
      now: `Whether the soft limit of process ${pid} is ${amount(BigInt(from))} or ${amount(BigInt(to))} is not certain.`,
      undone: 'Nothing was undone; either is harmless.',
      next: `Look at \`/proc/${pid}/limits\` on ${host}, then check again. Ubuntu 12.04 has no \`prlimit\`: there only a restart with a higher limit helps.`,
    }),
  }
}

/** The way back, computed from what was set. */
function back(params: NofileParams, view: OsdView): Offer {
  const swapped = { ...params, from: params.to, to: params.from }
  const hard = view.limits.seen ? view.limits.value.hard : 0n
  return {
    remedy: 'raise-nofile',
    params: swapped,
    label: 'put the old limit back',
    plan: `set the soft limit of process ${params.pid} back to ${amount(BigInt(params.from))}.`,
    commands: [`[${params.host}] ${nofileArgv(swapped).join(' ')}`],
    touches: `${nameOf(params.id)}: with as many open as that it goes deaf or aborts.`,
    approvals: 2,
    because: 'the old limit is what was nearly reached',
    basis: [
      `osd.${params.id} is process ${params.pid} on ${params.host}`,
      `soft limit ${params.to}, hard limit ${hard}`,
    ].join('\n'),
  }
}

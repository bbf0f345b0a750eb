import type { Playbook } from '../shared/playbook.ts'
import { NotSeen } from '../shared/probe.ts'
import type { Remedy, RemedyContext } from '../shared/remedy.ts'
import type { LunArgs } from './args.ts'
import { onChain } from './basis.ts'
import { type Evidence, gather } from './evidence.ts'

/**
 * The watchers' remedies, asked about the image that the chain leads to. They rest on the chain as well: when the LUN has another
 * image behind it by then, nothing is done.
 */
export function lastHop(watchers: Playbook): Record<string, Remedy<LunArgs>> {
  const wrapped = Object.entries(watchers.remedies).map(([name, remedy]): [string, Remedy<LunArgs>] => {
    const below = (context: RemedyContext<LunArgs>): { evidence: Evidence; context: RemedyContext } => {
      const { evidence } = gather(context.args, context.inventory, context.seen, watchers)
      if (evidence.nested === undefined)
        throw new NotSeen('absent', 'the way from the LUN to its image could not be followed')
      return { evidence, context: { ...context, args: evidence.nested } }
    }
    return [
      name,
      {
        name: remedy.name,
        params: remedy.params,
        basis: (params, context) => {
          const { evidence, context: nested } = below(context)
          return onChain(remedy.basis(params, nested), evidence)
        },
        plan: (params, context) => {
          const { evidence, context: nested } = below(context)
          const plan = remedy.plan(params, nested)
          const { outcome, stoppedAt } = plan
          // a way back that the watchers offer is taken up here, so it rests on the chain, too
          const onward = <T extends { basis: string }>(offers: T[]) =>
            offers.map((offer) => ({ ...offer, basis: onChain(offer.basis, evidence) }))
          return {
            ...plan,
            outcome: { ...outcome, offers: onward(outcome.offers) },
            stoppedAt: (step) => {
              const stopped = stoppedAt(step)
              return { ...stopped, ...(stopped.offers && { offers: onward(stopped.offers) }) }
            },
          }
        },
      },
    ]
  })
  return Object.fromEntries(wrapped)
}

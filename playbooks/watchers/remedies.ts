import { z } from 'zod'
import { formatAddress, isHostWide, parseAddress } from '../shared/ceph/address.ts'
import type { Offer } from '../shared/finding.ts'
import { NotSeen } from '../shared/probe.ts'
import type { Remedy, RemedyContext, RemedyPlan } from '../shared/remedy.ts'
import { code } from '../shared/text.ts'
import type { WatchersArgs } from './args.ts'
import { basisOfBlock, basisOfUnblock, type BlockParams as Params } from './basis.ts'
import { clientsOf } from './clients.ts'
import { BLOCK_S, commandsOf, known, liftsAgain } from './commands.ts'
import { asOfFirstLook, current, type Evidence } from './evidence.ts'
import { gather } from './gather.ts'
import { timeoutOf, WATCH_TIMEOUT_S } from './renewal.ts'
import { rightsOf } from './rights.ts'
import { acts, isExactly, listings, lookings } from './steps.ts'

type Context = RemedyContext<WatchersArgs>

const AddressText = z.string().transform((text, context) => {
  try {
    const address = parseAddress(text)
    if (!isHostWide(address)) return formatAddress(address)
  } catch (error) {
    if (!(error instanceof NotSeen)) throw error
  }
  context.addIssue({ code: 'custom', message: 'not the address of one Ceph client' })
  return z.NEVER
})

const BlockParams = z.strictObject({
  address: AddressText,
  client: z.string().regex(/^\d+$/),
  proof: z.enum(['proven', 'unproven']),
  until: z
    .string()
    .regex(/^(?:\d+|never)$/)
    .default('never'),
})
const UnblockParams = z.strictObject({ address: AddressText })

/** Blocks one client by its exact address, proves that its watch is gone and, where nothing lives there, lifts the block again. */
export const blocklist: Remedy<WatchersArgs> = {
  name: 'blocklist',
  params: BlockParams,
  basis: (params, context) => basisOfBlock(BlockParams.parse(params), context.inventory, evidenceOf(context)),
  plan: (params, context) => planBlock(BlockParams.parse(params), context),
}

/** Lifts a block of ours before it ends by itself. */
export const unblock: Remedy<WatchersArgs> = {
  name: 'unblock',
  params: UnblockParams,
  basis: (params, context) => {
    const { address } = UnblockParams.parse(params)
    const entries = known(evidenceOf(context).blocklist, 'the blocklist')
    return basisOfUnblock(
      address,
      entries.some(({ entry }) => isExactly(entry, address)),
    )
  },
  plan: (params, context) => planUnblock(UnblockParams.parse(params).address, context),
}

function evidenceOf({ args, inventory, seen }: Context): Evidence {
  const { evidence } = gather(args, inventory, seen)
  if (!evidence) throw new NotSeen('no-host', 'the cluster has no host with the role `ceph-admin`')
  return evidence
}

function planBlock({ address, client, proof }: Params, context: Context): RemedyPlan {
  const { inventory, now } = context
  const evidence = evidenceOf(context)
  const watchers = known(current(evidence), 'the watchers')
  const before = known(evidence.blocklist, 'the blocklist')
  const target = clientsOf(asOfFirstLook(evidence)).find(
    (each) => each.watcher.client === client && each.address === address,
  )
  if (!target) throw new NotSeen('absent', `${code(address)} does not watch it any more`)
  if (target.life.found === 'alive' || (proof === 'proven' && target.life.found !== 'nothing'))
    throw new NotSeen('failed', `${code(address)} may live: ${target.life.because.join(', ')}`)

  const { add, rm } = acts(address, inventory, evidence)
  const { listed, asBefore } = listings(address, inventory, evidence)
  const { watchGone, othersStay } = lookings(address, inventory, evidence)
  const waitMs = ((timeoutOf(target.watcher, evidence) ?? WATCH_TIMEOUT_S) + 15) * 1000
  const block = [add, listed, watchGone(waitMs)]
  const lifts = liftsAgain(proof, inventory, evidence)
  return {
    steps: lifts
      ? [...block, rm, asBefore(before, now), othersStay(watchers)]
      : [...block, othersStay(watchers)],
    outcome: lifts
      ? { now: `${code(address)} watches no more, and its block is removed again.`, next: '', offers: [] }
      : blockStays(address, proof, context, evidence),
    stoppedAt: (step) => stoppedAt(step, address, lifts, context, evidence),
  }
}

function blockStays(
  address: string,
  proof: Params['proof'],
  context: Context,
  evidence: Evidence,
): RemedyPlan['outcome'] {
  const { inventory } = context
  const gone = `${code(address)} watches no more. It stays blocked until ${endOf(context)} UTC`
  const rights = rightsOf(inventory, evidence)
  if (proof === 'proven')
    return { now: `${gone}; ${code(rights.user)} may not remove the block.`, next: '', offers: [] }
  return {
    now: `${gone}, so that an old writer cannot come back until then.`,
    next: 'Find out whether the client lives, and end it before then, or it may write again; or have the block lifted earlier, below.',
    offers:
      rights.remove === 'no'
        ? []
        : [offerToUnblock(address, commandsOf(inventory, evidence).rm(address).join(' '))],
  }
}

function endOf({ now }: Context): string {
  return new Date(now + BLOCK_S * 1000).toISOString().slice(11, 16)
}

/** What is so when a step did not hold, or was not started because the time ran out before it. */
function stoppedAt(
  step: string,
  address: string,
  lifts: boolean,
  context: Context,
  evidence: Evidence,
): ReturnType<RemedyPlan['stoppedAt']> {
  const commands = commandsOf(context.inventory, evidence)
  const [until, client] = [endOf(context), code(address)]
  const stays = `Nothing was undone, because lifting the block could let an old writer in. It ends by itself at ${until} UTC.`
  const look = code(commands.ls().join(' '))
  const rm = commands.rm(address).join(' ')
  const mayLift = !lifts && rightsOf(context.inventory, evidence).remove !== 'no'
  const wayBack = mayLift ? { offers: [offerToUnblock(address, rm)] } : {}
  switch (step) {
    case 'add':
      return {
        now: `It is not certain whether ${client} is blocked.`,
        undone: 'Nothing was undone.',
        next: `Look at ${look}; an entry ends by itself at ${until} UTC.`,
      }
    case 'listed':
      return {
        now: `Ceph took the block of ${client}; that it is on the blocklist is not proven.`,
        undone: stays,
        next: `Look at ${look}; if it is not listed, look at the health of the monitors.`,
      }
    case 'watch-gone':
      return {
        now: `${client} is blocked until ${until} UTC; that its watch is gone is not proven.`,
        undone: stays,
        next: 'Check again; if the watch is still there, see whether all OSDs follow the OSD map (`ceph -s`).',
        ...wayBack,
      }
    case 'rm':
    case 'as-before':
      return {
        now: `The watch of ${client} is gone; that its block is gone, too, is not proven.`,
        undone: `If it is still there, it ends by itself at ${until} UTC.`,
        next: `Look at ${look}; if it is there: ${code(rm)}`,
      }
    default:
      return {
        now: `The watch of ${client} is gone; that the other watchers stayed is not proven.`,
        undone: lifts ? 'The block was removed.' : stays,
        next: 'Check again.',
        ...wayBack,
      }
  }
}

function planUnblock(address: string, context: Context): RemedyPlan {
  const evidence = evidenceOf(context)
  const { rm } = acts(address, context.inventory, evidence)
  const { absent } = listings(address, context.inventory, evidence)
  return {
    steps: [rm, absent],
    outcome: {
      now: `${code(address)} is not blocked any more.`,
      next: 'If the old client lives, it can write again: check again.',
      offers: [],
    },
    stoppedAt: () => ({
      now: `Whether ${code(address)} is still blocked is not certain.`,
      undone: 'Nothing was undone.',
      next: 'Look at the blocklist; the entry ends by itself.',
    }),
  }
}

function offerToUnblock(address: string, rm: string): Offer {
  return {
    remedy: 'unblock',
    params: { address },
    label: 'lift the block early',
    plan: `remove ${code(address)} from the blocklist.`,
    commands: [rm],
    touches: 'a client that still lives behind this address can write again.',
    approvals: 2,
    because: 'nobody has proven that the old client is gone',
    basis: basisOfUnblock(address, true),
  }
}

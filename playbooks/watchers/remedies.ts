import { z } from 'zod'
import {
  type Address,
  covers,
  formatAddress,
  formatRange,
  parseAddress,
  sameClient,
} from '../shared/ceph/address.ts'
import { type BlocklistEntry, readBlocklistChange } from '../shared/ceph/blocklist.ts'
import type { Watcher } from '../shared/ceph/watchers.ts'
import type { Offer } from '../shared/finding.ts'
import type { Inventory } from '../shared/inventory.ts'
import { NotSeen, type Reading } from '../shared/probe.ts'
import type { Act, Remedy, RemedyContext, RemedyPlan, Verify } from '../shared/remedy.ts'
import { code } from '../shared/text.ts'
import type { WatchersArgs } from './args.ts'
import { clientsOf } from './clients.ts'
import { current, type Evidence, gather } from './evidence.ts'
import { timeoutOf } from './life.ts'
import { cephProbes } from './probes.ts'

/** Every block ends by itself after this, whatever becomes of us. Ceph's own default is the same. */
export const BLOCK_S = 3600

export type BlockParams = { address: string; client: string; proof: 'proven' | 'unproven' }
type Context = RemedyContext<WatchersArgs>

const AddressText = z.string().transform((text, context) => {
  try {
    return formatAddress(parseAddress(text))
  } catch {
    context.addIssue({ code: 'custom', message: 'not the address of one Ceph client' })
    return z.NEVER
  }
})

const BlockParams = z.strictObject({
  address: AddressText,
  client: z.string().regex(/^\d+$/),
  proof: z.enum(['proven', 'unproven']),
})
const UnblockParams = z.strictObject({ address: AddressText })

/** Blocks one client by its exact address, proves that its watch is gone and, where nothing lives there, lifts the block again. */
export const blocklist: Remedy<WatchersArgs> = {
  name: 'blocklist',
  params: BlockParams,
  basis: (params, context) => basisOfBlock(BlockParams.parse(params), evidenceOf(context)),
  plan: (params, context) => planBlock(BlockParams.parse(params), context),
}

/** Lifts a block of ours before it ends by itself. */
export const unblock: Remedy<WatchersArgs> = {
  name: 'unblock',
  params: UnblockParams,
  basis: (params, context) => {
    const { address } = UnblockParams.parse(params)
    const listed = known(evidenceOf(context).blocklist, 'the blocklist').some(({ entry }) =>
      isExactly(entry, address),
    )
    return basisOfUnblock(address, listed)
  },
  plan: (params, context) => planUnblock(UnblockParams.parse(params).address, context),
}

/** The facts that must be the same when it is approved and when it is done; one a line. */
export function basisOfBlock({ address, client, proof }: BlockParams, evidence: Evidence): string {
  const watchers = known(current(evidence), 'the watchers')
  const entries = known(evidence.blocklist, 'the blocklist')
  const target = clientsOf({ ...evidence, second: undefined }).find(
    (each) => each.watcher.client === client && each.address === address,
  )
  const life = target?.life.state ?? 'absent'
  return [
    ...watchers.map(
      (watcher) =>
        `watcher ${formatAddress(watcher.address)} client.${watcher.client} cookie ${watcher.cookie}`,
    ),
    ...(evidence.locks.seen
      ? evidence.locks.value.map((lock) => `lock ${lock.id} of client.${lock.client}`)
      : ['locks not seen']),
    ...entries
      .filter(({ entry }) => covers(entry, parseAddress(address)))
      .map(({ entry }) => `blocklist entry ${textOf(entry)}`),
    `${address} also watches ${target?.alsoWatches?.join(' ') || (target?.alsoWatches ? 'nothing' : 'what could not be seen')}`,
    // who was proven gone must still be; of the others nothing was proven
    ...(proof === 'proven'
      ? [`${address} is ${life}`]
      : life === 'alive' || life === 'absent'
        ? [`${address} is ${life}`]
        : []),
  ]
    .sort()
    .join('\n')
}

function basisOfUnblock(address: string, listed: boolean): string {
  return `${address} is ${listed ? '' : 'not '}on the blocklist`
}

export function blockCommands(
  inventory: Inventory,
  evidence: Evidence,
  address: string,
  proof: BlockParams['proof'],
): string[] {
  const argv = commandsOf(inventory, evidence)
  return [argv.add(address).join(' '), ...(proof === 'proven' ? [argv.rm(address).join(' ')] : [])]
}

function commandsOf(inventory: Inventory, evidence: Evidence) {
  const { words } = known(evidence.release, 'the release')
  const { ceph } = cephProbes(inventory, evidence.admin).argv
  return {
    add: (address: string) => ceph('osd', words, 'add', address, String(BLOCK_S)),
    rm: (address: string) => ceph('osd', words, 'rm', address),
  }
}

function evidenceOf({ args, inventory, seen }: Context): Evidence {
  const { evidence } = gather(args, inventory, seen)
  if (!evidence) throw new NotSeen('no-host', 'the cluster has no host with the role `ceph-admin`')
  return evidence
}

function known<T>(reading: Reading<T>, what: string): T {
  if (!reading.seen) throw new NotSeen(reading.code, `${what} could not be seen: ${reading.why}`)
  return reading.value
}

/** The steps that both remedies are made of, bound to one cluster and one address. */
function stepsFor(address: string, { inventory }: Context, evidence: Evidence) {
  const ceph = cephProbes(inventory, evidence.admin)
  const commands = commandsOf(inventory, evidence)
  const release = known(evidence.release, 'the release')
  const target = parseAddress(address)
  const act = (id: string, argv: Act['argv'], did: 'added' | 'removed', done: string): Act => ({
    kind: 'act',
    id,
    host: evidence.admin.name,
    argv,
    limitMs: 15_000,
    touches: 'ceph',
    done,
    undo: did === 'removed',
    check: (output) => {
      const change = readBlocklistChange(output)
      // the monitors say what they understood; a host-wide reading of an address must stop everything
      if (change.did !== did || !isExactly(change.entry, address))
        throw new NotSeen('failed', `Ceph says: ${change.did} ${textOf(change.entry)}`)
    },
  })
  const listing = (
    id: string,
    unless: (entries: BlocklistEntry[]) => string | undefined,
    done: string,
  ): Verify<BlocklistEntry[]> => ({
    kind: 'verify',
    id,
    probe: { ...ceph.blocklist(release), id },
    unless,
    withinMs: 10_000,
    everyMs: 300,
    done: () => done,
  })
  const watching = (
    id: string,
    unless: (watchers: Watcher[]) => string | undefined,
    withinMs: number,
    done: string,
  ): Verify<Watcher[]> => ({
    kind: 'verify',
    id,
    probe: { ...ceph.watchers(1, evidence.header!), id },
    unless,
    withinMs,
    everyMs: 200,
    done: () => done,
  })
  return {
    add: act('add', commands.add(address), 'added', `blocked ${code(address)}`),
    rm: act('rm', commands.rm(address), 'removed', 'block removed'),
    listed: listing(
      'listed',
      (entries) =>
        entries.some(({ entry }) => isExactly(entry, address)) ? undefined : 'it is not on the blocklist',
      'on the blocklist',
    ),
    absent: listing(
      'absent',
      (entries) =>
        entries.some(({ entry }) => isExactly(entry, address)) ? 'it is still on the blocklist' : undefined,
      'not on the blocklist any more',
    ),
    asBefore: (before: BlocklistEntry[]) =>
      listing('as-before', (entries) => listDifference(before, entries), 'the blocklist is as before'),
    watchGone: (withinMs: number) =>
      watching(
        'watch-gone',
        (watchers) =>
          watchers.some((each) => sameClient(each.address, target)) ? 'its watch is still there' : undefined,
        withinMs,
        'its watch is gone',
      ),
    othersStay: (before: Watcher[]) =>
      watching(
        'others-stay',
        (watchers) => watchersDifference(before, watchers, target),
        5_000,
        'the other watchers are as before',
      ),
  }
}

function planBlock({ address, client, proof }: BlockParams, context: Context): RemedyPlan {
  const evidence = evidenceOf(context)
  const before = known(evidence.blocklist, 'the blocklist')
  const watchers = known(current(evidence), 'the watchers')
  const watcher = watchers.find((each) => each.client === client && formatAddress(each.address) === address)
  if (!watcher || !evidence.header) throw new NotSeen('absent', `${code(address)} does not watch it any more`)
  const steps = stepsFor(address, context, evidence)
  const waitMs = (timeoutOf(watcher, evidence) + 15) * 1000
  const until = new Date(context.now + BLOCK_S * 1000).toISOString().slice(11, 16)
  const rm = commandsOf(context.inventory, evidence).rm(address).join(' ')
  const blockAndSee = [steps.add, steps.listed, steps.watchGone(waitMs)]
  const stays = `Nothing was undone, because lifting the block could let an old writer in. It ends by itself at ${until} UTC.`
  return {
    steps:
      proof === 'proven'
        ? [...blockAndSee, steps.rm, steps.asBefore(before), steps.othersStay(watchers)]
        : [...blockAndSee, steps.othersStay(watchers)],
    outcome:
      proof === 'proven'
        ? {
            now: `${code(address)} watches no more, and the blocklist is as it was before.`,
            next: '',
            offers: [],
          }
        : {
            now: `${code(address)} watches no more. It stays blocked until ${until} UTC, so that an old writer cannot come back.`,
            next: `Find out whether the client lives and end it; or have the block lifted earlier, below.`,
            offers: [offerToUnblock(address, rm)],
          },
    stoppedAt: (step) => {
      switch (step) {
        case 'add':
          return {
            now: `It is not certain whether ${code(address)} is blocked.`,
            undone: 'Nothing was undone.',
            next: `Look at \`${rm.replace(/ rm .*/, ' ls')}\`; an entry ends by itself within ${BLOCK_S / 3600} h.`,
          }
        case 'listed':
          return {
            now: `Ceph took the block of ${code(address)}, but does not list it.`,
            undone: stays,
            next: 'Check again; if it is still not listed, look at the health of the monitors.',
          }
        case 'watch-gone':
          return {
            now: `${code(address)} is blocked until ${until} UTC; its watch is still there.`,
            undone: stays,
            next: 'Check whether all OSDs follow the OSD map (`ceph -s`); then check again.',
          }
        case 'rm':
        case 'as-before':
          return {
            now: `The watch of ${code(address)} is gone; whether its blocklist entry is gone, too, is not proven.`,
            undone: `If it is still there, it ends by itself at ${until} UTC.`,
            next: `Look, and if it is there: \`${rm}\``,
          }
        default:
          return {
            now: `The watch of ${code(address)} is gone, but the other watchers are not as they were.`,
            undone: proof === 'proven' ? 'The block was removed.' : stays,
            next: 'Check again.',
          }
      }
    },
  }
}

function planUnblock(address: string, context: Context): RemedyPlan {
  const evidence = evidenceOf(context)
  const steps = stepsFor(address, context, evidence)
  return {
    steps: [steps.rm, steps.absent],
    outcome: {
      now: `${code(address)} is not blocked any more.`,
      next: 'If the old client lives, it can write again: check again.',
      offers: [],
    },
    stoppedAt: () => ({
      now: `Whether ${code(address)} is still blocked is not certain.`,
      undone: 'Nothing was undone.',
      next: `Look at the blocklist; the entry ends by itself.`,
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

function isExactly(entry: BlocklistEntry['entry'], address: string): boolean {
  return !('bits' in entry) && sameClient(entry, parseAddress(address))
}

function textOf(entry: BlocklistEntry['entry']): string {
  return 'bits' in entry ? formatRange(entry) : formatAddress(entry)
}

/** What others did to the blocklist meanwhile is said, entries that ended by themselves are not missed. */
function listDifference(before: BlocklistEntry[], after: BlocklistEntry[]): string | undefined {
  const old = new Set(before.map(({ entry }) => textOf(entry)))
  const added = after.map(({ entry }) => textOf(entry)).filter((text) => !old.has(text))
  return added.length === 0
    ? undefined
    : `the blocklist has entries that it did not have before: ${added.join(', ')}`
}

function watchersDifference(before: Watcher[], after: Watcher[], target: Address): string | undefined {
  const missing = before
    .filter(({ address }) => !sameClient(address, target))
    .filter((watcher) => !after.some(({ client }) => client === watcher.client))
  return missing.length === 0
    ? undefined
    : `${missing.map(({ address }) => formatAddress(address)).join(', ')} watches no more either`
}

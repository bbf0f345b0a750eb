import { covers, formatAddress, parseAddress } from '../shared/ceph/address.ts'
import { formatEntry } from '../shared/ceph/blocklist.ts'
import type { Inventory } from '../shared/inventory.ts'
import { clientsOf } from './clients.ts'
import { known, type Proof } from './commands.ts'
import { asOfFirstLook, current, type Evidence } from './evidence.ts'
import type { Life } from './life.ts'
import { rightsOf } from './rights.ts'

/** `until`: ms since the epoch; a watch that is listed later is renewed by somebody. `never`: nothing follows from time. */
export type BlockParams = { address: string; client: string; proof: Proof; until: string }

/**
 * The facts that must be the same when it is approved and when it is done; one a line. Not in it, because it may
 * change: other hosts' processes, entries for other clients, the order in which Ceph lists things.
 */
export function basisOfBlock(
  { address, client, proof, until }: BlockParams,
  inventory: Inventory,
  evidence: Evidence,
): string {
  const watchers = known(current(evidence), 'the watchers')
  const entries = known(evidence.blocklist, 'the blocklist')
  const target = clientsOf(asOfFirstLook(evidence)).find(
    (each) => each.watcher.client === client && each.address === address,
  )
  const also = target?.alsoWatches
  const trace = target === undefined ? 'it watches no more' : said(target.life)
  // who was proven gone must still be; of the others only that nothing showed them alive
  const matters = proof === 'proven' || target === undefined || target.life.found === 'alive'
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
      .map(({ entry }) => `blocklist entry ${formatEntry(entry)}`),
    `${address} also watches ${also === undefined ? 'what could not be seen' : also.join(' ') || 'nothing'}`,
    `removing a block: ${rightsOf(inventory, evidence).remove}`,
    ...(matters ? [`${address}: ${trace}`] : []),
    ...(evidence.first.seen && evidence.first.at > Number(until)
      ? [`${address}: something renews its watch, which an OSD would have dropped by now`]
      : []),
  ]
    .sort()
    .join('\n')
}

/** Why it may live is what people want to know when it is not done; an offer rests on nothing found. */
function said({ found, because }: Life): string {
  if (found === 'nothing') return 'nothing was found of it'
  return `${found === 'alive' ? 'it lives' : 'it may live'}: ${because.join(', ')}`
}

export function basisOfUnblock(address: string, listed: boolean): string {
  return `${address} is ${listed ? '' : 'not '}on the blocklist`
}

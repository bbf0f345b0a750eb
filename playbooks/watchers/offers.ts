import { isHostWide } from '../shared/ceph/address.ts'
import type { Offer } from '../shared/finding.ts'
import type { Inventory } from '../shared/inventory.ts'
import { code } from '../shared/text.ts'
import type { Client } from './clients.ts'
import type { Evidence } from './evidence.ts'
import { BLOCK_S, basisOfBlock, blockCommands } from './remedies.ts'

/**
 * What may be offered: to block a client that is proven gone, or, with two people and the address typed in, one of
 * several of which it cannot be told. Never one that lives, never a whole host, never before the second look.
 */
export function offersFor(inventory: Inventory, evidence: Evidence, clients: Client[]): Offer[] {
  if (!evidence.release.seen || !evidence.blocklist.seen) return []
  return clients.flatMap((client) => {
    const { life, watcher } = client
    const refused =
      client.blockedBy !== undefined ||
      !client.lasted ||
      isHostWide(watcher.address) ||
      life.state === 'alive'
    if (refused || (life.state === 'unknown' && clients.length === 1)) return []
    return [
      life.state === 'gone' ? proven(inventory, evidence, client) : unproven(inventory, evidence, client),
    ]
  })
}

function proven(inventory: Inventory, evidence: Evidence, client: Client): Offer {
  const touchesOthers = client.alsoWatches === undefined || client.alsoWatches.length > 0
  return {
    ...common(inventory, evidence, client, 'proven'),
    label: 'block the left-over watcher',
    plan: `block ${code(client.address)} for at most ${BLOCK_S / 3600} h → wait until its watch is gone → remove the block again.`,
    approvals: touchesOthers ? 2 : 1,
    ...(touchesOthers && {
      because:
        client.alsoWatches === undefined
          ? 'what else this address watches could not be seen'
          : 'the address watches other images, too',
    }),
  }
}

function unproven(inventory: Inventory, evidence: Evidence, client: Client): Offer {
  return {
    ...common(inventory, evidence, client, 'unproven'),
    label: 'block a watcher that may live',
    plan: `block ${code(client.address)} for ${BLOCK_S / 3600} h → wait until its watch is gone. The block stays: lifting it would let the old writer in again.`,
    approvals: 2,
    because: `it may be alive: ${client.life.because.join(', ')}`.slice(0, 600),
    typed: client.address,
  }
}

function common(inventory: Inventory, evidence: Evidence, client: Client, proof: 'proven' | 'unproven') {
  const { alsoWatches, address } = client
  const params = { address, client: client.watcher.client, proof }
  return {
    remedy: 'blocklist',
    params,
    commands: blockCommands(inventory, evidence, address, proof),
    touches:
      alsoWatches === undefined
        ? 'every image that this address uses; which ones could not be seen.'
        : alsoWatches.length === 0
          ? 'nothing else; this address watches no other image.'
          : `${alsoWatches.length} other image${alsoWatches.length === 1 ? '' : 's'} that it watches: ${alsoWatches.slice(0, 8).map(code).join(', ')}${alsoWatches.length > 8 ? ' …' : ''}.`,
    basis: basisOfBlock(params, evidence),
  }
}

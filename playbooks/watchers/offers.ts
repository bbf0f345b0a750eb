import { isHostWide } from '../shared/ceph/address.ts'
import type { Offer } from '../shared/finding.ts'
import type { Inventory } from '../shared/inventory.ts'
import { code } from '../shared/text.ts'
import { basisOfBlock } from './basis.ts'
import type { Client } from './clients.ts'
import { BLOCK_S, blockCommands } from './commands.ts'
import type { Evidence } from './evidence.ts'
import { staleUntil } from './renewal.ts'
import { rightsOf } from './rights.ts'

/**
 * What may be offered: to block a client that is proven gone, or, with two people and the address typed in, one of
 * several of which it cannot be told. Never one that lives, never a whole host, never before the second look, and
 * never what our user may not do.
 */
export function offersFor(inventory: Inventory, evidence: Evidence, clients: Client[]): Offer[] {
  if (!evidence.release.seen || !evidence.blocklist.seen || !evidence.header) return []
  if (rightsOf(inventory, evidence).add === 'no') return []
  return clients
    .filter((client) => mayOffer(client, clients.length))
    .map((client) =>
      client.life.state === 'gone'
        ? proven(inventory, evidence, client)
        : unproven(inventory, evidence, client),
    )
}

/** Whether a block of this client may be proposed at all. */
export function mayOffer({ life, watcher, blockedBy, lasted }: Client, clients: number): boolean {
  if (blockedBy !== undefined || !lasted || isHostWide(watcher.address)) return false
  return life.state === 'gone' || (life.state === 'unknown' && clients > 1)
}

function proven(inventory: Inventory, evidence: Evidence, client: Client): Offer {
  const touchesOthers = client.alsoWatches === undefined || client.alsoWatches.length > 0
  const mayRemove = rightsOf(inventory, evidence).remove !== 'no'
  const after = mayRemove
    ? 'remove the block again.'
    : 'the block stays until then, because this user may not remove it.'
  return {
    ...common(inventory, evidence, client, 'proven'),
    label: 'block the left-over watcher',
    plan: `block ${code(client.address)} for at most ${BLOCK_S / 3600} h → wait until its watch is gone → ${after}`,
    approvals: touchesOthers ? 2 : 1,
    ...(touchesOthers && {
      because:
        client.alsoWatches === undefined
          ? 'what else this address watches could not be seen'
          : 'the address watches something else, too',
    }),
  }
}

function unproven(inventory: Inventory, evidence: Evidence, client: Client): Offer {
  const lock = client.holdsLock ? ', and it holds the lock on the image' : ''
  return {
    ...common(inventory, evidence, client, 'unproven'),
    label: 'block a watcher that may live',
    plan: `block ${code(client.address)} for ${BLOCK_S / 3600} h → wait until its watch is gone. The block stays, and ends by itself: a client that still lives then can write again.`,
    approvals: 2,
    because: `it may be alive: ${[...usual(evidence), ...client.life.because].join(', ')}${lock}`.slice(
      0,
      600,
    ),
    typed: client.address,
  }
}

/** Why a second watcher may be just right. */
function usual({ status, mirror }: Evidence): string[] {
  const moves = status.seen && status.value.migration ? ['a live migration has watchers of its own'] : []
  // it watches the copy that it writes; a primary is `up+stopped`
  const writes = mirror?.seen && /^up\+(?!stopped)/.test(mirror.value.state)
  const mirrors = writes ? ['rbd-mirror watches it, too'] : []
  return [...moves, ...mirrors]
}

function common(inventory: Inventory, evidence: Evidence, client: Client, proof: 'proven' | 'unproven') {
  const until = proof === 'proven' ? staleUntil(client.watcher, evidence) : undefined
  const params = {
    ...{ address: client.address, client: client.watcher.client, proof },
    until: String(until ?? 'never'),
  }
  return {
    remedy: 'blocklist',
    params,
    commands: blockCommands(inventory, evidence, client.address, proof),
    touches: touchesOf(client.alsoWatches),
    basis: basisOfBlock(params, inventory, evidence),
  }
}

function touchesOf(others: string[] | undefined): string {
  if (others === undefined) return 'every image that this address uses; which ones could not be seen.'
  if (others.length === 0) return 'nothing else; this address watches no other image.'
  const shown = `${others.slice(0, 8).map(code).join(', ')}${others.length > 8 ? ' …' : ''}`
  return `${others.length} other object${others.length === 1 ? '' : 's'} that it watches: ${shown}.`
}

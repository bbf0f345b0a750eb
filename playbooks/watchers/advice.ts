import type { Diagnosis } from '../shared/finding.ts'
import type { Inventory } from '../shared/inventory.ts'
import { code } from '../shared/text.ts'
import { LOOKS_APART_S, targetText, type WatchersArgs } from './args.ts'
import type { Client } from './clients.ts'
import type { Evidence } from './evidence.ts'
import { mayOffer } from './offers.ts'
import { rightsOf } from './rights.ts'

/** What a person could do next, when nothing (or not all) can be offered. */
export function nextOf(
  args: WatchersArgs,
  inventory: Inventory,
  evidence: Evidence,
  clients: Client[],
): Diagnosis['next'] {
  const again = `check watchers ${targetText(args)}${args.target.kind !== 'image' && args.pool !== undefined ? ` pool=${args.pool}` : ''}`
  const { user, caps, add } = rightsOf(inventory, evidence)
  if (add === 'no' && clients.some((client) => mayOffer(client, clients.length)))
    return [
      {
        why: `${code(user)} may not block clients (its caps on the monitors: ${code(caps ?? '')}); once it may`,
        command: again,
      },
    ]
  const doubtful = clients.some(({ life }) => life.state === 'gone' || life.found === 'nothing')
  const unclear = clients.length > 1 && clients.some(({ life }) => life.state !== 'alive')
  if ((doubtful || unclear) && evidence.header && evidence.second === undefined)
    return [
      {
        why: 'Look twice; only then can something be offered',
        command: `${again} interval=${LOOKS_APART_S}`,
      },
    ]
  const stranger = clients.find(({ life }) => life.state === 'unknown' && life.host === undefined)
  if (clients.length < 2 || !stranger) return []
  return [
    {
      why: 'The host behind the address decides; its power state and its processes',
      command: `ssh ${stranger.watcher.address.ip} "ls /sys/bus/rbd/devices; ss -tnp"`,
    },
  ]
}

/** What must not be done, however near it lies. */
export function adviceOf(evidence: Evidence, clients: Client[]): Diagnosis['doNot'] {
  const advice: Diagnosis['doNot'] = []
  if (clients.some(({ life }) => life.state === 'gone')) {
    advice.push({
      what: 'block the address without its nonce',
      why: 'that cuts off every client on that host, the living ones too',
    })
  }
  if (evidence.blocklist.seen && evidence.blocklist.value.length > 0 && clients.length === 0) {
    advice.push({
      what: 'remove blocklist entries to bring the client back',
      why: 'it may then write what it had in hand when it was cut off; restart it instead',
    })
  }
  return advice
}

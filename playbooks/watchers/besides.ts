import { formatAddress } from '../shared/ceph/address.ts'
import { code } from '../shared/text.ts'
import type { Client } from './clients.ts'
import { blocklisted } from './conclusion.ts'
import type { Draft } from './draft.ts'
import type { Evidence } from './evidence.ts'

/** Findings beside the conclusion. */
export function besides(evidence: Evidence, clients: Client[]): Draft[] {
  const blocked = clients.filter(({ blockedBy }) => blockedBy)
  return [
    ...(blocked.length > 0 ? [stillListed(blocked)] : []),
    ...clients.flatMap(wrongNonce),
    ...left(evidence),
  ]
}

function stillListed(blocked: Client[]): Draft {
  const { more, ...part } = blocklisted('the image')
  const entries = blocked.map(({ address, blockedBy }) => `${code(address)} until ${blockedBy!.until}`)
  return { ...part, details: [...entries, ...more], evidence: ['blocklist', 'watchers-1'] }
}

function wrongNonce({ nearMiss, address }: Client): Draft[] {
  if (!nearMiss || 'bits' in nearMiss.entry) return []
  return [
    {
      ...{ code: 'blocklist-wrong-nonce', verdict: 'confirmed', severity: 'warning' },
      summary: `The blocklist entry ${code(formatAddress(nearMiss.entry))} blocks nobody here: the watcher is ${code(address)}.`,
      details: [
        `It looks like a slip of one digit, unless another client on that host was meant. The entry stays until ${nearMiss.until}.`,
      ],
      evidence: ['blocklist', 'watchers-1'],
    },
  ]
}

function left({ first, second }: Evidence): Draft[] {
  if (!first.seen || !second?.seen) return []
  const apartS = Math.round((second.at - first.at) / 1000)
  return first.value
    .filter((watcher) => !second.value.some(({ client }) => client === watcher.client))
    .map((watcher) => ({
      ...{ code: 'watcher-left', verdict: 'ruled-out', severity: 'info' },
      summary: `${code(formatAddress(watcher.address))} watched at the first look and was gone by itself ${apartS} s later.`,
      details: [],
      evidence: ['watchers-1', 'watchers-2'],
    }))
}

import { covers, formatAddress, parseAddress } from '../shared/ceph/address.ts'
import type { KrbdMapping } from '../shared/ceph/krbd.ts'
import { NotSeen } from '../shared/probe.ts'
import { code } from '../shared/text.ts'
import type { Draft } from './draft.ts'
import type { Evidence } from './evidence.ts'

const SHUT_DOWN =
  'Every request of a blocklisted client fails with error 108 (ESHUTDOWN). It does not recover by itself: it has to be restarted, or the device unmapped and mapped again.'

type Mapped = KrbdMapping & { host: string }

/** Nobody watches: unused, or a client that was cut off. */
export function nobody(name: string, evidence: Evidence): Draft {
  const { locks } = evidence
  const base = { details: [] as string[], evidence: ['watchers-1', 'locks', 'blocklist'] }
  const blocked = (address: string | undefined) => isBlocked(address, evidence)
  const mapped = mappingsOf(evidence)
  const owner = locks.seen
    ? locks.value.find(({ address }) => address && blocked(formatAddress(address)))
    : undefined
  const cutOff = mapped.find(({ address }) => blocked(address))
  if (owner?.address || cutOff) {
    const who = owner?.address
      ? `the client that holds its lock, ${code(formatAddress(owner.address))},`
      : `the client on ${code(cutOff!.host)} that has it mapped (${code(`/dev/rbd${cutOff!.device}`)})`
    return {
      ...base,
      ...{ code: 'blocklisted-client', verdict: 'confirmed', severity: 'critical' },
      summary: `Nobody watches ${name}, because ${who} is blocklisted.`,
      details: [SHUT_DOWN],
    }
  }
  if (mapped[0]) {
    return {
      ...base,
      ...{ code: 'mapped-without-watcher', verdict: 'inconclusive', severity: 'warning' },
      summary: `Nobody watches ${name}, although ${code(mapped[0].host)} has it mapped (${code(`/dev/rbd${mapped[0].device}`)}).`,
      details: [
        'Its client may have been cut off (an entry of the blocklist that has ended since, a long outage).',
        // rbd.c: no watch for what is mapped read-only, since that release; sysfs does not show how it is mapped
        'Or it is mapped read-only, which watches nothing from Linux 5.5 on and is no fault.',
      ],
    }
  }
  const gaps = gapsOf(evidence)
  if (gaps.length > 0) {
    return {
      ...base,
      ...{ code: 'no-watcher', verdict: 'inconclusive', severity: 'warning' },
      summary: `Nobody watches ${name}; whether a client was cut off could not be seen (${gaps.join(', ')}).`,
    }
  }
  const lock = locks.seen ? locks.value[0] : undefined
  if (lock) return withLock(name, lock, base)
  const notAsked = notAskedOf(evidence)
  if (notAsked.length > 0) {
    return {
      ...base,
      ...{ code: 'no-watcher', verdict: 'inconclusive', severity: 'info' },
      summary: `Nobody watches ${name} now; a client that was cut off could be behind ${notAsked.join(' and ')}.`,
    }
  }
  return {
    ...base,
    ...{ code: 'no-watcher', verdict: 'ruled-out', severity: 'ok' },
    summary: `Nobody watches ${name}: no client has it open for writing.`,
  }
}

/** What should have been seen and wasn't. */
function gapsOf({ image, blocklist, locks, mappers }: Evidence): string[] {
  const dark = (mappers?.asked ?? []).filter(({ krbd }) => !krbd.seen).map(({ host }) => code(host.name))
  return [
    ...(blocklist.seen ? [] : ['the blocklist']),
    ...(image === undefined || locks.seen ? [] : ['its locks']),
    ...(dark.length === 0
      ? []
      : [`the mappings of ${dark.slice(0, 4).join(', ')}${dark.length > 4 ? ' …' : ''}`]),
  ]
}

function notAskedOf({ mappers }: Evidence): string[] {
  const { others = 0, strangers = 0 } = mappers ?? {}
  return [
    ...(strangers === 0
      ? []
      : [`${many(strangers, 'blocklist entry', 'blocklist entries')} of no host of the inventory`]),
    ...(others === 0
      ? []
      : [
          `${many(others, 'host', 'hosts')} of the inventory that ${others === 1 ? 'was' : 'were'} not asked`,
        ]),
  ]
}

const many = (count: number, one: string, several: string) => `${count} ${count === 1 ? one : several}`

function withLock(
  name: string,
  { id, client }: { id: string; client: string },
  base: Pick<Draft, 'details' | 'evidence'>,
): Draft {
  // librbd's own locks are called `auto COOKIE`; any other name was given by a person or a program
  const own = id.startsWith('auto ')
  return {
    ...base,
    ...{ code: 'lock-without-watcher', verdict: 'confirmed', severity: own ? 'warning' : 'info' },
    summary: `Nobody watches ${name}, but client.${client} still holds its lock.`,
    details: [
      own
        ? 'The lock of a client that died stays until another client breaks it, which Ceph does by itself when the image has the feature exclusive-lock.'
        : `The lock ${code(id)} was set by hand or by a program; it stays without a watcher, and that alone is no fault.`,
    ],
  }
}

/** Mappings of this very image, on the hosts that were looked at. A mapped snapshot watches nothing. */
function mappingsOf({ mappers, image }: Evidence): Mapped[] {
  return (mappers?.asked ?? [])
    .flatMap(({ host, krbd }) => (krbd.seen ? krbd.value.map((each) => ({ ...each, host: host.name })) : []))
    .filter(({ pool, namespace, image: name, snapshot }) => {
      const same = image && pool === image.pool && namespace === image.namespace && name === image.name
      return same && snapshot === undefined
    })
}

function isBlocked(address: string | undefined, { blocklist }: Evidence): boolean {
  if (address === undefined || !blocklist.seen) return false
  try {
    const client = parseAddress(address)
    return blocklist.value.some(({ entry }) => covers(entry, client))
  } catch (error) {
    if (error instanceof NotSeen) return false
    throw error
  }
}

import { covers, formatAddress } from '../shared/ceph/address.ts'
import type { Diagnosis, Finding, Unseen } from '../shared/finding.ts'
import type { Inventory } from '../shared/inventory.ts'
import type { NotSeenCode, Observations, Reading } from '../shared/probe.ts'
import { code } from '../shared/text.ts'
import type { WatchersArgs } from './args.ts'
import { type Client, clientsOf, describe } from './clients.ts'
import { current, type Evidence, gather, OSDS_ASKED } from './evidence.ts'
import { factsOf } from './facts.ts'
import { offersFor } from './offers.ts'
import { specOf } from './probes.ts'

type Draft = Omit<Finding, 'playbook'>

/** Evidence → what it means. Whatever was not seen makes a finding inconclusive, never healthy. */
export function diagnose(args: WatchersArgs, inventory: Inventory, seen: Observations): Diagnosis {
  const { evidence } = gather(args, inventory, seen)
  if (!evidence)
    return notLooked(
      'no-admin-host',
      `Nobody can look: cluster ${code(inventory.cluster)} has no host with the role \`ceph-admin\` (one with the tools ceph, rados and rbd).`,
      [],
    )
  const watchers = current(evidence)
  if (!watchers.seen) return couldNotLook(args, evidence, watchers)

  const clients = clientsOf(evidence)
  const findings = [conclusion(args, evidence, clients), ...besides(evidence, clients)].map(
    (draft): Finding => ({ playbook: 'watchers', ...draft }),
  )
  const offers = offersFor(inventory, evidence, clients)
  return {
    looked: true,
    facts: factsOf(args, evidence, clients),
    findings,
    unseen: unseenOf(evidence),
    offers,
    next: nextOf(evidence, clients, offers.length > 0),
    doNot: doNotOf(evidence, clients),
  }
}

/** What is checked, in the words of a finding: the image when its name is known, else the header. */
function subject(args: WatchersArgs, { image, header }: Evidence): string {
  if (image) return code(specOf(image))
  return code(header?.object ?? (args.target.kind === 'image' ? args.target.image : args.target.object))
}

function conclusion(args: WatchersArgs, evidence: Evidence, clients: Client[]): Draft {
  const name = subject(args, evidence)
  const details = clients.map(describe)
  const rests = [
    'watchers-1',
    ...(evidence.second ? ['watchers-2'] : []),
    ...clients.flatMap(({ life }) => life.evidence),
  ]
  const draft = (
    part: Pick<Draft, 'code' | 'verdict' | 'severity' | 'summary'>,
    more: string[] = [],
  ): Draft => ({
    ...part,
    details: [...details, ...explanations(evidence), ...more],
    evidence: [...new Set(rests)],
  })
  const gone = clients.filter(({ life }) => life.state === 'gone')
  const unknown = clients.filter(({ life }) => life.state === 'unknown')
  const blocked = clients.filter(({ blockedBy }) => blockedBy)
  const count = clients.length === 2 ? 'Two' : String(clients.length)

  if (clients.length === 0) return nobody(name, evidence)
  if (blocked.length > 0) {
    return draft(
      {
        code: 'blocklisted-watcher',
        verdict: 'confirmed',
        severity: 'warning',
        summary: `A watcher of ${name} is blocklisted and still listed.`,
      },
      [
        'An OSD drops the watch of a blocklisted client as soon as it gets the new OSD map; if it stays, that OSD is not following the map.',
      ],
    )
  }
  if (gone.length > 0) {
    const others = clients.length - gone.length
    return draft({
      code: 'left-over-watcher',
      verdict: 'confirmed',
      severity: 'critical',
      summary:
        others === 0
          ? `A left-over watcher holds ${name}, and nobody else uses it.`
          : `A left-over watcher is on ${name}: ${count.toLowerCase()} clients watch the header, and ${gone.length === 1 ? 'one of them is' : `${gone.length} of them are`} gone.`,
    })
  }
  if (clients.length === 1) {
    const host = clients[0]!.life.host
    return draft({
      code: 'one-watcher',
      verdict: 'ruled-out',
      severity: 'ok',
      summary: `The watchers of ${name} look right: one client (${code(clients[0]!.address)}${host === undefined ? '' : ` on ${code(host)}`}).`,
    })
  }
  if (unknown.length > 0) {
    const which =
      unknown.length === clients.length
        ? 'which of them live'
        : `whether ${code(unknown[0]!.address)} is alive`
    return draft({
      code: 'unexplained-watcher',
      verdict: 'inconclusive',
      severity: 'warning',
      summary: `${count} clients watch ${name}; I can't tell ${which}.`,
    })
  }
  const why = evidence.status.seen && evidence.status.value.migration ? ', during a live migration' : ''
  return draft(
    {
      code: 'watchers-explained',
      verdict: 'ruled-out',
      severity: 'ok',
      summary: `${count} clients watch ${name}, and all of them are in use${why}.`,
    },
    ['More than one is normal for iSCSI gateways, rbd-mirror, migrations and shared images.'],
  )
}

/** Nobody watches: unused, or a client that was cut off. */
function nobody(name: string, evidence: Evidence): Draft {
  const { locks, blocklist, hosts } = evidence
  const entries = blocklist.seen ? blocklist.value : []
  const owner = locks.seen
    ? locks.value.find(({ address }) => address && entries.some(({ entry }) => covers(entry, address)))
    : undefined
  const mapped = [...hosts.values()].flatMap(({ host, krbd }) =>
    krbd.seen ? krbd.value.map((mapping) => ({ host: host.name, ...mapping })) : [],
  )
  const cutOff = mapped.find(
    (mapping) =>
      evidence.image && mapping.pool === evidence.image.pool && mapping.image === evidence.image.name,
  )
  const base = { details: [] as string[], evidence: ['watchers-1', 'locks', 'blocklist'] }
  if (owner?.address || cutOff) {
    const who = owner?.address
      ? `the client that holds its lock, ${code(formatAddress(owner.address))},`
      : `the client on ${code(cutOff!.host)} that has it mapped (${code(`/dev/rbd${cutOff!.device}`)})`
    return {
      ...base,
      code: 'blocklisted-client',
      verdict: 'confirmed',
      severity: 'critical',
      summary: `Nobody watches ${name}, because ${who} is blocklisted.`,
      details: [
        'Every request of a blocklisted client fails with error 108 (ESHUTDOWN). It does not recover by itself: it has to be restarted, or the device unmapped and mapped again.',
      ],
    }
  }
  if (locks.seen && locks.value.length > 0) {
    return {
      ...base,
      code: 'lock-without-watcher',
      verdict: 'confirmed',
      severity: 'warning',
      summary: `Nobody watches ${name}, but client.${locks.value[0]!.client} still holds its lock.`,
      details: [
        'The lock of a client that died stays until another client breaks it, which Ceph does by itself when the image has the feature exclusive-lock.',
      ],
    }
  }
  return {
    ...base,
    code: 'no-watcher',
    verdict: 'ruled-out',
    severity: 'ok',
    summary: `Nobody watches ${name}: no client has it open.`,
  }
}

function explanations({ status, mirror }: Evidence): string[] {
  const lines: string[] = []
  if (status.seen && status.value.migration) {
    const { state, source, destination } = status.value.migration
    lines.push(`A live migration is ${state}: ${code(source)} → ${code(destination)}.`)
  }
  if (mirror?.seen)
    lines.push(
      `rbd-mirror: ${code(mirror.value.state)}${mirror.value.description === '' ? '' : `, ${mirror.value.description}`}.`,
    )
  return lines
}

/** Findings beside the conclusion. */
function besides(evidence: Evidence, clients: Client[]): Draft[] {
  const drafts: Draft[] = []
  for (const { nearMiss, address } of clients) {
    if (!nearMiss || 'bits' in nearMiss.entry) continue
    drafts.push({
      code: 'blocklist-wrong-nonce',
      verdict: 'confirmed',
      severity: 'warning',
      summary: `The blocklist entry ${code(formatAddress(nearMiss.entry))} blocks nobody here: the watcher is ${code(address)}.`,
      details: [`It looks like a slip of one digit. The entry stays until ${nearMiss.until}.`],
      evidence: ['blocklist', 'watchers-1'],
    })
  }
  const { first, second } = evidence
  if (first.seen && second?.seen) {
    const left = first.value.filter(
      (watcher) => !second.value.some(({ client }) => client === watcher.client),
    )
    const apartS = Math.round((second.at - first.at) / 1000)
    for (const watcher of left) {
      drafts.push({
        code: 'watcher-left',
        verdict: 'ruled-out',
        severity: 'info',
        summary: `${code(formatAddress(watcher.address))} watched at the first look and was gone by itself ${apartS} s later.`,
        details: [],
        evidence: ['watchers-1', 'watchers-2'],
      })
    }
  }
  return drafts
}

/** What should have been seen and wasn't; nothing that was only asked to be thorough about a healthy answer. */
function unseenOf(evidence: Evidence): Unseen[] {
  const { release, dump, blocklist, locks, image, status, held, sessions, second, hosts } = evidence
  const list: [string, Reading<unknown> | undefined][] = [
    ['release', release],
    ['OSD map', dump],
    ['blocklist', blocklist],
    ['sessions of the monitors', sessions],
    ['second look', second],
    ...(image
      ? ([
          ['locks', locks],
          ['image status', status],
        ] as [string, Reading<unknown>][])
      : []),
    ...(held ?? []).map(({ osd, watches }): [string, Reading<unknown>] => [
      `what else is watched on osd.${osd}`,
      watches,
    ]),
    ...[...hosts.values()].flatMap(({ host, krbd, sockets, processes }): [string, Reading<unknown>][] => [
      [`rbd mappings of ${host.name}`, krbd],
      [`connections of ${host.name}`, sockets],
      [`processes of ${host.name}`, processes],
    ]),
  ]
  const gaps = list.flatMap(([what, reading]): Unseen[] =>
    !reading || reading.seen || reading.code === 'pending'
      ? []
      : [{ what, why: reading.why, ...(reading.observation && { probe: reading.observation.probe }) }],
  )
  if (!image) gaps.push({ what: 'locks and status of the image', why: 'the name of the image is not known' })
  if (dump.seen && dump.value.up.length > OSDS_ASKED)
    gaps.push({
      what: 'what else these clients watch',
      why: `${dump.value.up.length} OSDs are too many to ask one by one`,
    })
  return gaps
}

function nextOf({ image, second }: Evidence, clients: Client[], offered: boolean): Diagnosis['next'] {
  const unclear = clients.length > 1 && clients.some(({ life }) => life.state !== 'alive')
  if (unclear && second === undefined && !offered) {
    return [
      {
        why: 'Look twice; only then can something be offered',
        command: `check watchers ${image ? specOf(image) : ''} interval=35`,
      },
    ]
  }
  const unknown = clients.find(({ life }) => life.state === 'unknown' && clients.length > 1)
  return unknown?.life.host === undefined && unknown
    ? [
        {
          why: 'The host behind the address decides; its power state and its processes',
          command: `ssh ${unknown.watcher.address.ip} "ls /sys/bus/rbd/devices; ss -tnp"`,
        },
      ]
    : []
}

function doNotOf(evidence: Evidence, clients: Client[]): Diagnosis['doNot'] {
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

/** The watchers themselves could not be seen, or there is nothing of that name. */
function couldNotLook(
  args: WatchersArgs,
  evidence: Evidence,
  watchers: Extract<Reading<unknown>, { seen: false }>,
): Diagnosis {
  const name = code(
    args.target.kind === 'image'
      ? specOf({ pool: args.target.pool, namespace: args.target.namespace, name: args.target.image })
      : args.target.object,
  )
  const unseen: Unseen = {
    what: `watchers of ${name}`,
    why: watchers.why,
    ...(watchers.observation && { probe: watchers.observation.probe }),
  }
  const others = unseenOf(evidence).filter(({ what }) => what !== 'locks and status of the image')
  if (watchers.code === 'absent') {
    const pools = evidence.searched.map(({ pool }) => code(pool)).join(', ')
    const where =
      args.target.kind === 'image'
        ? ''
        : ` (looked in pool${evidence.searched.length === 1 ? '' : 's'} ${pools})`
    return notLooked('no-such-object', `There is no ${name}${where}: ${watchers.why}.`, [unseen, ...others])
  }
  return notLooked(
    'could-not-look',
    `I could not look at the watchers of ${name}: ${watchers.why}.`,
    [unseen, ...others],
    hintFor(watchers.code),
  )
}

function hintFor(reason: NotSeenCode): string[] {
  const hints: Partial<Record<NotSeenCode, string>> = {
    'timed-out':
      'Monitors or OSDs do not answer this host. `ceph -s` there shows more; without a monitor nothing can be said about any image.',
    denied:
      'The keyring or the capabilities on the ceph-admin host do not allow it. `rados listwatchers` needs `mon allow r` and `osd allow r`.',
    'not-found': 'The tools ceph, rados and rbd have to be installed on a host with the role `ceph-admin`.',
    unreachable: 'The ceph-admin host could not be reached.',
  }
  return hints[reason] ? [hints[reason]] : []
}

function notLooked(reason: string, summary: string, unseen: Unseen[], details: string[] = []): Diagnosis {
  return {
    looked: false,
    facts: {},
    findings: [
      {
        playbook: 'watchers',
        code: reason,
        verdict: 'inconclusive',
        severity: 'warning',
        summary,
        details,
        evidence: unseen.flatMap(({ probe }) => probe ?? []),
      },
    ],
    unseen,
    offers: [],
    next: [],
    doNot: [],
  }
}

import { answeredElsewhere } from '../shared/ceph/admin-host.ts'
import type { Diagnosis, Finding, Unseen } from '../shared/finding.ts'
import type { Inventory } from '../shared/inventory.ts'
import type { NotSeenCode, Observations, Reading } from '../shared/probe.ts'
import { code } from '../shared/text.ts'
import type { OsdArgs } from './args.ts'
import { type Evidence, gather } from './evidence.ts'
import { factsOf } from './facts.ts'
import { hearingOf } from './hearing.ts'
import type { OsdView } from './host-view.ts'
import { isCertain } from './identity.ts'
import { judge } from './judge.ts'
import { offersFor, restartProblem } from './offers.ts'
import { nameOf } from './words.ts'

/** Evidence → what it means. Whatever was not seen makes a finding inconclusive, never healthy. */
export function diagnose(args: OsdArgs, inventory: Inventory, seen: Observations, now: number): Diagnosis {
  const { evidence } = gather(args, inventory, seen)
  if (!evidence) return nobodyCanLook('osd', inventory)
  const { map, view } = evidence
  if (!map.seen) return couldNotLook('osd', `I could not look at ${nameOf(args.id)}`, map)
  if (args.on !== undefined && !inventory.hosts.some(({ name }) => name === args.on)) {
    const known = inventory.hosts.map(({ name }) => code(name)).join(', ')
    return notLooked(
      'osd',
      'no-such-host',
      `There is no host ${code(args.on)} in ${code(inventory.cluster)}; it has ${known}.`,
      [],
    )
  }
  if (!view) {
    const ids = map.value.osds.map(({ id }) => id)
    return notLooked(
      'osd',
      'no-such-osd',
      `There is no ${nameOf(args.id)} in the OSD map; it has ${ids.length} OSDs${ids.length > 0 ? `, the highest is ${nameOf(ids.at(-1)!)}` : ''}.`,
      [],
    )
  }
  if (args.on !== undefined && view.host && view.host.name !== args.on) {
    return notLooked(
      'osd',
      'other-host',
      `${nameOf(args.id)} is not on ${code(args.on)}: its addresses are those of ${code(view.host.name)}. Leave \`on=\` away.`,
      [],
    )
  }
  const known = { ...evidence, view }
  const findings = judge(known, now).map((draft): Finding => ({ playbook: 'osd', ...draft }))
  const offers = offersFor(args, inventory, known, findings[0]!.code)
  return {
    looked: true,
    facts: factsOf(known),
    findings,
    unseen: [...answeredElsewhere(known.admin, map), ...unseenOf(known)],
    offers,
    next: nextOf(known, findings),
    doNot: doNotOf(known, findings, restartProblem(known, inventory)),
  }
}

function unseenOf({
  view,
  again,
  manager,
  health,
  stuck,
  okToStop,
  log,
  crashes,
  blockedOps,
}: Evidence & { view: OsdView }): Unseen[] {
  const host = view.host?.name ?? 'its host'
  const troubled = hearingOf(view).state !== 'answers' || !view.osd.up
  const list: [string, Reading<unknown> | undefined][] = [
    ['OSD map once more', again],
    ['cluster status', manager],
    ['health', health],
    ['PGs that do not serve', stuck],
    ['what a restart would stop', okToStop],
    ['crash reports', crashes],
    ['slow requests', blockedOps],
    [`processes of ${host}`, view.process.seen || view.process.code !== 'absent' ? view.process : undefined],
    [`sockets of ${host}`, view.listeners],
    ...(view.process.seen
      ? ([
          ['open descriptors', view.open],
          ['limits', view.limits],
        ] as [string, Reading<unknown>][])
      : []),
    ['files of the machine', view.fileNr],
    // of an OSD that hears nobody misses the log
    ...(troubled ? ([['log', log]] as [string, Reading<unknown>][]) : []),
    ...view.heard.map(({ from, answers }): [string, Reading<unknown>] => [
      `connections from ${from.name}`,
      answers,
    ]),
  ]
  return [...list.flatMap(([what, reading]) => gap(what, reading)), ...uncertain(view)]
}

/** The process that was looked into may be another one's. */
function uncertain(view: OsdView): Unseen[] {
  if (!view.process.seen || isCertain(view)) return []
  const why = `that process ${view.process.value.pid} is this cluster's ${nameOf(view.osd.id)} is not certain`
  return [{ what: 'descriptors of the OSD', why, probe: view.process.observation.probe }]
}

/** What is not seen, for the line "Could not look at"; what was not asked for is no gap. */
export function gap(what: string, reading: Reading<unknown> | undefined): Unseen[] {
  if (!reading || reading.seen || reading.code === 'pending') return []
  return [{ what, why: reading.why, ...(reading.observation && { probe: reading.observation.probe }) }]
}

function nextOf({ view, blockedOps }: Evidence & { view: OsdView }, findings: Finding[]): Diagnosis['next'] {
  const has = (name: string) => findings.some((finding) => finding.code === name)
  const next: Diagnosis['next'] = []
  if (has('stopped-process') && view.process.seen && view.host) {
    next.push({
      why: 'If nobody debugs it, let it run',
      command: `ssh ${view.host.name} kill -CONT ${view.process.value.pid}`,
    })
  }
  const victims = blockedOps?.seen && has('slow-requests-victim') ? blockedOps.value.others.slice(0, 2) : []
  next.push(...victims.map((id) => ({ why: 'It waits for this one', command: `check osd ${id}` })))
  if (has('deaf-osd'))
    next.push({ why: 'Whether others have the same limit and the same fate', command: 'check osds' })
  return next
}

function doNotOf(
  { view }: Evidence & { view: OsdView },
  [first]: Finding[],
  problem: string | undefined,
): Diagnosis['doNot'] {
  const advice: Diagnosis['doNot'] = []
  const name = nameOf(view.osd.id)
  if (first?.code === 'deaf-osd' && problem !== undefined)
    advice.push({ what: `restart ${name} yet`, why: problem })
  if (first?.code === 'deaf-osd')
    advice.push({
      what: 'restart the clients that hang',
      why: `those that still work hold old connections to ${name}; new ones fail the same way`,
    })
  if (first?.code === 'down-and-peering')
    advice.push({ what: `mark ${name} lost`, why: 'that gives up every write that only it has' })
  return advice
}

export function nobodyCanLook(playbook: string, inventory: Inventory): Diagnosis {
  return notLooked(
    playbook,
    'no-admin-host',
    `Nobody can look: cluster ${code(inventory.cluster)} has no host with the role \`ceph-admin\` (one with the command \`ceph\`).`,
    [],
  )
}

export function couldNotLook(
  playbook: string,
  sentence: string,
  reading: Extract<Reading<unknown>, { seen: false }>,
): Diagnosis {
  const unseen = gap('OSD map', reading)
  return notLooked(playbook, 'could-not-look', `${sentence}: ${reading.why}.`, unseen, HINTS[reading.code])
}

const HINTS: Partial<Record<NotSeenCode, string>> = {
  'timed-out': 'The monitors do not answer this host; without them nothing can be said about any OSD.',
  denied:
    'The keyring or the capabilities on the ceph-admin host do not allow it; reading takes `mon allow r` and `mgr allow r`.',
  'not-found': 'The command `ceph` has to be installed on a host with the role `ceph-admin`.',
}

function notLooked(
  playbook: string,
  reason: string,
  summary: string,
  unseen: Unseen[],
  hint?: string,
): Diagnosis {
  return {
    looked: false,
    facts: {},
    findings: [
      {
        playbook,
        code: reason,
        verdict: 'inconclusive',
        severity: 'warning',
        summary,
        details: hint === undefined ? [] : [hint],
        evidence: unseen.flatMap(({ probe }) => probe ?? []),
      },
    ],
    unseen,
    offers: [],
    next: [],
    doNot: [],
  }
}

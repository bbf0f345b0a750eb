import { z } from 'zod'
import type { OkToStop } from '../shared/ceph/ok-to-stop.ts'
import { type OsdMap, readOsdMap } from '../shared/ceph/osd-map.ts'
import type { Pg } from '../shared/ceph/pgs.ts'
import type { Inventory } from '../shared/inventory.ts'
import type { Listener } from '../shared/linux/listeners.ts'
import { NotSeen, type Reading } from '../shared/probe.ts'
import type { Act, Remedy, RemedyContext, RemedyPlan, Verify } from '../shared/remedy.ts'
import { code } from '../shared/text.ts'
import type { OsdArgs } from './args.ts'
import { type Evidence, gather } from './evidence.ts'
import { hearingOf } from './hearing.ts'
import type { OsdView } from './host-view.ts'
import { restartOf } from './init.ts'
import { clusterProbes, hostProbes } from './probes.ts'
import { nameOf } from './words.ts'

const RestartParams = z.strictObject({
  id: z.string().regex(/^\d+$/),
  host: z.string().min(1),
  pid: z.string().regex(/^\d+$/),
})
type RestartParams = z.infer<typeof RestartParams>

/** Restarts a deaf OSD by what runs it, after Ceph has said once more that nobody stops for it, and proves that it hears again. */
export const restartOsd: Remedy<OsdArgs> = {
  name: 'restart-osd',
  params: RestartParams,
  basis: (params, { args, inventory, seen }) =>
    basisOfRestart(RestartParams.parse(params), inventory, known(gather(args, inventory, seen).evidence)),
  plan: (params, context) => plan(RestartParams.parse(params), context),
}

type Known = Evidence & { view: OsdView }

function known(evidence: Evidence | undefined): Known {
  if (!evidence?.view) throw new NotSeen('absent', 'the OSD could not be seen')
  return { ...evidence, view: evidence.view }
}

function value<T>(reading: Reading<T> | undefined, what: string): T {
  if (!reading?.seen)
    throw new NotSeen(reading?.code ?? 'absent', `${what} could not be seen: ${reading?.why ?? 'not asked'}`)
  return reading.value
}

/** Which process, that it is deaf and where, that Ceph lets it stop, and the command; one fact a line. */
export function basisOfRestart(
  { id, host, pid }: RestartParams,
  inventory: Inventory,
  evidence: Known,
): string {
  const { view } = evidence
  const { fsid } = value(evidence.map, 'the OSD map')
  const running = view.process.seen ? view.process.value.pid : 'not seen'
  const command = restartOf(inventory, { id, fsid }, evidence.init)
  if ('why' in command) throw new NotSeen('absent', `how its host restarts it is not known: ${command.why}`)
  // a deaf OSD that hears again has to be left alone; which of its addresses were seen how may vary with the moment
  const { state, deaf } = hearingOf(view)
  return [
    `osd.${id} is ${view.osd.up ? 'up' : 'down'}, and ${state}`,
    ...(state === 'deaf' ? [`deaf on ${[...new Set(deaf.map(({ use }) => use))].sort().join(', ')}`] : []),
    `process ${running}${running === pid ? '' : ` (was ${pid})`} on ${view.host?.name ?? 'no host'}${view.host?.name === host ? '' : ` (was ${host})`}`,
    `ok-to-stop: ${value(evidence.okToStop, 'what a restart would stop').ok ? 'yes' : 'no'}`,
    `restarted by: ${command.argv.join(' ')}`,
  ]
    .sort()
    .join('\n')
}

function plan(
  { id, host, pid }: RestartParams,
  { args, inventory, seen }: RemedyContext<OsdArgs>,
): RemedyPlan {
  const evidence = known(gather(args, inventory, seen).evidence)
  const { view, admin } = evidence
  const { fsid } = value(evidence.map, 'the OSD map')
  const command = restartOf(inventory, { id, fsid }, evidence.init)
  if ('why' in command) throw new NotSeen('absent', `how its host restarts it is not known: ${command.why}`)
  if (!view.host || view.host.name !== host || !view.process.seen || view.process.value.pid !== pid)
    throw new NotSeen('absent', `process ${pid} on ${code(host)} is not ${nameOf(id)} any more`)
  const ceph = clusterProbes(inventory, admin)
  const nonces = new Set(view.osd.addresses.map(({ at }) => at.nonce))
  const own = hostProbes(inventory, view.host)
  const strangers = new Set(value(view.listeners, 'the sockets of its host').flatMap(({ pids }) => pids))
  const sockets = new Set(view.osd.addresses.map(({ at }) => at.port)).size

  const mayStop: Verify<OkToStop> = {
    kind: 'verify',
    id: 'may-stop',
    probe: { ...ceph.okToStop(id), id: 'may-stop' },
    unless: (answer) => (answer.ok ? undefined : `Ceph says: ${answer.why}`),
    withinMs: 5_000,
    everyMs: 1_000,
    done: () => `Ceph says that ${nameOf(id)} may stop`,
  }
  const restart: Act = {
    kind: 'act',
    id: 'restart',
    host,
    argv: command.argv,
    limitMs: 90_000,
    touches: 'osd-init',
    done: `restarted ${nameOf(id)} on ${code(host)}`,
    check: ({ exitCode, stderr, stdout }) => {
      if (exitCode !== 0)
        throw new NotSeen('failed', `ended with ${exitCode}: ${(stderr || stdout).trim().slice(0, 200)}`)
    },
  }
  const upAgain: Verify<OsdMap> = {
    kind: 'verify',
    id: 'up-again',
    probe: { ...ceph.map(), parse: readOsdMap, id: 'up-again' },
    unless: ({ osds }) => {
      const osd = osds.find((each) => each.id === id)
      if (!osd?.up) return `${nameOf(id)} is down in the OSD map`
      return osd.addresses.some(({ at }) => nonces.has(at.nonce))
        ? 'the map still shows the old process'
        : undefined
    },
    withinMs: 120_000,
    everyMs: 1_000,
    done: () => 'up in the OSD map, as a new process',
  }
  const listens: Verify<Listener[]> = {
    kind: 'verify',
    id: 'listens',
    probe: { ...own.listeners(), id: 'listens' },
    unless: (listeners) => {
      const fresh = listeners.filter(({ pids }) => pids.some((each) => !strangers.has(each) && each !== pid))
      const most = Math.max(
        0,
        ...[...Map.groupBy(fresh, ({ pids }) => pids[0]).values()].map((each) => each.length),
      )
      return most >= sockets ? undefined : `the new process listens on ${most} of ${sockets} sockets`
    },
    withinMs: 30_000,
    everyMs: 1_000,
    done: () => `listens on ${sockets} sockets`,
  }
  const answers: Verify<true> = {
    kind: 'verify',
    id: 'answers',
    probe: { ...ceph.tell(id), id: 'answers' },
    unless: () => undefined,
    withinMs: 30_000,
    everyMs: 1_000,
    done: () => 'answers a new connection',
  }
  const active: Verify<Pg[]> = {
    kind: 'verify',
    id: 'pgs-active',
    probe: { ...ceph.pgsOf(id), id: 'pgs-active' },
    unless: (pgs) => {
      const idle = pgs.filter(({ state }) => !state.split('+').includes('active'))
      return idle.length === 0
        ? undefined
        : `${idle.length} of ${pgs.length} PGs are not active (${idle[0]!.state})`
    },
    withinMs: 120_000,
    everyMs: 1_000,
    done: (pgs) => `all ${pgs.length} PGs are active`,
  }
  return {
    steps: [mayStop, restart, upAgain, listens, answers, active],
    outcome: {
      now: `${nameOf(id)} takes new connections again, and all of its PGs are active.`,
      next: 'Raise its limit on open files, or it will happen again; `check osd` shows how many it has open.',
      offers: [],
    },
    stoppedAt: (step) => {
      const undone = 'Nothing was undone: a restart has no way back.'
      const hand = `[${host}] ${command.argv.join(' ')}`
      switch (step) {
        case 'may-stop':
          return {
            now: `${nameOf(id)} was not touched; it is deaf as before.`,
            undone: 'Nothing was done.',
            next: 'Wait until its PGs have enough copies, then check again.',
          }
        case 'restart':
          return {
            now: `It is not certain whether ${nameOf(id)} was restarted.`,
            undone,
            next: `Check again. By hand it would be: ${hand}`,
          }
        case 'up-again':
          return {
            now: `${nameOf(id)} was restarted and is not up.`,
            undone,
            next: `Look at its log on ${code(host)}; its PGs run with a copy less meanwhile.`,
          }
        case 'pgs-active':
          return {
            now: `${nameOf(id)} is up and answers; not all of its PGs are active yet.`,
            undone,
            next: 'Look at `ceph health detail`; check again in a minute.',
          }
        default:
          return {
            now: `${nameOf(id)} was restarted and is up, but that it hears is not proven.`,
            undone,
            next: 'Check again.',
          }
      }
    },
  }
}

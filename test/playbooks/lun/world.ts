import { lunPlaybooks } from '../../../playbooks/lun/index.ts'
import { redDatastore } from '../../../playbooks/lun/scenario.ts'
import type { Diagnosis } from '../../../playbooks/shared/finding.ts'
import type { Inventory } from '../../../playbooks/shared/inventory.ts'
import type { Observation } from '../../../playbooks/shared/observation.ts'
import type { Playbook } from '../../../playbooks/shared/playbook.ts'
import type { Probe } from '../../../playbooks/shared/probe.ts'
import type { Reply } from '../../../playbooks/shared/scenario.ts'
import { watchers } from '../../../playbooks/watchers/index.ts'
import { leftOverWatcher } from '../../../playbooks/watchers/scenario.ts'

export const NOW = Date.parse('2019-10-08T07:12:00Z')
export const RED = 'eui.6465336666353233'
export const ESX = 'esx-1'
const scenario = redDatastore(leftOverWatcher)
const both = lunPlaybooks(watchers as Playbook)

/** What one probe sees instead; `id` is the probe's. Undefined: what the world shows. */
export type Instead = (probe: Probe<unknown>, own: Reply | undefined) => Partial<Observation> | undefined

export type World = {
  playbook?: 'datastore' | 'lun'
  args?: Record<string, string>
  /** false: the watcher is left over, as in the incident */
  healthy?: boolean
  instead?: Instead
  hosts?: (hosts: Inventory['hosts']) => Inventory['hosts']
}

/** One check of the incident's cluster with exact times and no clock; healthy unless said otherwise. */
export function look({
  playbook = 'datastore',
  args,
  healthy = true,
  instead = () => undefined,
  hosts = (all) => all,
}: World): {
  diagnosis: Diagnosis
  seen: Map<string, Observation>
  wanted: string[]
  shrank: string[]
} {
  const { probes, diagnose, args: schema } = both[playbook] as Playbook
  const parsed = schema.parse(args ?? { target: playbook === 'datastore' ? 'QA-lun-v7' : RED })
  const inventory: Inventory = { cluster: 'demo', hosts: hosts(scenario.hosts) }
  let state = scenario.start()
  const run = (host: string, argv: readonly string[], now: number): Reply | undefined => {
    const answer = scenario.answer(state, host, argv, now)
    if (answer) state = answer.state
    return answer?.reply
  }
  if (healthy) {
    run('node1', ['ceph', 'osd', 'blacklist', 'add', '1.1.2.1:0/1193546917', '60'], NOW - 7_200_000)
    run(ESX, ['date', '+%s %z'], NOW - 7_100_000)
    run('node1', ['ceph', 'osd', 'blacklist', 'rm', '1.1.2.1:0/1193546917'], NOW - 7_100_000)
  }
  const seen = new Map<string, Observation>()
  const shrank: string[] = []
  for (let round = 0; round < 40; round += 1) {
    const wanted = probes(parsed, inventory, seen)
    const ids = new Set(wanted.map(({ id }) => id))
    shrank.push(...[...seen.keys()].filter((id) => !ids.has(id)))
    const fresh = wanted.filter(({ id, after }) => !seen.has(id) && (!after || seen.has(after.probe)))
    if (fresh.length === 0)
      return { diagnosis: diagnose(parsed, inventory, seen, NOW + 60_000), seen, wanted: [...ids], shrank }
    // what waits for a second look comes when nothing else is left
    const soon = fresh.filter(({ after }) => !after)
    for (const probe of soon.length > 0 ? soon : fresh) {
      const startedAt = probe.after ? seen.get(probe.after.probe)!.startedAt + probe.after.ms : NOW
      const own = run(probe.host, probe.argv, startedAt)
      seen.set(probe.id, observe(probe, startedAt, own, instead(probe, own)))
    }
  }
  throw new Error('it never stops asking')
}

function observe(
  probe: Probe<unknown>,
  startedAt: number,
  own: Reply | undefined,
  other: Partial<Observation> | undefined,
): Observation {
  const base = { probe: probe.id, host: probe.host, argv: [...probe.argv], startedAt, truncated: false }
  const known = own
    ? {
        outcome: 'exited' as const,
        exitCode: own.exitCode ?? 0,
        stdout: own.stdout ?? '',
        stderr: own.stderr ?? '',
      }
    : { outcome: 'not-recorded' as const, exitCode: null, stdout: '', stderr: '', reason: 'not recorded' }
  return { ...base, durationMs: own?.tookMs ?? 0, ...known, ...other }
}

/** Replaces what one probe prints, by the start of its id. */
export const prints =
  (id: string, change: string | ((own: string) => string), more: Partial<Observation> = {}): Instead =>
  (probe, own) =>
    probe.id.startsWith(id)
      ? { stdout: typeof change === 'string' ? change : change(own?.stdout ?? ''), ...more }
      : undefined

export const several =
  (...all: Instead[]): Instead =>
  (probe, own) =>
    all.map((each) => each(probe, own)).find((each) => each !== undefined)

/** A message of vmkernel.log, `agoS` before the check. */
export const logged = (agoS: number, ...texts: string[]): Instead =>
  prints(
    'lun-vmkernel',
    (own) =>
      own + texts.map((text) => `${new Date(NOW - agoS * 1000).toISOString()} cpu3:33012)${text}\n`).join(''),
  )

export const codes = ({ findings }: Diagnosis) => findings.map(({ code }) => code)

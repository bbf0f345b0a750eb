import { setTimeout as delay, setImmediate } from 'node:timers/promises'
import type { Observation } from '../playbooks/shared/observation.ts'
import type { Playbook } from '../playbooks/shared/playbook.ts'
import type { Probe } from '../playbooks/shared/probe.ts'
import type { CheckResult, RawArgs, Recording } from './contracts.ts'
import type { Cluster } from './hosts/cluster.ts'
import { maskDiagnosis } from './mask.ts'

/** How far a running check is; `firstLook` comes once, when only the deliberate waiting is left. */
export type Progress = {
  looking: string[]
  ended: number
  wanted: number
  /** hosts that are looked at, and those of them that have said everything they were asked */
  hosts: { ended: number; wanted: number }
  firstLook?: CheckResult
}

export type CheckOptions = {
  playbook: Playbook
  /** as typed; the playbook's own schema decides */
  args: RawArgs
  cluster: Cluster
  signal?: AbortSignal
  onProgress?: (progress: Progress) => void
  /** false: probes that wait for a second look are left out (re-checks before a remedy that does not rest on it) */
  secondLook?: boolean
}

/** What a check leaves behind: its conclusion, and everything it saw. */
export type Checked = { result: CheckResult; recording: Recording; seen: Map<string, Observation> }

/**
 * Runs one check: starts every probe as soon as the playbook asks for it, asks again whenever one ends, and
 * diagnoses when nothing more is wanted. Throws ZodError for arguments that do not fit, and the signal's
 * reason when cancelled; whatever hosts and commands do ends up in the findings, what looks like a secret masked.
 */
export async function runCheck(options: CheckOptions): Promise<Checked> {
  const { playbook, cluster, signal } = options
  const args = playbook.args.parse(options.args)
  const { clock, inventory } = cluster
  const startedAt = clock.now()
  const seen = new Map<string, Observation>()
  const running = new Map<string, { probe: Probe<unknown>; startedAt: number; waiting: boolean }>()
  let toldFirstLook = false
  let problem: { error: unknown } | undefined
  let oneEnded = () => {}

  const conclude = (stage: CheckResult['stage']): CheckResult => ({
    playbook: playbook.name,
    cluster: inventory.cluster,
    subject: playbook.subject(args),
    stage,
    startedAt,
    endedAt: clock.now(),
    diagnosis: maskDiagnosis(playbook.diagnose(args, inventory, seen, clock.now())),
  })

  const start = (probe: Probe<unknown>) => {
    // only what has ended tells when it really began: a command may have waited for its turn
    const first = probe.after && seen.get(probe.after.probe)?.startedAt
    if (probe.after && first === undefined) return
    const entry = {
      probe,
      startedAt: clock.now(),
      waiting: probe.after !== undefined,
    }
    running.set(probe.id, entry)
    const go = async () => {
      if (probe.after && first !== undefined) {
        // an abort only ends the waiting here; the loop below throws the reason
        await clock.sleep(first + probe.after.ms - clock.now(), signal).catch(() => {})
        if (signal?.aborted) return
      }
      entry.waiting = false
      entry.startedAt = clock.now()
      seen.set(probe.id, await cluster.run(probe, signal))
    }
    const over = () => {
      running.delete(probe.id)
      oneEnded()
    }
    go().then(over, (error: unknown) => {
      problem ??= { error }
      over()
    })
  }

  for (;;) {
    signal?.throwIfAborted()
    if (problem) throw problem.error
    const from = performance.now()
    const wanted = playbook.probes(args, inventory, seen)
    for (const probe of wanted) {
      const leftOut = probe.after !== undefined && options.secondLook === false
      if (!leftOut && !seen.has(probe.id) && !running.has(probe.id)) start(probe)
    }
    if (running.size === 0) break
    const onlyWaiting = [...running.values()].every((entry) => entry.waiting)
    const firstLook = onlyWaiting && !toldFirstLook ? conclude('first-look') : undefined
    toldFirstLook ||= onlyWaiting
    options.onProgress?.({
      looking: [...new Set([...running.values()].map((entry) => entry.probe.looking))],
      ended: seen.size,
      wanted: wanted.length,
      hosts: hostsAmong(wanted, seen),
      ...(firstLook && { firstLook }),
    })
    const passMs = performance.now() - from
    await new Promise<void>((resolve) => {
      oneEnded = resolve
    })
    // a pass looks at everything: over a thousand hosts what ends together is read together, and passes take at most
    // half of the time
    await (passMs < 2 ? setImmediate() : delay(passMs))
  }

  const result = conclude('final')
  const recording: Recording = {
    format: 'unwedge-recording-1',
    playbook: playbook.name,
    args: options.args,
    inventory,
    startedAt,
    endedAt: result.endedAt,
    observations: [...seen.values()],
  }
  return { result, recording, seen }
}

/** A few hosts are named; of many, how many have answered says more. */
export function howFar({ looking, ended, wanted, hosts }: Omit<Progress, 'firstLook'>): string {
  const some = looking.slice(0, 4).join(', ') || 'what came back'
  const at = `looking at ${some}`
  return hosts.wanted > 4
    ? `${at} · ${hosts.ended} of ${hosts.wanted} hosts seen`
    : `${at} · ${ended} of ${wanted} seen`
}

function hostsAmong(
  wanted: readonly Probe<unknown>[],
  seen: ReadonlyMap<string, unknown>,
): Progress['hosts'] {
  const all = new Set(wanted.map(({ host }) => host))
  const open = new Set(wanted.filter(({ id }) => !seen.has(id)).map(({ host }) => host))
  return { ended: all.size - open.size, wanted: all.size }
}

/** The findings of a recorded check, diagnosed again by today's playbook, as of when it was recorded. */
export function replayRecording(playbook: Playbook, recording: Recording): CheckResult {
  const args = playbook.args.parse(recording.args)
  const seen = new Map(recording.observations.map((observation) => [observation.probe, observation]))
  return {
    playbook: playbook.name,
    cluster: recording.inventory.cluster,
    subject: playbook.subject(args),
    stage: 'final',
    startedAt: recording.startedAt,
    endedAt: recording.endedAt,
    diagnosis: maskDiagnosis(playbook.diagnose(args, recording.inventory, seen, recording.endedAt)),
  }
}

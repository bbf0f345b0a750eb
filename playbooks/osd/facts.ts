import type { Diagnosis } from '../shared/finding.ts'
import type { Evidence } from './evidence.ts'
import { hearingOf } from './hearing.ts'
import type { OsdView } from './host-view.ts'

/** Everything that was seen of one OSD, for machines. Numbers that identify things are text; null means not known. */
export function viewFacts(view: OsdView): Diagnosis['facts'] {
  const { osd, host, process, open, limits, spared } = view
  return {
    id: osd.id,
    up: osd.up,
    in: osd.in,
    host: host?.name ?? null,
    pid: process.seen ? process.value.pid : null,
    state: process.seen ? process.value.state : null,
    ageS: process.seen ? process.value.ageS : null,
    openFiles: open.seen ? open.value : null,
    limits: limits.seen ? { soft: String(limits.value.soft), hard: String(limits.value.hard) } : null,
    spared,
    hearing: hearingOf(view).state,
    addresses: hearingOf(view).ears.map(({ use, at, state, listening, takenBy, waiting, from }) => ({
      use,
      at,
      state,
      listening: listening ?? null,
      takenBy: takenBy ?? null,
      waiting,
      from: from.map(({ host: name, state: answer }) => ({ host: name, state: answer })),
    })),
  }
}

export function factsOf(evidence: Evidence & { view: OsdView }): Diagnosis['facts'] {
  const { view, log, stuck, okToStop, threads, init } = evidence
  return {
    osd: viewFacts(view),
    machine: view.fileNr.seen
      ? { open: String(view.fileNr.value.open), max: String(view.fileNr.value.max) }
      : null,
    threads: threads.seen ? threads.value : null,
    failedAccepts: log.seen ? (log.value.failed ?? null) : null,
    init: init.seen ? init.value.kind : null,
    okToStop: okToStop?.seen ? okToStop.value.ok : null,
    stuckPgs: stuck.seen ? stuck.value.map(({ id, state, blockedBy }) => ({ id, state, blockedBy })) : null,
  }
}

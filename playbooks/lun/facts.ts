import type { Diagnosis } from '../shared/finding.ts'
import { textOfEui } from '../shared/scsi/lun-name.ts'
import type { Judged } from './conclusion.ts'

/** Every identifier and counter for machines, as text; null means not known. `chain` is the way down, hop by hop. */
export function factsOf({ chain, evidence, symptoms, nested }: Judged): Diagnosis['facts'] {
  return {
    chain: chain.hops.map(({ hop, name, on, joinedBy, evidence: ids }) => ({
      hop,
      name,
      on: on ?? null,
      joinedBy,
      evidence: ids,
    })),
    breaks: chain.breaks ? { after: chain.breaks.after ?? null, why: chain.breaks.why } : null,
    luns: evidence.names.map((name) => ({ name, decoded: textOfEui(name) ?? null })),
    devices: symptoms.map(({ view, device, fails, conflicts }) => ({
      host: view.host.name,
      name: device.name,
      status: device.device.seen ? device.device.value.status : null,
      paths: device.paths.seen
        ? device.paths.value.map(({ runtimeName, state, target, initiator }) => ({
            name: runtimeName,
            state,
            target: target ?? null,
            initiator: initiator ?? null,
          }))
        : null,
      counters: device.first.seen
        ? Object.fromEntries(
            Object.entries((device.second?.seen ? device.second : device.first).value.counters).map(
              ([name, value]) => [name, String(value)],
            ),
          )
        : null,
      failedBetweenLooks: fails === undefined ? null : String(fails),
      conflictsBetweenLooks: conflicts === undefined ? null : String(conflicts),
    })),
    targets: evidence.exported.map(({ host, software, name, file, names }) => ({
      host: host.name,
      software,
      name,
      file: file ?? null,
      names,
    })),
    watchers: nested?.facts ?? null,
  }
}

import type { Diagnosis } from '../shared/finding.ts'
import type { Inventory } from '../shared/inventory.ts'
import { asInLocks } from '../shared/linux/device.ts'
import type { Evidence } from './evidence.ts'
import { held, holderOf, waiting } from './judge.ts'
import type { LockRecord } from './records.ts'

/** The same for machines: every file with its holders and waiters, every thread that hangs. Numbers that identify are strings. */
export function factsOf(evidence: Evidence, inventory: Inventory): Diagnosis['facts'] {
  return {
    files: evidence.files.map((view) => ({
      path: view.file.path ?? null,
      on: view.file.at?.name ?? null,
      inode: view.file.ino,
      serverPath: view.file.serverPath ?? null,
      holder: holderOf(view, evidence, inventory).is,
      holders: held(view).map(lockFact),
      waiters: waiting(view).map(lockFact),
    })),
    hung: (evidence.processes?.hung ?? []).map(({ wait, is, waitsFor }) => ({
      host: evidence.processes!.host.name,
      pid: wait.pid,
      tid: wait.tid,
      name: wait.name,
      wchan: wait.wchan ?? null,
      is,
      waitsFor,
    })),
  }
}

const lockFact = ({ host, lock, owners, lasted, sure }: LockRecord) => ({
  host: host.name,
  kind: lock.kind,
  mode: lock.mode,
  pid: lock.pid,
  device: lock.device === undefined ? null : asInLocks(lock.device),
  inode: lock.ino,
  from: lock.from,
  to: lock.to,
  lasted: lasted ?? null,
  sure,
  owners: owners.map((owner) => ({
    kind: owner.kind,
    pid: owner.pid,
    name: 'name' in owner ? owner.name : null,
    state: 'state' in owner ? owner.state : null,
  })),
})

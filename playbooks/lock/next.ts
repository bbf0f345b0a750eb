import type { Diagnosis } from '../shared/finding.ts'
import type { Inventory } from '../shared/inventory.ts'
import type { Draft } from './about-file.ts'
import type { LockArgs } from './args.ts'
import type { Evidence } from './evidence.ts'
import { holderOf } from './judge.ts'
import { fileName } from './words.ts'

export function nextOf(
  { on, intervalMs, subject }: LockArgs,
  { files, hosts, processes }: Evidence,
  findings: readonly Draft[],
): Diagnosis['next'] {
  const where = on === undefined ? '' : ` on=${on}`
  const hangs = processes?.hung.some(({ is }) => is === 'hangs') === true
  const open = findings.some(({ severity, code }) => severity === 'critical' || code === 'holder-unseen')
  if (intervalMs === 0 && (hangs || open))
    return [
      {
        why: 'Look twice; only then can something be offered',
        command:
          subject.kind === 'processes'
            ? `check stuck ${subject.pid ?? subject.name ?? ''}${where}`.replace('  ', ' ')
            : `check lock ${subject.kind === 'path' ? subject.path : subject.ino}${where}`,
      },
    ]
  const hung = files.flatMap((view) =>
    view.records.flatMap(({ host, lock, owners }) =>
      lock.waits
        ? []
        : owners.flatMap((owner) =>
            owner.kind === 'process' && owner.state !== 'works' ? [{ host, owner }] : [],
          ),
    ),
  )
  return hosts.length === 0
    ? []
    : hung.slice(0, 1).map(({ host, owner }) => ({
        why: `Why the holder hangs`,
        command: `check stuck ${owner.pid} on=${host.name}`,
      }))
}

export function doNotOf(evidence: Evidence, inventory: Inventory): Diagnosis['doNot'] {
  const holders = evidence.files.map((view) => holderOf(view, evidence, inventory).is)
  const advice: Diagnosis['doNot'] = []
  if (holders.includes('works') || holders.includes('leased'))
    advice.push({
      what: `remove the lock file of ${fileName(evidence.files[0]!.file)}`,
      why: 'its holder works; the next one would work at the same time',
    })
  if (holders.includes('left-over'))
    advice.push({
      what: 'use `unlock_filesystem` or restart lockd',
      why: 'that takes away every lock on the file system, those of living clients too',
    })
  return advice
}

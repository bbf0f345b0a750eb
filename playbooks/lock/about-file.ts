import type { Finding } from '../shared/finding.ts'
import type { Inventory } from '../shared/inventory.ts'
import { code } from '../shared/text.ts'
import type { Evidence, FileView } from './evidence.ts'
import type { Holder } from './holder.ts'
import { holderOf } from './judge.ts'
import { obstacle } from './offers.ts'
import { waitersOf } from './waits.ts'
import { clientLine, elsewhereLine, fileName, holderName, recordLine } from './words.ts'

/** A finding before it is bound to a check; `evidence` names kinds of probes, `locks-1` for those of every host. */
export type Draft = Omit<Finding, 'playbook'>

const RESTS_ON = [
  'locks-1',
  'locks-2',
  'waits-1',
  'waits-2',
  'lock-owners',
  'namespace',
  'nfsd',
  'statd',
  'file',
]

/** What the locks on one file mean. The holder that lives and works is never a fault. */
export function aboutFile(view: FileView, evidence: Evidence, inventory: Inventory): Draft {
  const holder = holderOf(view, evidence, inventory)
  const name = fileName(view.file)
  const waiters = waitersOf(view, evidence)
  const waits = waiters > 0
  const details = [
    ...view.records.slice(0, 12).map(recordLine),
    ...more(view),
    ...('clients' in holder ? holder.clients.map(clientLine) : []),
    ...elsewhereLine(view),
  ]
  const draft = (
    part: Pick<Draft, 'code' | 'verdict' | 'severity' | 'summary'>,
    ...extra: string[]
  ): Draft => ({ ...part, details: [...details, ...extra, ...why(view, holder, waits)], evidence: RESTS_ON })

  switch (holder.is) {
    case 'none':
      return draft({
        code: 'not-locked',
        verdict: 'ruled-out',
        severity: 'ok',
        summary: `Nobody has a lock on ${name}.`,
      })
    case 'works':
      return waits
        ? draft(
            {
              code: 'contention',
              verdict: 'ruled-out',
              severity: 'info',
              summary: `${name} is held by ${holderName(holder)}, which works; ${counted(waiters)} for it.`,
            },
            'That is what a lock is for. If it takes too long, ask whoever runs the holder; taking the lock from it would let two work at the same time.',
          )
        : draft({
            code: 'held',
            verdict: 'ruled-out',
            severity: 'ok',
            summary: `${name} is held by ${holderName(holder)}, which works; nobody waits for it.`,
          })
    case 'leased':
      if (holder.clients.every(({ lease }) => lease !== 'good'))
        return draft(
          {
            code: 'holder-unseen',
            verdict: 'inconclusive',
            severity: 'warning',
            summary: `${name} is held by ${holderName(holder)}, which should have renewed its lease by now${waits ? `; ${counted(waiters)} for it` : ''}.`,
          },
          'It may be back in the next second, or be gone: check again in two minutes. One that stays like that is no lost client: the server still works on a request of it, and while it does so writes down no renewal. See then whether `nfsd` on the server hangs.',
        )
      return draft({
        code: waits ? 'contention' : 'held',
        verdict: 'ruled-out',
        severity: waits ? 'info' : 'ok',
        summary: `${name} is held by ${holderName(holder)}, whose lease is good${waits ? `; ${counted(waiters)} for it` : ''}.`,
      })
    case 'ran-out':
      return draft(
        {
          code: 'courtesy-client',
          verdict: 'confirmed',
          severity: waits ? 'critical' : 'info',
          summary: `${name} is held by ${holderName(holder)}, which does not renew its lease any more; ${waits ? `${counted(waiters)} for it` : 'nobody waits for it'}.`,
        },
        'A server keeps the locks of such a client until somebody wants them (courtesy, Linux 5.19 and later), or for ever when it cannot tell.',
      )
    case 'left-over':
      return draft(
        {
          code: 'left-over-lock',
          verdict: 'confirmed',
          severity: waits ? 'critical' : 'warning',
          summary: `A left-over lock is on ${name}: ${code(holder.server.name)} keeps it for a client, and no client has it${waits ? `; ${counted(waiters)} for it` : ''}.`,
        },
        `Asked whether they hold it, and they don't: ${listed(holder.asked.map((host) => host.name))}.`,
      )
    case 'hangs':
      return draft(
        {
          code: 'holder-hangs',
          verdict: 'confirmed',
          severity: waits ? 'critical' : 'warning',
          summary: `${name} is held by ${holderName(holder)}, which ${holder.by.every(({ owner }) => owner.state === 'stopped') ? 'is stopped' : 'hangs itself'}${waits ? `; ${counted(waiters)} for it` : ''}.`,
        },
        'What the holder waits for is the cause; when it goes on, so do the others.',
      )
    default:
      return draft(
        {
          code: 'holder-unseen',
          verdict: 'inconclusive',
          severity: 'warning',
          summary: view.records.some(({ lock }) => !lock.waits)
            ? `I can't tell who holds ${name}, or whether the holder lives${waits ? `; ${counted(waiters)} for it` : ''}.`
            : `I saw no lock on ${name}, but not everything that may show one${waits ? `; ${counted(waiters)} for it` : ''}.`,
        },
        ...holder.missing.slice(0, 12).map((what) => `Not seen: ${what}.`),
      )
  }
}

/** Why there is no button although somebody waits. */
function why(view: FileView, holder: Holder, waits: boolean): string[] {
  if (!waits || view.pending || !['left-over', 'hangs', 'unseen'].includes(holder.is)) return []
  const stops = view.records.some(({ lock }) => !lock.waits) ? obstacle(view) : undefined
  return stops === undefined ? [] : [`Moving the lock file aside is not offered: ${stops}.`]
}

const counted = (count: number) => (count === 1 ? 'one process waits' : `${count} processes wait`)

const more = ({ records }: FileView) => (records.length > 12 ? [`… and ${records.length - 12} more.`] : [])

export function listed(names: string[]): string {
  return names.length <= 12
    ? names.map(code).join(', ')
    : `${names.slice(0, 12).map(code).join(', ')} and ${names.length - 12} more`
}

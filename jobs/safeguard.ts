import type { Audit } from './audit.ts'
import { canonicalHash } from './canonical.ts'
import type { RemedyRequest } from './contracts.ts'
import type { Safeguard } from './must-not-stay.ts'
import type { Undos } from './undo-queue.ts'

type Shelf = {
  undos: Undos
  audit: Audit
  /** who acts, for the trail */
  actor: string
}

/** The hash by which a job in the queue is held against the trail. */
export function hashOfLeft(left: Record<string, string>): string {
  return canonicalHash(left)
}

/**
 * Keeps what one remedy must not leave behind as a job in the undo queue, and in the trail. What is said in the
 * trail comes first: what cannot be written there is not done.
 */
export function safeguardFor({ undos, audit, actor }: Shelf, request: RemedyRequest): Safeguard {
  const { approvalId, cluster } = request.mandate
  const which = { cluster, approvalId }
  const note = (action: string, detail: Record<string, string> = {}) =>
    audit.append({ at: Date.now(), actor, action, subject: approvalId, detail })

  return {
    record: async (held) => {
      const { left, dueAt } = held
      const entry = await note('must-not-stay', {
        left: JSON.stringify(left),
        hash: hashOfLeft(left),
        dueAt: new Date(dueAt).toISOString(),
      })
      await undos.add({ ...request, ...held, entry: entry.seq, round: 1 })
    },
    waits: async () => (await undos.find(which))?.state === 'waits',
    nothingLeft: async () => {
      await note('nothing-left')
      await undos.remove(which)
    },
    keepUntil: async (atMs) => {
      await note('stays', { until: new Date(atMs).toISOString() })
      return await undos.postpone(which, atMs)
    },
    bringForward: async (overran) => {
      if ((await undos.bringForward(which)) || !overran) return
      const last = await undos.find(which)
      if (!last || last.state === 'due') return
      await note('overran')
      await undos.add({ ...last.request, round: last.request.round + 1, dueAt: Date.now() })
    },
  }
}

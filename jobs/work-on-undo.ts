import { DelayedError, type Job, UnrecoverableError } from 'bullmq'
import { playbookNamed } from '../playbooks/shared/playbook.ts'
import type { Bench } from './bench.ts'
import { TakeBackRequest, type TakeBackResult } from './contracts.ts'
import { UNDO_TRIES } from './queue-names.ts'
import { hashOfLeft } from './safeguard.ts'
import { verifyMandate } from './signing.ts'
import { quietFrom, type Tried, takeBack, whereItStands } from './take-back.ts'

/** From this try on people are told that it does not work; the first ones take some seconds only. */
const TOLD_FROM_TRY = 3

/**
 * Takes back what one job of the undo queue says, as it was recorded. May be run again, here or by another worker.
 * Waits while something of the remedy itself may still be going on.
 */
export async function workOnUndo(
  bench: Bench,
  job: Job,
  token: string | undefined,
  publicKey: string,
): Promise<TakeBackResult> {
  const request = await trusted(bench, job, publicKey)
  const { approvalId } = request.mandate
  const { round } = request
  const saved = await bench.records.takeBack(approvalId)
  // whoever did it died before the queue knew
  if (saved?.round === round && saved.state === 'taken-back') return saved
  const quietAt = quietFrom(await bench.audit.about(approvalId))
  if (Date.now() < quietAt) {
    await job.moveToDelayed(quietAt, token)
    throw new DelayedError()
  }

  const tries = job.attemptsMade + 1
  const journal = (action: string, detail: Record<string, string> = {}) =>
    note(bench, approvalId, `undo-${action}`, { ...detail, round: String(round), try: String(tries) })
  const tried = await oneTry(bench, request, journal)
  const last = tries >= (job.opts.attempts ?? UNDO_TRIES)
  const state = tried.ok ? 'taken-back' : last ? 'given-up' : 'not-yet'
  const { lines, now, otherwise } = tried
  const result: TakeBackResult = { approvalId, round, state, tries, lines, now, otherwise }
  await bench.records.saveTakeBack(result)
  if (state !== 'not-yet') await journal('ended', { state, now })
  if (tried.ok) return result
  if (tries >= TOLD_FROM_TRY && !last) await bench.undos.tellLate(request)
  throw new Error(now)
}

type Journaling = (action: string, detail: Record<string, string>) => Promise<void>

async function oneTry(bench: Bench, request: TakeBackRequest, journal: Journaling): Promise<Tried> {
  const { cluster, catalogue } = bench
  const name = request.mandate.playbook
  try {
    const playbook = await playbookNamed(catalogue, name)
    if (!playbook) throw new Error(`this worker knows no playbook \`${name}\``)
    return await takeBack({ playbook, request, cluster, journal })
  } catch (error) {
    // a newer worker may understand it, and Redis may come back
    const why = (error as Error).message
    await journal('stopped', { why })
    return { ok: false, lines: [], now: why, otherwise: whereItStands(request.entry) }
  }
}

/**
 * The request of a job, if it is one that a worker recorded before it acted on a mandate of the bot. Else nothing is
 * done, and that is put on record.
 */
async function trusted(bench: Bench, job: Job, publicKey: string): Promise<TakeBackRequest> {
  const request = TakeBackRequest.safeParse(job.data)
  const why = request.success
    ? await doubt(bench, request.data, publicKey)
    : 'this is not a request to take something back'
  if (request.success && why === undefined) return request.data
  const subject = request.data?.mandate.approvalId ?? String(job.id)
  await note(bench, subject, 'undo-refused', { why: why ?? '', job: String(job.id) })
  throw new UnrecoverableError(why)
}

async function doubt(bench: Bench, request: TakeBackRequest, publicKey: string): Promise<string | undefined> {
  const verified = verifyMandate(request, publicKey)
  if (!verified.ok) return verified.why
  const { cluster, approvalId } = verified.mandate
  const own = bench.cluster.inventory.cluster
  if (cluster !== own) return `this worker is for ${own}, not ${cluster}`
  const [entry] = await bench.audit.read(request.entry, 1)
  const recorded = entry?.subject === approvalId && entry.action === 'must-not-stay' ? entry.detail.hash : ''
  return recorded === hashOfLeft(request.left)
    ? undefined
    : 'it is not what was recorded before the remedy acted'
}

async function note(bench: Bench, subject: string, action: string, detail: Record<string, string>) {
  await bench.audit.append({ at: Date.now(), actor: `worker ${bench.id}`, action, subject, detail })
}

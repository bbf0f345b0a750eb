import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { type Job, UnrecoverableError } from 'bullmq'
import { playbookNamed } from '../playbooks/shared/playbook.ts'
import { type Bench, throttled } from './bench.ts'
import { type ProgressEvent, RemedyRequest, type RemedyResult } from './contracts.ts'
import { workerOptions } from './queue-names.ts'
import { QueueUnreachable } from './redis/unreachable.ts'
import { runRemedy } from './remedy.ts'
import { safeguardFor } from './safeguard.ts'
import { verify } from './signing.ts'
import { Stop } from './steps.ts'

/** the job's lock is renewed at half its time, so at least that much was left of it */
const GATE_WAITS_MS = workerOptions.remedies.lockDuration / 3
const GATE_AGAIN_MS = 250

/** Runs the remedy of one job, if it is signed, in time, and nobody has begun it before. */
export async function workOnRemedy(bench: Bench, job: Job, publicKey: string): Promise<RemedyResult> {
  const verified = verify(job.data, publicKey, Date.now())
  if (!verified.ok) throw new UnrecoverableError(verified.why)
  const { mandate } = verified
  if (mandate.cluster !== bench.cluster.inventory.cluster)
    throw new UnrecoverableError(
      `this worker is for ${bench.cluster.inventory.cluster}, not ${mandate.cluster}`,
    )
  const playbook = await playbookNamed(bench.catalogue, mandate.playbook)
  if (!playbook) throw new UnrecoverableError(`this worker knows no playbook \`${mandate.playbook}\``)
  const run = `${bench.id} ${randomUUID()}`
  if (!(await isOurs(bench, mandate.approvalId, run)))
    throw new UnrecoverableError('it was started, stopped or ended before')

  const actor = `worker ${bench.id}`
  const journal = async (action: string, detail: Record<string, string> = {}) => {
    await bench.audit.append({ at: Date.now(), actor, action, subject: mandate.approvalId, detail })
  }
  const tell = throttled((event: ProgressEvent) => {
    job.updateProgress(event).catch((error) => bench.log.debug({ err: error }, 'progress was not told'))
  })
  try {
    await journal('started', { remedy: mandate.remedy })
    const { undos, audit } = bench
    const result = await runRemedy({
      playbook,
      mandate,
      cluster: bench.cluster,
      journal,
      safeguard: safeguardFor({ undos, audit, actor }, { ...RemedyRequest.parse(job.data), mandate }),
      gate: async () => {
        if (!(await isOurs(bench, mandate.approvalId, run))) throw new Stop(GIVEN_UP)
      },
      onLine: (lines) => tell({ kind: 'remedy', approvalId: mandate.approvalId, lines }, true),
    })
    await journal('ended', { state: result.state, now: result.now })
    await bench.records.saveRemedy(result)
    await bench.approvals.finish(
      mandate.approvalId,
      result.state === 'refused' ? 'failed' : result.state,
      result.now,
    )
    return result
  } catch (error) {
    await undoUnfinished(bench, mandate.approvalId)
    throw error
  }
}

const GIVEN_UP =
  'this run was given up meanwhile (it took too long, or nobody heard of this worker), so nothing more is done; check again'

/**
 * The single gate: whoever comes second finds it taken. Asked again before each act, for the bot may have given up the
 * run of a worker that lost its Redis for a while. Where Redis is away, nothing is done; so it is waited for, and not
 * longer than the job is surely ours.
 */
async function isOurs(bench: Bench, approvalId: string, run: string): Promise<boolean> {
  const until = performance.now() + GATE_WAITS_MS
  for (;;) {
    try {
      return await bench.approvals.start(approvalId, run, Date.now())
    } catch (error) {
      if (!(error instanceof QueueUnreachable) || performance.now() > until) throw error
      bench.log.warn({ err: error, approval: approvalId }, 'not known yet whether it may be done')
      await delay(GATE_AGAIN_MS)
    }
  }
}

/** A worker died over this remedy, and we are the one that noticed. */
export async function afterDeath(bench: Bench, job: Job | undefined, error: Error): Promise<void> {
  const request = RemedyRequest.safeParse(job?.data)
  if (!request.success || !/stalled/.test(error.message)) return
  await undoUnfinished(bench, request.data.mandate.approvalId)
}

/** Has taken back at once what a remedy without an end has set up. The bot does so too; it falls due in any case. */
async function undoUnfinished(bench: Bench, approvalId: string): Promise<void> {
  try {
    // it had ended, and only that could not be told any more: what may stay, stays
    if ((await bench.records.remedy(approvalId))?.state === 'done') return
    await bench.undos.bringForward({ cluster: bench.cluster.inventory.cluster, approvalId })
  } catch (error) {
    bench.log.warn({ err: error, approval: approvalId }, 'taking back was not brought forward')
  }
}

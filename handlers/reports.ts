import type { Approval, CheckRequest, CheckResult, Mandate, RemedyResult } from '../jobs/contracts.ts'
import { concluded, notConcluded } from './blocks/checking.ts'
import { finding } from './blocks/finding.ts'
import { type Bot, subjectOf } from './bot.ts'
import { noteDecisions } from './decide.ts'
import { type Posted, SlackNever } from './outbox.ts'
import {
  actingKey,
  findingKey,
  followUpId,
  offerId,
  rootKey,
  showActing,
  showAnswer,
  showReply,
  showRoot,
  threadPlace,
} from './threads.ts'

/** How a job ended, as its report finds it. */
export type Ended<T> = { ok: true; value: T } | { ok: false; why: string }

/**
 * Brings the outcome of a check into Slack. Every part of it can be repeated: a report that was interrupted is
 * simply run again. Throws SlackLater when Slack does not take it now.
 */
export async function reportCheck(
  bot: Bot,
  request: CheckRequest,
  ending: Promise<Ended<CheckResult>>,
): Promise<void> {
  // people wait for the finding: what it needs is asked for at once
  const [root, ended] = await Promise.all([
    bot.outbox.posted(rootKey(request.id)),
    ending,
    bot.outbox.seal(rootKey(request.id)),
    bot.outbox.seal(findingKey(request.id)),
  ])
  if (!ended.ok) {
    const subject = subjectOf(bot, request)
    const record = await bot.records.check(request.id)
    const why = record?.end ?? ended.why
    const end = notConcluded(request, subject, why, 'Nothing was changed; a check can always be repeated')
    const shown = await showRoot(bot, request, end, end)
    // what was shown meanwhile must not promise a second look that never comes
    if (record?.firstLook && (await bot.outbox.posted(findingKey(request.id))))
      await showReply(
        bot,
        findingKey(request.id),
        threadPlace(request, shown),
        finding(request, record.firstLook, [], why),
      )
    return
  }
  const result = ended.value
  // asked before anything is shown, so also done before it: Redis answers one connection in order
  const kept = bot.records.saveResult(request.id, result)
  const offers = result.diagnosis.offers.map((offer, index) =>
    offerForApproval(bot, request, offer, offerId(request.id, index + 1)),
  )
  const answer = async () => {
    const approvals = await Promise.all(offers.map(({ approval }) => approval))
    await (root ? answerUnder(bot, request, result, approvals, root) : showAnswer(bot, request, result))
  }
  await Promise.all([answer(), kept, ...offers.map(({ noted }) => noted)])
}

/** The answer of a check whose first message stands: people wait for the finding, so it waits for nothing more. */
async function answerUnder(
  bot: Bot,
  request: CheckRequest,
  result: CheckResult,
  approvals: Approval[],
  root: Posted,
): Promise<void> {
  const place = threadPlace(request, root)
  try {
    await Promise.all([
      showReply(bot, findingKey(request.id), place, finding(request, result, approvals)),
      showRoot(bot, request, concluded(request, result, approvals)),
    ])
  } catch (error) {
    if (!(error instanceof SlackNever)) throw error
    // not there any more: the long way finds where the answer can go
    await showAnswer(bot, request, result)
  }
}

/** Brings the outcome of a remedy into its thread. A worker that died inside leaves `unknown`: nothing is repeated. */
export async function reportRemedy(bot: Bot, mandate: Mandate, ended: Ended<RemedyResult>): Promise<void> {
  const record = await bot.records.check(mandate.checkId)
  if (!record)
    throw new Error(`check ${mandate.checkId} of approval ${mandate.approvalId} is not on record any more`)
  await bot.outbox.seal(actingKey(mandate.approvalId))
  const result = ended.ok ? ended.value : await unfinished(bot, mandate, ended.why)
  // before anything that may have to wait for Slack
  if (result.state === 'failed' || result.state === 'unknown') await undoUnfinished(bot, mandate)
  await bot.records.saveRemedy(result)
  await bot.approvals.finish(
    mandate.approvalId,
    result.state === 'refused' ? 'failed' : result.state,
    result.now,
  )
  await Promise.all(
    result.offers.flatMap((offer, index) =>
      Object.values(offerForApproval(bot, record.request, offer, followUpId(mandate.approvalId, index + 1))),
    ),
  )
  const approval = await bot.approvals.get(mandate.approvalId)
  if (!approval) throw new Error(`approval ${mandate.approvalId} is not on record any more`)
  await noteDecisions(bot, approval)
  await noteEnd(bot, result)
  if (!record.result) throw new Error(`the result of check ${mandate.checkId} is not on record any more`)
  const root = await showAnswer(bot, record.request, record.result)
  await showActing(bot, record.request, approval, root)
}

/** Its worker did that, if it could; one that waits for its next try is left alone. */
async function undoUnfinished(bot: Bot, mandate: Mandate): Promise<void> {
  const undo = await bot.queues.undos.find(mandate)
  if (undo?.tries === 0) await bot.queues.undos.bringForward(mandate)
}

/** Writes the end into the trail when the worker did not come to it. */
async function noteEnd(bot: Bot, { approvalId, state, now }: RemedyResult): Promise<void> {
  const noted = await bot.audit.about(approvalId)
  if (noted.some(({ action }) => action === 'ended')) return
  await bot.audit.append({
    at: Date.now(),
    actor: 'unwedge',
    action: 'ended',
    subject: approvalId,
    detail: { state, now },
  })
}

/** `approval`: it can be decided; `noted`: and the trail has it, and it will lapse. Both can be repeated. */
function offerForApproval(
  bot: Bot,
  request: CheckRequest,
  offer: Approval['offer'],
  id: string,
): { approval: Promise<Approval>; noted: Promise<void> } {
  const now = Date.now()
  const approvers = bot.settings.approversFor(request.playbook)
  const fresh: Approval = {
    id,
    checkId: request.id,
    cluster: request.cluster,
    playbook: request.playbook,
    args: request.args,
    offer,
    requestedBy: request.requestedBy,
    approvers: [...approvers],
    origin: request.origin,
    state: 'pending',
    approvedBy: [],
    createdAt: now,
    expiresAt: now + bot.settings.expireMs,
  }
  const created = bot.approvals.create(fresh)
  const note = async () => {
    const known = !(await created) && (await bot.audit.about(id)).some(({ action }) => action === 'offered')
    if (known) return
    await bot.audit.append({
      at: now,
      actor: 'unwedge',
      action: 'offered',
      subject: id,
      detail: { label: offer.label, commands: offer.commands.join('; '), needs: String(offer.approvals) },
    })
  }
  const noted = Promise.all([note(), bot.queues.later('expire', id, fresh.expiresAt)])
  return {
    approval: created.then(async (isNew) => (isNew ? fresh : ((await bot.approvals.get(id)) ?? fresh))),
    noted: noted.then(() => {}),
  }
}

/** What is known about a remedy whose worker did not come back: whether it began, and what it was about to do. */
async function unfinished(bot: Bot, mandate: Mandate, why: string): Promise<RemedyResult> {
  // the worker had ended it, or an earlier try of this report has judged it: that stays
  const saved = await bot.records.remedy(mandate.approvalId)
  if (saved) return saved
  const approval = await bot.approvals.get(mandate.approvalId)
  const began = approval?.state === 'running' || approval?.state === 'unknown'
  const trail = (await bot.audit.about(mandate.approvalId)).filter(
    ({ action }) => action === 'about-to' || action === 'did',
  )
  const last = trail.at(-1)
  const undo = began && (await bot.queues.undos.find(mandate))
  return {
    approvalId: mandate.approvalId,
    state: began ? 'unknown' : 'refused',
    lines: trail.map((entry) => ({
      at: entry.at,
      text: `${entry.action === 'did' ? 'did' : 'was about to do'}: ${entry.detail.step ?? ''}`,
      ok: entry.action === 'did',
    })),
    now: began
      ? `The worker ended in the middle of it (${why}). ${last ? `The last thing on record: ${last.action} ${last.detail.argv ?? last.detail.step ?? ''}.` : 'No step had been started.'}`
      : `The worker did not begin: ${why}.`,
    undone: !began
      ? 'Nothing was touched.'
      : undo
        ? 'No step will be repeated.'
        : 'Nothing was undone, and nothing will be repeated.',
    next: 'Check again: that shows what is so now.',
    offers: [],
    ...(undo && { leaves: { state: 'being-taken-back' } }),
  }
}

import type { Approval, Mandate } from '../jobs/contracts.ts'
import type { Refusal } from '../jobs/may-approve.ts'
import { sign } from '../jobs/signing.ts'
import { user as mention, timeOfDay } from './blocks/message.ts'
import type { Bot } from './bot.ts'
import { redraw } from './threads.ts'

/** What the person who clicked is told, only to them; undefined when the thread itself says it. */
export type Told = string | undefined

/** Records one person's approval; when it was the last that was needed, the remedy is on its way. */
export async function approve(bot: Bot, approvalId: string, user: string): Promise<Told> {
  const at = Date.now()
  const known = await bot.approvals.get(approvalId)
  // the record keeps who might approve when it was offered; who may not any more, may not
  const permitted = known ? bot.settings.approversFor(known.playbook) : []
  if (known && !permitted.includes(user)) return refusalWords(bot, 'not-permitted', user, known)
  // and what they said while they might does not count with what others say later
  const gone = known?.approvedBy.find((yes) => !permitted.includes(yes.user))
  if (gone && known?.state === 'pending')
    return `${mention(gone.user)} approved this, and is not an approver any more. Check again for a fresh offer.`
  const decided = await bot.approvals.approve(approvalId, user, at)
  if (decided.outcome === 'refused') return refusalWords(bot, decided.code, user, decided.approval)
  await bot.audit.append({
    at,
    actor: user,
    action: 'approved',
    subject: approvalId,
    detail: { offer: decided.approval.offer.label },
  })
  if (decided.outcome === 'approved') await dispatch(bot, decided.approval)
  redrawSoon(bot, decided.approval)
  return undefined
}

/** Records that someone said no: nobody can approve it any more, or it is stopped before it began. */
export async function reject(bot: Bot, approvalId: string, user: string): Promise<Told> {
  const at = Date.now()
  const rejected = await bot.approvals.reject(approvalId, user, at)
  const decided =
    rejected.outcome === 'refused' && rejected.code === 'not-pending'
      ? await bot.approvals.veto(approvalId, user, at)
      : rejected
  if (decided.outcome === 'refused') return refusalWords(bot, decided.code, user, decided.approval)
  await bot.audit.append({
    at,
    actor: user,
    action: decided.outcome,
    subject: approvalId,
    detail: { offer: decided.approval.offer.label },
  })
  redrawSoon(bot, decided.approval)
  return undefined
}

/** Slack is not waited for: what was decided is on record, and the report or the deadline draws it again. */
function redrawSoon(bot: Bot, approval: Approval): void {
  void redraw(bot, approval).catch((error) =>
    bot.log.warn({ err: error, approval: approval.id }, 'not redrawn'),
  )
}

/** Writes into the trail what a crash kept out of it: decisions that were made, but not noted. */
export async function noteDecisions(bot: Bot, approval: Approval): Promise<void> {
  const { id, state, approvedBy, stoppedBy, offer, expiresAt } = approval
  const made = approvedBy.map(({ user, at }) => ({ action: 'approved', actor: user, at }))
  if (stoppedBy) made.push({ action: state, actor: stoppedBy.user, at: stoppedBy.at })
  if (state === 'expired') made.push({ action: state, actor: 'unwedge', at: expiresAt })
  const noted = await bot.audit.about(id)
  for (const { action, actor, at } of made) {
    if (!noted.some((entry) => entry.action === action && entry.actor === actor))
      await bot.audit.append({ at, actor, action, subject: id, detail: { offer: offer.label } })
  }
}

/**
 * Signs what was approved and puts it into the queue. Doing it again changes nothing: the job has the approval's id,
 * and the mandate's deadline comes from the approval itself.
 */
export async function dispatch(bot: Bot, approval: Approval): Promise<void> {
  const mandate = mandateOf(bot, approval)
  await bot.queues.addRemedy({
    mandate,
    signature: sign(mandate, bot.settings.signingKey),
    origin: approval.origin,
  })
}

/** What an approved offer allows, always the same for the same approval. */
export function mandateOf(bot: Pick<Bot, 'settings'>, approval: Approval): Mandate {
  const last = Math.max(...approval.approvedBy.map((decision) => decision.at))
  return {
    approvalId: approval.id,
    checkId: approval.checkId,
    cluster: approval.cluster,
    playbook: approval.playbook,
    args: approval.args,
    remedy: approval.offer.remedy,
    params: approval.offer.params,
    basis: approval.offer.basis,
    requestedBy: approval.requestedBy,
    approvedBy: approval.approvedBy,
    approvals: approval.offer.approvals,
    deadline: last + bot.settings.runMs,
  }
}

function refusalWords(
  bot: Pick<Bot, 'settings'>,
  reason: Refusal,
  user: string,
  approval: Approval | undefined,
): string {
  const permitted = approval ? bot.settings.approversFor(approval.playbook) : []
  const approvers = approval?.approvers
    .filter((id) => id !== approval.requestedBy && permitted.includes(id))
    .map(mention)
    .join(', ')
  switch (reason) {
    case 'own-request':
      return `You asked for this check, so someone else has to approve: ${approvers || 'nobody else is an approver; ask an operator of the bot'}.`
    case 'not-permitted':
      if (permitted.includes(user))
        return 'You became an approver after this was offered. Check again for a fresh offer.'
      return `You are not an approver here. These are: ${approvers || 'nobody; `approvals.approvers` in unwedge.yaml is empty'}.`
    case 'already-approved-by-you':
      return 'Your approval counts already; one more person has to agree.'
    case 'expired':
      return `This could be approved until ${approval ? timeOfDay(approval.expiresAt) : 'a while ago'}. Check again for a fresh offer.`
    case 'not-pending':
    case 'not-approved':
      return approval ? tooLate(approval) : 'This is decided already.'
    case 'unknown-approval':
      return 'I have no record of this offer any more. Check again for a fresh one.'
  }
}

/** What became of it meanwhile, for whoever clicks on what an old message still shows. */
function tooLate({ state, approvedBy, stoppedBy }: Approval): string {
  const yes = approvedBy.map((each) => mention(each.user)).join(' and ')
  switch (state) {
    case 'approved':
      return `This is approved already, by ${yes}; the worker takes it up now.`
    case 'running':
      return `This was approved by ${yes} and runs already; its steps are in the thread.`
    case 'done':
    case 'failed':
    case 'unknown':
      return `This was approved by ${yes} and has ended; how, is in the thread.`
    case 'rejected':
    case 'vetoed':
      return `This was stopped already${stoppedBy ? ` by ${mention(stoppedBy.user)}` : ''}; nothing was touched. Check again for a fresh offer.`
    case 'pending':
    case 'expired':
      return 'This is decided already.'
  }
}

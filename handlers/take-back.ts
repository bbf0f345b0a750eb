import type { TakeBackRequest, TakeBackResult } from '../jobs/contracts.ts'
import { mayTakeBack } from '../jobs/may-approve.ts'
import { whereItStands } from '../jobs/take-back.ts'
import { user as mention } from './blocks/message.ts'
import { takenBack } from './blocks/taken-back.ts'
import type { Bot } from './bot.ts'
import type { Told } from './decide.ts'
import type { Ended } from './reports.ts'
import { showActing, showAnswer, showReply, takenBackKey, threadPlace } from './threads.ts'

const ASKED = 'take-back-asked'

/** Brings into the thread what became of what must not stay. Throws SlackLater when Slack does not take it now. */
export async function reportTakeBack(
  bot: Bot,
  request: TakeBackRequest,
  ended: Ended<TakeBackResult>,
): Promise<void> {
  const result = ended.ok ? ended.value : await givenUp(bot, request, ended.why)
  const saved = await bot.records.takeBack(result.approvalId)
  // an earlier round has nothing to say any more
  if (!saved || saved.round <= result.round) await bot.records.saveTakeBack(result)
  await noteEnd(bot, result)
  await showTakeBack(bot, request)
}

/** Draws that message, and the remedy's own, as it is on record now. */
export async function showTakeBack(bot: Bot, { mandate, label }: TakeBackRequest): Promise<void> {
  const { approvalId, checkId } = mandate
  const [record, approval, result, remedy, trail] = await Promise.all([
    bot.records.check(checkId),
    bot.approvals.get(approvalId),
    bot.records.takeBack(approvalId),
    bot.records.remedy(approvalId),
    bot.audit.about(approvalId),
  ])
  if (!record?.result || !approval || !result)
    throw new Error(`check ${checkId} or approval ${approvalId} is not on record any more`)
  const root = await showAnswer(bot, record.request, record.result)
  const asked = trail.findLast(({ action }) => action === ASKED)
  const head = trail.at(-1)?.hash
  const message = takenBack({
    approval,
    result,
    label,
    ...(asked && { askedBy: { user: asked.actor, at: asked.at } }),
    ...(head !== undefined && { record: head }),
  })
  await showReply(bot, takenBackKey(approvalId), threadPlace(record.request, root), message)
  // before its own report it has no end to show
  if (remedy) await showActing(bot, record.request, approval, root)
}

/** Someone does not want to wait until it is taken back by itself. No approval is needed: it was part of the first. */
export async function takeBackNow(bot: Bot, approvalId: string, user: string): Promise<Told> {
  const approval = await bot.approvals.get(approvalId)
  if (!approval) return 'I have no record of this any more. `unwedge audit export` still has it.'
  if (mayTakeBack(approval, user, bot.settings.approversFor(approval.playbook)) !== 'ok')
    return `You are not an approver here; ${mention(approval.requestedBy)} or an approver can take it back.`
  const { undos } = bot.queues
  const which = { cluster: approval.cluster, approvalId }
  const undo = await undos.find(which)
  if (!undo) return 'There is nothing left to take back.'
  if (undo.state === 'taken-back') return 'It has been taken back already.'
  if (undo.state === 'due' || undo.state === 'running') return 'It is being taken back right now.'
  await bot.audit.append({
    at: Date.now(),
    actor: user,
    action: ASKED,
    subject: approvalId,
    detail: { offer: approval.offer.label },
  })
  if (undo.state === 'waits') await undos.bringForward(which)
  else await undos.add({ ...undo.request, round: undo.request.round + 1, dueAt: Date.now() })
  return undefined
}

/** No worker could do it, or none brought it to an end. */
async function givenUp(bot: Bot, request: TakeBackRequest, why: string): Promise<TakeBackResult> {
  const { mandate, round, entry } = request
  const saved = await bot.records.takeBack(mandate.approvalId)
  if (saved?.round === round && saved.state !== 'not-yet') return saved
  const nothing = { tries: 0, lines: [], otherwise: whereItStands(entry) }
  return { ...nothing, ...saved, approvalId: mandate.approvalId, round, state: 'given-up', now: why }
}

/** Writes the end into the trail when the worker did not come to it. */
async function noteEnd(bot: Bot, { approvalId, round, state, now }: TakeBackResult): Promise<void> {
  const noted = await bot.audit.about(approvalId)
  if (noted.some(({ action, detail }) => action === 'undo-ended' && detail.round === String(round))) return
  await bot.audit.append({
    at: Date.now(),
    actor: 'unwedge',
    action: 'undo-ended',
    subject: approvalId,
    detail: { state, now, round: String(round) },
  })
}

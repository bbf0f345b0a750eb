import type { Approval, CheckRequest, CheckResult } from '../jobs/contracts.ts'
import { acting } from './blocks/acting.ts'
import { concluded } from './blocks/checking.ts'
import { finding } from './blocks/finding.ts'
import type { Message } from './blocks/message.ts'
import type { Bot } from './bot.ts'
import { type Place, type Posted, SlackNever } from './outbox.ts'

// One key per message of a check, so that no crash makes two of it.
export const rootKey = (checkId: string) => `root-${checkId}`
const directKey = (checkId: string) => `root-${checkId}-direct`
export const findingKey = (checkId: string) => `finding-${checkId}`
export const actingKey = (approvalId: string) => `acting-${approvalId}`
export const takenBackKey = (approvalId: string) => `taken-back-${approvalId}`
// the second message in place of one that can't be changed any more
const ANEW = '-anew'
const anewKey = (key: string) => `${key}${ANEW}`

export function rootPlace(request: CheckRequest): Place {
  return { channel: request.origin.channel, threadTs: request.origin.threadTs }
}

/**
 * The first message of a check as it should look now. Where the bot may not write, the one who asked gets it as a
 * direct message: an answer is never dropped because of the place it was asked in. One that can't be changed any more
 * stays as it is, and its thread goes on; `otherwise` says there what nothing else would say.
 */
export async function showRoot(
  bot: Bot,
  request: CheckRequest,
  message: Message,
  otherwise?: Message,
): Promise<Posted> {
  const { id } = request
  try {
    return await placeRoot(bot, request, message)
  } catch (error) {
    const root =
      isUnchangeable(error) &&
      ((await bot.outbox.posted(rootKey(id))) ?? (await bot.outbox.posted(directKey(id))))
    if (!root) throw error
    bot.log.warn({ check: id, error: error.error }, 'the first message stays as it is')
    if (otherwise) await showReply(bot, anewKey(rootKey(id)), threadPlace(request, root), otherwise)
    return root
  }
}

async function placeRoot(bot: Bot, request: CheckRequest, message: Message): Promise<Posted> {
  try {
    return await bot.outbox.show(rootKey(request.id), rootPlace(request), message)
  } catch (error) {
    if (!(error instanceof SlackNever) || !isAboutThePlace(error)) throw error
    bot.log.warn(
      { check: request.id, channel: request.origin.channel, error: error.error },
      'cannot write there; answering directly',
    )
    const direct = await bot.outbox.direct(request.requestedBy)
    return bot.outbox.show(directKey(request.id), { channel: direct }, message)
  }
}

function isAboutThePlace({ error }: SlackNever): boolean {
  return [
    'not_in_channel',
    'channel_not_found',
    'is_archived',
    'restricted_action',
    'thread_not_found',
    'no_permission',
  ].includes(error)
}

/** An edit that Slack refuses: the message was deleted, or this workspace lets nobody change one of its age. */
function isUnchangeable(error: unknown): error is SlackNever {
  return (
    error instanceof SlackNever &&
    ['message_not_found', 'cant_update_message', 'edit_window_closed'].includes(error.error)
  )
}

/** A first message that was deleted before anybody replied has no thread. */
function isThreadGone(error: unknown): boolean {
  return error instanceof SlackNever && ['thread_not_found', 'invalid_thread_ts'].includes(error.error)
}

/**
 * A reply of a check as it should look now. What is offered and how it ended has to be seen: one that can't be changed
 * any more is posted anew, once, and one whose thread is gone goes into the channel.
 */
export async function showReply(bot: Bot, key: string, place: Place, message: Message): Promise<void> {
  try {
    await bot.outbox.show(key, place, message)
  } catch (error) {
    if (isThreadGone(error) && place.threadTs !== undefined)
      return showReply(bot, key, { channel: place.channel }, message)
    if (!isUnchangeable(error)) throw error
    bot.log.warn({ key, error: error.error }, 'this message stays as it is')
    if (!key.endsWith(ANEW)) await showReply(bot, anewKey(key), place, message)
  }
}

/** Where the replies of a check go: the thread under its first message, or the thread it was asked in. */
export function threadPlace(request: CheckRequest, root: Posted): Place {
  const threadTs = root.channel === request.origin.channel ? (request.origin.threadTs ?? root.ts) : root.ts
  return { channel: root.channel, threadTs }
}

/** The id of the n-th offer of a check, and of the n-th offer that a remedy left behind. Always the same, so that no crash makes two. */
export const offerId = (checkId: string, n: number) => `a${checkId.slice(1)}-o${n}`
export const followUpId = (approvalId: string, n: number) => `${approvalId}-f${n}`
const FOLLOW_UP = /-f\d+$/

async function approvalsOf(bot: Bot, ids: string[]): Promise<Approval[]> {
  const found = await Promise.all(ids.map((id) => bot.approvals.get(id)))
  return found.filter((approval) => approval !== undefined)
}

/** Draws the answer of a check, first message and reply, as its approvals are now. */
export async function showAnswer(bot: Bot, request: CheckRequest, result: CheckResult): Promise<Posted> {
  const ids = result.diagnosis.offers.map((_, index) => offerId(request.id, index + 1))
  const approvals = await approvalsOf(bot, ids)
  const root = await showRoot(bot, request, concluded(request, result, approvals))
  await showReply(
    bot,
    findingKey(request.id),
    threadPlace(request, root),
    finding(request, result, approvals),
  )
  return root
}

/** Draws the message of a remedy that has ended, with what may follow. */
export async function showActing(
  bot: Bot,
  request: CheckRequest,
  approval: Approval,
  root: Posted,
): Promise<void> {
  const result = await bot.records.remedy(approval.id)
  const ids = (result?.offers ?? []).map((_, index) => followUpId(approval.id, index + 1))
  const followUps = await approvalsOf(bot, ids)
  const takeBack = result?.leaves && (await bot.records.takeBack(approval.id))
  const record = (await bot.audit.about(approval.id)).at(-1)?.hash
  const message = acting({
    approval,
    lines: result?.lines ?? [],
    followUps,
    ...(result && { result }),
    ...(takeBack && { takeBack }),
    ...(record !== undefined && { record }),
  })
  await showReply(bot, actingKey(approval.id), threadPlace(request, root), message)
}

/** Draws the messages again that show this approval. */
export async function redraw(bot: Bot, approval: Approval): Promise<void> {
  const { checkId, id } = approval
  const record = await bot.records.check(checkId)
  if (!record?.result) return
  const root = await showAnswer(bot, record.request, record.result)
  const before = FOLLOW_UP.test(id) ? await bot.approvals.get(id.replace(FOLLOW_UP, '')) : undefined
  if (before) await showActing(bot, record.request, before, root)
}

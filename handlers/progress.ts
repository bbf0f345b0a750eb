import type { ProgressEvent } from '../jobs/contracts.ts'
import { acting } from './blocks/acting.ts'
import { checking } from './blocks/checking.ts'
import { finding } from './blocks/finding.ts'
import { type Bot, subjectOf } from './bot.ts'
import { actingKey, findingKey, rootKey, rootPlace, threadPlace } from './threads.ts'

/** Shows how far a job is. Best effort: whatever gets lost here, the report brings. */
export async function showProgress(bot: Bot, event: ProgressEvent): Promise<void> {
  if (event.kind === 'check') {
    const record = await bot.records.check(event.id)
    if (!record || record.result) return
    const { request } = record
    const message = checking({
      request,
      subject: subjectOf(bot, request),
      progress: event,
      secondsSoFar: Math.round(event.elapsedMs / 1000),
    })
    bot.outbox.sketch(rootKey(event.id), rootPlace(request), message)
    if (!event.firstLook) return
    await bot.records.saveFirstLook(event.id, event.firstLook)
    // it comes once: when the first message is not there yet it is waited for
    const root = await bot.outbox.ensure(rootKey(event.id), rootPlace(request), message)
    bot.outbox.sketch(findingKey(event.id), threadPlace(request, root), finding(request, event.firstLook, []))
    return
  }
  const approval = await bot.approvals.get(event.approvalId)
  const root = approval && (await bot.outbox.posted(rootKey(approval.checkId)))
  const record = approval && (await bot.records.check(approval.checkId))
  if (!approval || !root || !record) return
  bot.outbox.sketch(
    actingKey(approval.id),
    threadPlace(record.request, root),
    acting({ approval, lines: event.lines }),
  )
}

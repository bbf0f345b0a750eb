import type { App, BlockButtonAction, RespondFn } from '@slack/bolt'
import { QueueUnreachable } from '../jobs/redis/unreachable.ts'
import type { AlertDesk } from './alerts/desk.ts'
import { type Asked, announce, take, takeAgain } from './ask.ts'
import { NEXT_ACTIONS } from './blocks/explained.ts'
import { type Message, message, section } from './blocks/message.ts'
import { belowField, typedApproval } from './blocks/typed-approval.ts'
import type { Bot } from './bot.ts'
import { approve, reject } from './decide.ts'
import { exportRecording, showEvidence } from './evidence.ts'
import { asksToExplain, explainMention, listenToExplain, runNext } from './explain.ts'
import { SlackLater, SlackNever } from './outbox.ts'
import type { SlackFile } from './pasted-file.ts'
import type { Recalling } from './status.ts'
import { takeBackNow } from './take-back.ts'
import { whisper } from './whisper.ts'

const MUTE_MS = 3_600_000

/**
 * Connects Slack's events with what they mean. What someone asked for is in the queue before Slack is told that we
 * have it: if we die in between, Slack tells the person that it failed, and nothing was promised.
 */
export function listen(app: App, bot: Bot, alerts: AlertDesk): void {
  const asking: Recalling = { ...bot, alerts }
  app.command(bot.settings.command, async ({ command, ack }) => {
    const asked: Asked = {
      text: command.text,
      user: command.user_id,
      channel: command.channel_id,
      key: `slash-${command.trigger_id}`,
    }
    const taken = await safely(bot, () => take(asking, asked))
    if ('answer' in taken) {
      await ack({ response_type: 'ephemeral', ...taken.answer })
      return
    }
    await ack()
    await announce(bot, taken.started).catch((error) => bot.log.warn({ err: error }, 'not announced'))
  })

  app.event('app_mention', async ({ event, body }) => {
    const text = event.text.replace(/(?:\s*<@[A-Z0-9]+(\|[^>]*)?>)+/, '').trim()
    const toExplain = asksToExplain(text)
    if (toExplain)
      return explainMention(bot, {
        ...toExplain,
        files: (event as { files?: SlackFile[] }).files,
        channel: event.channel,
        user: event.user ?? '',
        ts: event.ts,
        threadTs: event.thread_ts,
        key: body.event_id,
      })
    const asked: Asked = {
      text,
      user: event.user ?? '',
      channel: event.channel,
      threadTs: event.thread_ts,
      key: `mention-${body.event_id}`,
    }
    const taken = await safely(bot, () => take(asking, asked))
    if ('started' in taken) return announce(bot, taken.started)
    // Redis may be away: nothing that needs it comes before these words
    if ('failed' in taken) return whisper(bot, asked, taken.answer)
    const place = { channel: event.channel, threadTs: event.thread_ts ?? event.ts }
    await bot.outbox.ensure(`answer-${body.event_id}`, place, taken.answer).catch((error) => {
      if (error instanceof SlackLater || error instanceof SlackNever) throw error
      bot.log.error({ err: error }, 'answered without a record')
      return whisper(bot, asked, taken.answer)
    })
  })

  const buttons = new Map<string, (click: Click, ack: () => Promise<void>) => Promise<void>>()
  // one listener for all: Bolt asks every listener about every command
  app.action<BlockButtonAction>({ type: 'block_actions' }, async ({ action, body, ack, respond }) => {
    const click: Click = {
      value: action.value ?? '',
      user: body.user.id,
      channel: body.channel?.id ?? '',
      threadTs: String(body.message?.thread_ts ?? body.message?.ts ?? ''),
      trigger: body.trigger_id,
      respond,
    }
    await buttons.get(action.action_id)?.(click, ack)
  })
  onButton('approve', async (click) => tell(click, await approve(bot, click.value, click.user)))
  onButton('reject', async (click) => tell(click, await reject(bot, click.value, click.user)))
  onButton('evidence', async (click) => tell(click, await showEvidence(bot, click.value, click)), 'ack-first')
  onButton(
    'export',
    async (click) => tell(click, await exportRecording(bot, click.value, click)),
    'ack-first',
  )
  onButton('cancel', async (click) => {
    await bot.records.saveEnd(click.value, 'it was cancelled')
    const cancelled = await bot.queues.cancelCheck(click.value)
    await tell(click, cancelled === 'over' ? 'This check has ended already.' : undefined)
  })
  onButton('again', async (click) => {
    const request = await takeAgain(bot, click.value, {
      user: click.user,
      channel: click.channel,
      threadTs: click.threadTs,
      key: `again-${click.trigger}`,
    })
    if (request) await announce(bot, request)
    await tell(click, request ? undefined : 'I have no record of this check any more; type it again.')
  })
  onButton('take-back', async (click) => tell(click, await takeBackNow(bot, click.value, click.user)))
  for (const action of NEXT_ACTIONS)
    onButton(action, async (click) => tell(click, await runNext(asking, click)))
  listenToExplain(app, bot)
  onButton('mute', (click) => alerts.mute(click.value, MUTE_MS))
  onButton('approve-typed', async (click) => {
    const approval = await bot.approvals.get(click.value)
    if (!approval) return tell(click, 'I have no record of this offer any more. Check again for a fresh one.')
    await bot.client.views.open({ trigger_id: click.trigger, view: typedApproval(approval) })
  })

  app.view('approve-typed', async ({ ack, view, body }) => {
    const approval = await bot.approvals.get(view.private_metadata)
    const typed = view.state.values.address?.typed?.value?.trim()
    if (approval?.offer.typed !== undefined && typed !== approval.offer.typed) {
      await ack({
        response_action: 'errors',
        errors: { address: `This has to be exactly ${approval.offer.typed}` },
      })
      return
    }
    const done = await safely(bot, async () => ({
      told: await approve(bot, view.private_metadata, body.user.id),
    }))
    const told = 'answer' in done ? done.answer.text : done.told
    await ack(
      told === undefined ? undefined : { response_action: 'errors', errors: { address: belowField(told) } },
    )
  })

  type Click = {
    value: string
    user: string
    channel: string
    threadTs: string
    trigger: string
    respond: RespondFn
  }

  /** Slack waits three seconds; `ack-first` is for what only talks to Slack and promises nothing. */
  function onButton(
    action: string,
    handle: (click: Click) => Promise<void>,
    order: 'ack-first' | 'ack-last' = 'ack-last',
  ): void {
    buttons.set(action, async (click, ack) => {
      if (order === 'ack-first') await ack()
      await safely(bot, async () => {
        await handle(click)
        return { answer: undefined }
      }).then(
        (failed) =>
          failed.answer &&
          click.respond({ response_type: 'ephemeral', replace_original: false, ...failed.answer }),
      )
      if (order === 'ack-last') await ack()
    })
  }

  async function tell(click: Click, words: string | undefined): Promise<void> {
    if (words !== undefined)
      await click.respond({ response_type: 'ephemeral', replace_original: false, text: words })
  }
}

/** Runs what someone asked for; when the queue is away, the answer says so and what to do instead. */
async function safely<T>(bot: Bot, work: () => Promise<T>): Promise<T | { answer: Message; failed: true }> {
  try {
    return await work()
  } catch (error) {
    bot.log.error({ err: error }, 'could not be taken')
    // an answer of the queue may have been lost after it took it
    const words =
      error instanceof QueueUnreachable
        ? "*Not taken: I can't reach my queue (Redis).* Should it have got through all the same, this channel shows it within a minute; else nothing was started."
        : '*Not taken: something went wrong on my side; my log says what.*'
    return {
      failed: true,
      answer: message([
        section(`${words} Try again in a moment, or run \`unwedge check …\` on the worker's host.`),
      ]),
    }
  }
}

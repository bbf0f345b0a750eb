import type { Undo } from '../jobs/undo-queue.ts'
import type { Recall } from './alerts/recall.ts'
import { lastChecks, openIncidents } from './blocks/incident.ts'
import { escaped, type Message, message, section, timeOfDay } from './blocks/message.ts'
import type { Bot } from './bot.ts'

/** A bot that finds again what it said; `listen` hands it to whatever people ask for. */
export type Recalling = Bot & { alerts?: Recall }

/** What runs, what waits for people, who is there to look, and where to find what was said lately. */
export async function statusMessage(bot: Recalling): Promise<Message> {
  const [clusters, open, recalled] = await Promise.all([
    Promise.all(
      bot.settings.clusters.map(async (name) => ({
        name,
        workers: (await bot.workersOf(name)).alive,
        load: await bot.queues.load(name),
        undos: await bot.queues.undos.open(name),
      })),
    ),
    bot.approvals.open(),
    bot.alerts?.recall(),
  ])
  const clusterLines = clusters.map(({ name, workers, load }) => {
    const who =
      workers.length === 0 ? '*no worker*' : `${workers.length} worker${workers.length === 1 ? '' : 's'}`
    return `• *${escaped(name)}*: ${who}, ${load.running} running, ${load.waiting} waiting`
  })
  const approvalLines = open.map(
    ({ offer, cluster, expiresAt, state, origin }) =>
      `• ${escaped(offer.label)} on *${escaped(cluster)}*: ${state === 'pending' ? `waits for approval until ${timeOfDay(expiresAt)}` : state} · <#${origin.channel}>`,
  )
  const undoLines = await Promise.all(
    clusters.flatMap(({ undos }) => undos).map((undo) => undoLine(bot, undo)),
  )
  return message([
    section(['*Clusters*', ...clusterLines].join('\n')),
    section(
      ['*Offers*', ...(approvalLines.length === 0 ? ['none waits for anyone'] : approvalLines)].join('\n'),
    ),
    ...(undoLines.length === 0 ? [] : [section(['*Still to be taken back*', ...undoLines].join('\n'))]),
    ...(recalled ? [openIncidents(recalled.incidents, recalled.more, Date.now())] : []),
    ...(recalled ? [lastChecks(recalled.checks)] : []),
  ])
}

async function undoLine(bot: Bot, { request, state, tries, why }: Undo): Promise<string> {
  const { mandate, origin, dueAt } = request
  const label = request.label ?? (await bot.approvals.get(mandate.approvalId))?.offer.label ?? mandate.remedy
  const failed = tries === 0 ? '' : `, tried ${tries} times: ${escaped(why ?? '')}`
  const when =
    state === 'waits' && tries === 0 ? `by itself at ${timeOfDay(dueAt)}` : `due since ${timeOfDay(dueAt)}`
  return `• ${escaped(label)} on *${escaped(mandate.cluster)}*: ${when}${failed} · <#${origin.channel}>`
}

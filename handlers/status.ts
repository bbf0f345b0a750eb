import { escaped, type Message, message, section, timeOfDay } from './blocks/message.ts'
import type { Bot } from './bot.ts'

/** What runs, what waits for people, and who is there to look. */
export async function statusMessage(bot: Bot): Promise<Message> {
  const [clusters, open] = await Promise.all([
    Promise.all(
      bot.settings.clusters.map(async (name) => ({
        name,
        workers: (await bot.workersOf(name)).alive,
        load: await bot.queues.load(name),
      })),
    ),
    bot.approvals.open(),
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
  return message([
    section(['*Clusters*', ...clusterLines].join('\n')),
    section(
      ['*Offers*', ...(approvalLines.length === 0 ? ['none waits for anyone'] : approvalLines)].join('\n'),
    ),
  ])
}

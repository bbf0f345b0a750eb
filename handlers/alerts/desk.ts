import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { RedisClient } from '../../jobs/redis/dial.ts'
import { type Records, records } from '../../jobs/redis/records.ts'
import type { Bot } from '../bot.ts'
import { createDrawing, type Drawing } from './drawing.ts'
import { Incident, stateOf, withUpdate } from './incident.ts'
import { createPace } from './pace.ts'
import { createPlaces } from './places.ts'
import { createRecall, type Recall } from './recall.ts'
import type { Rule } from './rules.ts'
import { createStarting } from './starting.ts'
import { createThreads, type Threads } from './threads.ts'
import { AlertUpdate } from './update.ts'

const KEPT_MS = 30 * 86_400_000

const AlertJob = z.object({ update: AlertUpdate, channel: z.string() })

/** What happens to alerts behind the endpoint: one record and one thread per incident, and checks that start by themselves. */
export type AlertDesk = Recall & {
  /** keeps a delivery durably; the same one again is ignored. Throws QueueUnreachable. */
  keep(update: AlertUpdate, channel: string): Promise<void>
  /** works one kept delivery into its incident; can be repeated. Throws SlackLater. */
  work(data: unknown): Promise<void>
  /** draws what is out of date; `jobId` says in which channel. Throws SlackLater. */
  draw(jobId: string): Promise<void>
  /** nothing of this incident is shown or started for a while */
  mute(id: string, forMs: number): Promise<void>
}

export function createAlertDesk(
  bot: Bot,
  client: RedisClient,
  rules: readonly Rule[],
  botUserId: string,
): AlertDesk {
  const store: Records<Incident> = records(client, 'incident', KEPT_MS, (value) => Incident.parse(value))
  const places = createPlaces(client, KEPT_MS)
  const pace = createPace(client)
  const threads: Threads = createThreads(bot, client, store, places, pace, KEPT_MS, (channel, part) =>
    drawing.alsoStale(channel, part),
  )
  const drawing: Drawing = createDrawing(bot, client, threads.draw)
  const startChecks = createStarting(bot, client, rules, botUserId, threads.placeOf)

  return {
    ...createRecall(bot, client, store, threads),
    keep: (update, channel) =>
      bot.queues.addAlert(hash(JSON.stringify([update, channel])), { update, channel }),
    work: async (data) => {
      const { update, channel } = AlertJob.parse(data)
      const id = `i${hash(`${update.source}\n${update.incident}`)}`
      const now = Date.now()
      const { incident, began } = await store.move(id, (known) => {
        const next = withUpdate(known, update, channel, now)
        const write = { record: next.incident, open: stateOf(next.incident) === 'firing' }
        return next.changed ? { write, outcome: next } : { outcome: next }
      })
      await places.of(id, incident)
      // also when nothing changed: whoever changed it may have died over this
      await drawing.stale(incident.channel, id, began ? 'now' : 'soon')
      await startChecks(id, incident)
    },
    draw: drawing.catchUp,
    mute: async (id, forMs) => {
      const until = Date.now() + forMs
      const channel = await store.move(id, (incident) =>
        incident
          ? {
              write: { record: { ...incident, mutedUntil: until }, open: stateOf(incident) === 'firing' },
              outcome: incident.channel,
            }
          : { outcome: undefined },
      )
      if (channel === undefined) return
      await drawing.stale(channel, id, 'now')
      await drawing.stale(channel, id, { atMs: until })
    },
  }
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 20)
}

import { setTimeout as delay } from 'node:timers/promises'
import { Queue } from 'bullmq'
import { CheckRequest } from '../../jobs/contracts.ts'
import { checksQueue } from '../../jobs/queue-names.ts'
import type { RedisClient } from '../../jobs/redis/dial.ts'
import { PREFIX } from '../../jobs/redis/keys.ts'
import type { Records } from '../../jobs/redis/records.ts'
import { reaching } from '../../jobs/redis/unreachable.ts'
import { type Bot, subjectOf } from '../bot.ts'
import type { Posted } from '../outbox.ts'
import { rootKey } from '../threads.ts'
import type { Incident } from './incident.ts'
import type { Threads } from './threads.ts'

const INCIDENTS_SHOWN = 10
const CHECKS_SHOWN = 5
/** Slack waits three seconds for the whole answer; without the workspace's address there are no links. */
const ADDRESS_WITHIN_MS = 1_000

/** What people look for again: threads of alerts that are still open, and what was checked last. */
export type Recalled = {
  /** newest first; `link`: to its thread, when it is known */
  incidents: { incident: Incident; link?: string }[]
  /** open incidents beyond these */
  more: number
  /** newest first; `said`: its conclusion, or how far it is */
  checks: { request: CheckRequest; said: string; link?: string }[]
}

export type Recall = {
  /** Throws QueueUnreachable. */
  recall(): Promise<Recalled>
}

export function createRecall(
  bot: Pick<Bot, 'client' | 'settings' | 'records' | 'outbox' | 'catalogue'>,
  redis: RedisClient,
  store: Records<Incident>,
  threads: Threads,
): Recall {
  const queues = bot.settings.clusters.map((cluster) => {
    const options = { connection: redis, prefix: PREFIX, skipVersionCheck: true, skipWaitingForReady: true }
    // what goes wrong is thrown at the caller
    return new Queue(checksQueue(cluster), options).on('error', () => {})
  })
  let workspace: string | undefined

  /** `https://TEAM.slack.com/`, asked for once. */
  async function address(): Promise<string | undefined> {
    const asked = bot.client.auth.test().then(
      ({ url }) => url,
      () => undefined,
    )
    workspace ??= await Promise.race([asked, delay(ADDRESS_WITHIN_MS, undefined, { ref: false })])
    return workspace
  }

  async function openIncidents(base: string | undefined): Promise<Pick<Recalled, 'incidents' | 'more'>> {
    const ids = (await store.open()).reverse()
    const shown = await Promise.all(
      ids.slice(0, INCIDENTS_SHOWN).map(async (id) => {
        const incident = await store.get(id)
        if (!incident) return []
        const posted = await threads.posted(id, incident)
        return [{ incident, ...(posted && base !== undefined && { link: linkTo(base, posted) }) }]
      }),
    )
    return { incidents: shown.flat(), more: Math.max(0, ids.length - INCIDENTS_SHOWN) }
  }

  async function lastChecks(base: string | undefined): Promise<Recalled['checks']> {
    const states = ['active', 'waiting', 'completed', 'failed'] as const
    const jobs = await reaching('what was checked', () =>
      Promise.all(queues.map((queue) => queue.getJobs([...states], 0, CHECKS_SHOWN - 1))),
    )
    const requests = jobs.flat().flatMap((job) => {
      const request = CheckRequest.safeParse(job?.data)
      // what somebody asks in a direct message is nobody else's business
      return request.success && !request.data.origin.channel.startsWith('D') ? [request.data] : []
    })
    requests.sort((a, b) => b.requestedAt - a.requestedAt)
    return Promise.all(
      requests.slice(0, CHECKS_SHOWN).map(async (request) => {
        const [record, posted] = await Promise.all([
          bot.records.check(request.id),
          bot.outbox.posted(rootKey(request.id)),
        ])
        const state = record?.end ?? 'no answer yet'
        const said = record?.result?.diagnosis.findings[0]?.summary ?? `${subjectOf(bot, request)}: ${state}`
        const { threadTs } = request.origin
        return {
          request,
          said,
          ...(posted && base !== undefined && { link: linkTo(base, posted, threadTs) }),
        }
      }),
    )
  }

  return {
    recall: async () => {
      const base = workspace ?? (await address())
      const [incidents, checks] = await Promise.all([openIncidents(base), lastChecks(base)])
      return { ...incidents, checks }
    },
  }
}

/** A message's own address, as chat.getPermalink gives it: https://docs.slack.dev/reference/methods/chat.getPermalink */
function linkTo(base: string, { channel, ts }: Posted, threadTs?: string): string {
  const inThread = threadTs === undefined ? '' : `?thread_ts=${threadTs}&cid=${channel}`
  return `${base.replace(/\/?$/, '/')}archives/${channel}/p${ts.replace('.', '')}${inThread}`
}

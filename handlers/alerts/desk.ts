import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { RedisClient } from '../../jobs/redis/dial.ts'
import { keyOf } from '../../jobs/redis/keys.ts'
import { type Records, records } from '../../jobs/redis/records.ts'
import { reaching } from '../../jobs/redis/unreachable.ts'
import { announce, enqueueCheck } from '../ask.ts'
import { digestMessage, incidentLines, incidentMessage } from '../blocks/incident.ts'
import type { Bot } from '../bot.ts'
import type { Place, Posted } from '../outbox.ts'
import { Incident, stateOf, withUpdate } from './incident.ts'
import { planChecks, type Rule } from './rules.ts'
import { AlertUpdate } from './sources.ts'

const KEPT_MS = 30 * 86_400_000
/** An incident that is over for this long is another one when it comes back. */
const OVER_MS = 24 * 3_600_000
/** More new incidents than this in a minute and a channel share one message. */
const THREADS_PER_MINUTE = 10
/** How often a thread is drawn again while alerts keep coming. */
const DRAW_EVERY_MS = 2_000

const AlertJob = z.object({ update: AlertUpdate, channel: z.string() })

/** What happens to alerts behind the endpoint: one record and one thread per incident, and checks that start by themselves. */
export type AlertDesk = {
  /** keeps a delivery durably; the same one again is ignored. Throws QueueUnreachable. */
  keep(update: AlertUpdate, channel: string): Promise<void>
  /** works one kept delivery into its incident; can be repeated */
  work(data: unknown): Promise<void>
  /** draws an incident (or the digest that it is in) as it stands; can be repeated. Throws SlackLater. */
  draw(id: string): Promise<void>
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

  async function work(data: unknown): Promise<void> {
    const { update, channel } = AlertJob.parse(data)
    const id = incidentId(update)
    const now = Date.now()
    const { incident, changed, began } = await store.move(id, (known) => {
      const before = known && isOver(known, now) ? undefined : known
      const next = withUpdate(before, update, channel, now)
      const write = { record: next.incident, open: stateOf(next.incident) === 'firing' }
      const outcome = { ...next, began: before === undefined }
      return next.changed ? { write, outcome } : { outcome }
    })
    // a delivery that was interrupted after it was written comes again unchanged: it is drawn all the same
    if (began || changed) await bot.queues.later('incident', `${id}-first-t${incident.startedAt}`, now)
    await drawSoon(id)
    await startChecks(id, incident, now)
  }

  /** At the end of this interval, so that whatever is written until then is drawn. */
  async function drawSoon(id: string, at = Date.now()): Promise<void> {
    const interval = Math.ceil((at + 1) / DRAW_EVERY_MS)
    await bot.queues.later('incident', `${id}-t${interval}`, interval * DRAW_EVERY_MS)
  }

  async function draw(jobId: string): Promise<void> {
    const id = jobId.replace(/(-first)?-t\d+$/, '')
    const [, digestChannel, digestMinute] = /^digest-(\w+)-(\d+)$/.exec(id) ?? []
    if (digestChannel !== undefined && digestMinute !== undefined) {
      await drawDigest(digestChannel, digestMinute)
      return
    }
    const incident = await store.get(id)
    if (!incident) return
    const digest = await digestOf(id, incident)
    // many incidents, one drawing
    if (digest !== undefined) return drawSoon(`digest-${incident.channel}-${digest}`)
    const round = incident.startedAt
    const root = await bot.outbox.show(
      `incident-${id}-${round}`,
      { channel: incident.channel },
      incidentMessage(incident, id, Date.now()),
    )
    if (isMuted(incident)) return
    await bot.outbox.show(
      `incident-${id}-${round}-lines`,
      { channel: root.channel, threadTs: root.ts },
      incidentLines(incident),
    )
  }

  /** Which digest an incident belongs to: the minute in which too many began; undefined: it has a thread of its own. */
  async function digestOf(id: string, incident: Incident): Promise<string | undefined> {
    const key = keyOf('incident-place', `${id}-${incident.startedAt}`)
    return reaching('the place of an incident', async () => {
      const known = await client.get(key)
      if (known !== null) return known === 'own' ? undefined : known
      const minute = String(Math.floor(Date.now() / 60_000))
      const counter = keyOf('incidents-opened', incident.channel, minute)
      const count = await client.incr(counter)
      await client.expire(counter, 3600)
      const place = count <= THREADS_PER_MINUTE ? 'own' : minute
      await client.set(key, place, 'PX', KEPT_MS, 'NX')
      if (place !== 'own') {
        await client.sadd(keyOf('digest', incident.channel, minute), id)
        await client.expire(keyOf('digest', incident.channel, minute), KEPT_MS / 1000)
      }
      const kept = (await client.get(key)) ?? place
      return kept === 'own' ? undefined : kept
    })
  }

  async function drawDigest(channel: string, minute: string): Promise<Posted> {
    const ids = await reaching('the digest', () => client.smembers(keyOf('digest', channel, minute)))
    const all = await Promise.all(ids.map((id) => store.get(id)))
    const incidents = all.filter((incident) => incident !== undefined)
    return bot.outbox.show(`digest-${channel}-${minute}`, { channel }, digestMessage(incidents))
  }

  async function startChecks(id: string, incident: Incident, now: number): Promise<void> {
    if (isMuted(incident)) return
    const firing = Object.values(incident.alerts).filter(({ status }) => status === 'firing')
    for (const alert of firing) {
      for (const plan of planChecks(rules, alert, bot.catalogue)) {
        const { rule } = plan
        if ('problem' in plan) {
          bot.log.warn(
            { rule: rule.name, incident: incident.title, problem: plan.problem },
            'a rule fits, but its check does not',
          )
          continue
        }
        const slot = Math.floor(now / Math.max(1, rule.cooldownMs))
        const key = `alert-${id}-${rule.name}-${JSON.stringify(plan.command.args)}-${slot}`
        const cluster = plan.command.cluster ?? bot.settings.clusterIn(incident.channel)
        if (cluster === undefined || !bot.settings.clusters.includes(cluster)) {
          bot.log.warn({ rule: rule.name, cluster }, 'a rule names a cluster that is not configured')
          continue
        }
        if (!(await claim(rule, key, now))) continue
        const place = await threadOf(id, incident)
        const request = await enqueueCheck(bot, {
          key,
          playbook: plan.command.playbook,
          args: plan.command.args,
          cluster,
          user: botUserId,
          channel: place.channel,
          threadTs: place.threadTs,
        })
        await announce(bot, request)
      }
    }
  }

  /** Whether this check may start now: once per cool-down, and within the rule's budget. */
  async function claim(rule: Rule, key: string, now: number): Promise<boolean> {
    return reaching('the budget of a rule', async () => {
      const first = await client.set(
        keyOf('alert-check', hash(key)),
        '1',
        'PX',
        Math.max(rule.cooldownMs, 60_000),
        'NX',
      )
      if (first === null) return false
      const budget = keyOf('alert-budget', rule.name, String(Math.floor(now / 3_600_000)))
      const used = await client.incr(budget)
      await client.expire(budget, 7200)
      return used <= rule.perHour
    })
  }

  async function threadOf(id: string, incident: Incident): Promise<Place> {
    const digest = await digestOf(id, incident)
    const key = `incident-${id}-${incident.startedAt}`
    const root =
      digest === undefined
        ? await bot.outbox.ensure(
            key,
            { channel: incident.channel },
            incidentMessage(incident, id, Date.now()),
          )
        : await drawDigest(incident.channel, digest)
    return { channel: root.channel, threadTs: root.ts }
  }

  return {
    keep: (update, channel) =>
      bot.queues.addAlert(hash(JSON.stringify([update, channel])), { update, channel }),
    work,
    draw,
    mute: async (id, forMs) => {
      const until = Date.now() + forMs
      await store.move(id, (incident) =>
        incident
          ? {
              write: { record: { ...incident, mutedUntil: until }, open: stateOf(incident) === 'firing' },
              outcome: true,
            }
          : { outcome: false },
      )
      await drawSoon(id)
      await drawSoon(id, until)
    },
  }
}

function isOver({ endedAt }: Incident, now: number): boolean {
  return endedAt !== undefined && now - endedAt > OVER_MS
}

function isMuted({ mutedUntil }: Incident): boolean {
  return mutedUntil !== undefined && mutedUntil > Date.now()
}

function incidentId({ source, incident }: AlertUpdate): string {
  return `i${hash(`${source}\n${incident}`)}`
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 20)
}

import { createHash } from 'node:crypto'
import type { RedisClient } from '../../jobs/redis/dial.ts'
import { keyOf } from '../../jobs/redis/keys.ts'
import { reaching } from '../../jobs/redis/unreachable.ts'
import { announce, enqueueCheck } from '../ask.ts'
import type { Bot } from '../bot.ts'
import type { Place } from '../outbox.ts'
import { type Incident, isMuted } from './incident.ts'
import { type Planned, planChecks, type Rule } from './rules.ts'

/** A rule that is not slowed down still starts the same check at most once in this time. */
const SHORTEST_COOLDOWN_MS = 60_000

/** Starts the checks that rules ask for about an incident as it is now. Repeating it starts nothing twice. Throws SlackLater and QueueUnreachable. */
export type StartChecks = (id: string, incident: Incident) => Promise<void>

export function createStarting(
  bot: Bot,
  client: RedisClient,
  rules: readonly Rule[],
  /** in whose name they are asked for */
  botUserId: string,
  placeOf: (id: string, incident: Incident) => Promise<Place>,
): StartChecks {
  return async (id, incident) => {
    if (isMuted(incident, Date.now())) return
    const firing = Object.values(incident.alerts).filter(({ status }) => status === 'firing')
    for (const alert of firing) {
      for (const plan of planChecks(rules, alert, bot.catalogue)) {
        if ('problem' in plan) {
          const { rule, problem } = plan
          bot.log.warn(
            { rule: rule.name, incident: incident.title, problem },
            'a rule fits, but its check does not',
          )
        } else await start(id, incident, plan)
      }
    }
  }

  async function start(id: string, incident: Incident, { rule, command }: Planned): Promise<void> {
    const cluster = command.cluster ?? bot.settings.clusterIn(incident.channel)
    if (cluster === undefined || !bot.settings.clusters.includes(cluster)) {
      bot.log.warn({ rule: rule.name, cluster }, 'a rule names a cluster that is not configured')
      return
    }
    const what = `${id} ${rule.name} ${command.playbook} ${cluster} ${JSON.stringify(command.args)}`
    const claim = keyOf('alert-check', createHash('sha256').update(what).digest('hex').slice(0, 20))
    const since = await claimed(rule, claim)
    if (since === undefined) return
    const place = await placeOf(id, incident)
    const request = await enqueueCheck(bot, {
      key: `alert ${what} ${since}`,
      playbook: command.playbook,
      args: command.args,
      cluster,
      user: botUserId,
      channel: place.channel,
      threadTs: place.threadTs,
    })
    await reaching('the cool-down of a rule', () => client.set(claim, 'started', 'KEEPTTL', 'XX'))
    await announce(bot, request)
  }

  /**
   * Since when this check is to be started; undefined while the rule cools down or has used up its budget. Somebody
   * who died between the claim and the start leaves it to the next one, who starts the very same check.
   */
  async function claimed(rule: Rule, claim: string): Promise<string | undefined> {
    return reaching('the cool-down of a rule', async () => {
      const now = Date.now()
      const coolMs = Math.max(rule.cooldownMs, SHORTEST_COOLDOWN_MS)
      const first = await client.set(claim, String(now), 'PX', coolMs, 'NX')
      if (first === null) {
        const since = await client.get(claim)
        return since === null || since === 'started' ? undefined : since
      }
      const budget = keyOf('alert-budget', rule.name, String(Math.floor(now / 3_600_000)))
      const used = await client.incr(budget)
      await client.expire(budget, 7200)
      if (used <= rule.perHour) return String(now)
      bot.log.warn({ rule: rule.name, perHour: rule.perHour }, 'a rule has used up its checks of this hour')
      await client.set(claim, 'started', 'KEEPTTL', 'XX')
      return undefined
    })
  }
}

import { pino } from 'pino'
import { createAlertDesk } from '../handlers/alerts/desk.ts'
import type { Bot, BotSettings } from '../handlers/bot.ts'
import { listen } from '../handlers/listen.ts'
import { createOutbox } from '../handlers/outbox.ts'
import { startReports } from '../handlers/report-worker.ts'
import { createSlackApp, createWebClient, type SlackAccess, whoAmI } from '../handlers/slack-app.ts'
import { createApprovals } from '../jobs/approvals.ts'
import { createAudit } from '../jobs/audit.ts'
import { workersLately } from '../jobs/presence.ts'
import { createQueues } from '../jobs/queues.ts'
import { createRecords } from '../jobs/records.ts'
import { PREFIX } from '../jobs/redis/keys.ts'
import { openRedis } from '../jobs/redis/open-redis.ts'
import { createKeyPair } from '../jobs/signing.ts'
import { catalogue } from '../playbooks/catalogue.ts'
import { alertEndpoint, alertRules } from './alerts.ts'
import { clusterNames, defaultCluster } from './clusters.ts'
import { type Config, ConfigError, loadConfig, stateDirOf } from './config.ts'
import { readKey } from './read-key.ts'
import { untilStopped } from './until-stopped.ts'

/**
 * `unwedge bot`: runs until SIGTERM or SIGINT. `around`: what each event of Slack is worked on in. Throws ConfigError when
 * something it needs is missing.
 */
export async function startBot(
  flags: { config?: string },
  around: (work: () => Promise<void>) => Promise<void>,
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  const { config } = loadConfig(flags.config, env)
  const access = slackAccess(config, env)
  const log = pino({ name: 'unwedge-bot', level: config.log_level })
  const settings = botSettings(config, log)
  const redis = await openRedis({
    url: env.REDIS_URL || config.redis.url,
    stateDir: stateDirOf(config),
    allowEmbedded: false,
    log,
  })
  log.info(redis.describe())
  const commands = await redis.connect('commands')
  const client = createWebClient(access, log)
  const identity = await whoAmI(client, log)
  const slack = createSlackApp(access, identity, log)
  const bot: Bot = {
    settings,
    catalogue,
    client,
    queues: createQueues(commands),
    approvals: createApprovals(commands),
    records: createRecords(commands, PREFIX),
    audit: createAudit(commands),
    workersOf: workersLately(commands),
    outbox: createOutbox({ client, redis: commands, prefix: PREFIX, log }),
    log,
  }
  const desk = createAlertDesk(bot, commands, alertRules(config), identity.botUserId ?? 'unwedge')
  const endpoint = alertEndpoint(config, env, desk, log)
  slack.app.use(({ next }) => around(next))
  listen(slack.app, bot, desk)
  const reports = await startReports(bot, desk, redis)
  await slack.start()
  await endpoint?.start()
  log.info({ clusters: settings.clusters, mode: access.mode }, 'ready')
  await untilStopped()
  log.info('stopping')
  await endpoint?.stop()
  await slack.stop()
  await reports.close()
  await bot.queues.close()
  await redis.close()
}

function slackAccess(config: Config, env: NodeJS.ProcessEnv): SlackAccess {
  const { mode, port, path } = config.slack
  const needed =
    mode === 'socket' ? ['SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN'] : ['SLACK_BOT_TOKEN', 'SLACK_SIGNING_SECRET']
  const missing = needed.filter((name) => !env[name])
  if (missing.length > 0) {
    throw new ConfigError(
      `Not set: ${missing.join(', ')}. In ${mode} mode the bot needs ${needed.join(' and ')} in its environment; README, "Connect a workspace", says where to find them.`,
    )
  }
  return {
    mode,
    port,
    path,
    botToken: env.SLACK_BOT_TOKEN ?? '',
    appToken: env.SLACK_APP_TOKEN,
    signingSecret: env.SLACK_SIGNING_SECRET,
    apiUrl: env.SLACK_API_URL || undefined,
  }
}

function botSettings(config: Config, log: { warn(message: string): void }): BotSettings {
  const { approvals } = config
  if (approvals.approvers.length === 0) log.warn('approvals.approvers is empty: nobody can approve a remedy')
  return {
    command: config.slack.command,
    clusters: clusterNames(config),
    clusterIn: (channel) => config.channels[channel] ?? defaultCluster(config),
    approversFor: (playbook) => approvals.playbooks[playbook]?.approvers ?? approvals.approvers,
    expireMs: approvals.expire_minutes * 60_000,
    runMs: approvals.run_minutes * 60_000,
    lapseMs: config.checks.wait_minutes * 60_000,
    signingKey: signingKey(config, log),
  }
}

function signingKey(config: Config, log: { warn(message: string): void }): string {
  const file = config.signing.private_key_file
  if (file === undefined) {
    log.warn(
      'signing.private_key_file is not set: no worker will run a remedy. `unwedge config keys FOLDER` makes a pair.',
    )
    return createKeyPair().privateKey
  }
  return readKey(file, 'private')
}

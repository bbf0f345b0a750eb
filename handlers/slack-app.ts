import {
  App,
  type Logger as BoltLogger,
  HTTPReceiver,
  LogLevel,
  type Receiver,
  SocketModeReceiver,
} from '@slack/bolt'
import { WebClient, type WebClientOptions } from '@slack/web-api'
import type { Logger } from 'pino'

export type SlackAccess = {
  mode: 'socket' | 'http'
  botToken: string
  /** socket mode */
  appToken: string | undefined
  /** http mode */
  signingSecret: string | undefined
  /** another base of the Web API: GovSlack, tests */
  apiUrl: string | undefined
  port: number
  path: string
}

export type SlackApp = {
  app: App
  start(): Promise<void>
  stop(): Promise<void>
}

/** A client that tells the truth: one request per call, no silent repetition, rate limits thrown. The outbox decides. */
export function createWebClient(access: Pick<SlackAccess, 'botToken' | 'apiUrl'>, log: Logger): WebClient {
  return new WebClient(access.botToken, {
    ...plainOptions(access),
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: 10_000,
    logger: boltLogger(log),
  })
}

/** Who the bot is in this workspace; empty when Slack could not be asked. */
export type Identity = { botUserId?: string; botId?: string }

/** Slack does not take the bot's token. */
export class TokenRefused extends Error {
  readonly code = 'token-refused'
  constructor(why: string, options?: ErrorOptions) {
    super(
      `SLACK_BOT_TOKEN: Slack refuses it (${why}). The right one is under "OAuth & Permissions" of the app.`,
      options,
    )
    this.name = 'TokenRefused'
  }
}

/** Asks Slack who we are. Throws TokenRefused; an outage is logged, and we start all the same. */
export async function whoAmI(client: WebClient, log: Logger): Promise<Identity> {
  try {
    const { user_id: botUserId, bot_id: botId } = await client.auth.test()
    return { ...(botUserId && { botUserId }), ...(botId && { botId }) }
  } catch (error) {
    const refused = (error as { data?: { error?: string } }).data?.error
    if (refused && /auth|token|account/.test(refused)) throw new TokenRefused(refused, { cause: error })
    log.warn({ err: error }, 'Slack did not say who we are; starting all the same')
    return {}
  }
}

function plainOptions({ apiUrl }: Pick<SlackAccess, 'apiUrl'>): WebClientOptions {
  return apiUrl === undefined ? {} : { slackApiUrl: apiUrl }
}

/**
 * Bolt on Socket Mode or HTTP. Socket Mode gets two connections: when Slack refreshes one of them the client is
 * without it for seconds, and what people do then must reach us through the other.
 */
export function createSlackApp(access: SlackAccess, identity: Identity, log: Logger): SlackApp {
  const logger = boltLogger(log)
  const receivers: Receiver[] =
    access.mode === 'http'
      ? [
          new HTTPReceiver({
            signingSecret: access.signingSecret ?? '',
            endpoints: access.path,
            port: access.port,
            logger,
          }),
        ]
      : [socketReceiver(access, logger), socketReceiver(access, logger)]
  const [first, second] = receivers
  const app = new App({
    // Bolt would ask Slack who we are before it lets an event through; Slack may be away just then
    authorize: async () => ({ botToken: access.botToken, ...identity }),
    receiver: first!,
    // it would look every event up in a store that nothing is put into
    convoStore: false,
    clientOptions: { ...plainOptions(access), retryConfig: { retries: 0 } },
    logger,
  })
  second?.init(app)
  return {
    app,
    start: async () => {
      await (access.mode === 'http'
        ? app.start(access.port)
        : Promise.all(receivers.map((receiver) => receiver.start())))
    },
    stop: async () => {
      await Promise.all(receivers.map((receiver) => receiver.stop()))
    },
  }
}

function socketReceiver(access: SlackAccess, logger: BoltLogger): SocketModeReceiver {
  return new SocketModeReceiver({
    appToken: access.appToken ?? '',
    logger,
    // its own options: the client changes the object it gets
    installerOptions: { clientOptions: plainOptions(access) },
  })
}

function boltLogger(log: Logger): BoltLogger {
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (...parts: unknown[]) =>
      log[level](parts.map(String).join(' '))
  return {
    debug: at('debug'),
    // what Bolt finds informative is detail to us
    info: at('debug'),
    warn: at('warn'),
    error: at('error'),
    setLevel: () => {},
    getLevel: () => LogLevel.INFO,
    setName: () => {},
  }
}

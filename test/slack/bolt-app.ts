import type { AddressInfo } from 'node:net'
import { App, HTTPReceiver, type Logger, LogLevel, SocketModeReceiver } from '@slack/bolt'
import { type SlackOptions, startSlack, type TestSlack } from './server.ts'

export type BoltApp = InstanceType<typeof App>

export const users = [
  { id: 'U0LIN00001', name: 'lin' },
  { id: 'U0MEI00001', name: 'mei' },
]
export const channels = [
  { id: 'C0INCIDENT', name: 'storage-incidents' },
  { id: 'C0OUTSIDE1', name: 'no-bots-here', botIsMember: false },
]
export const [lin, mei] = ['U0LIN00001', 'U0MEI00001']
export const incident = 'C0INCIDENT'

export type Pair = { slack: TestSlack; app: BoltApp; stop(): Promise<void> }

// Cut connections are what these tests are about; the SDK would log each of them.
export const silent: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  getLevel: () => LogLevel.ERROR,
  setName() {},
}
const quiet = { logger: silent }

/** A test Slack and a real Bolt app connected to it by Socket Mode. */
export async function startSocketPair(
  register: (app: BoltApp) => void,
  options: Partial<SlackOptions> = {},
  reconnectMs = 5000,
): Promise<Pair> {
  const slack = await startSlack({ users, channels, ...options })
  const receiver = new SocketModeReceiver({
    appToken: 'xapp-1-test',
    // also how long a pong may take: too short on a busy machine cuts healthy connections
    clientPingTimeout: reconnectMs,
    installerOptions: { clientOptions: { slackApiUrl: slack.apiUrl } },
    ...quiet,
  })
  const app = new App({ token: 'xoxb-test', receiver, clientOptions: clientOptions(slack.apiUrl), ...quiet })
  register(app)
  await app.start()
  return {
    slack,
    app,
    async stop() {
      await app.stop()
      await slack.stop()
    },
  }
}

/** The same by signed HTTP requests. */
export async function startHttpPair(
  register: (app: BoltApp) => void,
  options: Partial<SlackOptions> = {},
  appSecret = 'shared-secret',
): Promise<Pair> {
  const receiver = new HTTPReceiver({ signingSecret: appSecret, ...quiet })
  const server = await receiver.start(0, { host: '127.0.0.1' } as never)
  const eventsUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`
  const slack = await startSlack({ users, channels, eventsUrl, signingSecret: 'shared-secret', ...options })
  const app = new App({ token: 'xoxb-test', receiver, clientOptions: clientOptions(slack.apiUrl), ...quiet })
  register(app)
  return {
    slack,
    app,
    async stop() {
      await receiver.stop()
      await slack.stop()
    },
  }
}

const clientOptions = (slackApiUrl: string) => ({
  slackApiUrl,
  retryConfig: { retries: 0 },
  rejectRateLimitedCalls: true,
})

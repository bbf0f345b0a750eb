import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import { createAudit } from '../../jobs/audit.ts'
import type { AuditEntry } from '../../jobs/audit-chain.ts'
import { createKeyPair } from '../../jobs/signing.ts'
import { leftOverWatcher } from '../../playbooks/watchers/scenario.ts'
import { startRedis, type TestRedis } from '../jobs/redis-server.ts'
import { type SlackOptions, startSlack, type TestSlack } from '../slack/server.ts'
import { createPart, type Part } from './part.ts'

export const [lin, mei, tomas, visitor] = ['U0LIN00001', 'U0MEI00001', 'U0TOMAS001', 'U0VISITOR1'] as const
export const [incident, outside] = ['C0INCIDENT', 'C0OUTSIDE1'] as const

/** Limits for tests that start processes on a machine that may be busy. */
export const PATIENT = { testTimeout: 60_000, hookTimeout: 90_000 }

export type StandOptions = {
  /** replayed clusters, each with an incident of its own; the first is the default. Default: `demo` */
  clusters?: string[]
  /** like `clusters`, but the host of the left-over watcher is not in the inventory, so nothing can be proven */
  blind?: string[]
  mode?: 'socket' | 'http'
  /** laid over the generated configuration */
  config?: Record<string, unknown>
  approvers?: string[]
  slack?: Partial<SlackOptions>
  /** more environment for the bot */
  botEnv?: Record<string, string>
  /** more environment for the worker */
  workerEnv?: Record<string, string>
  /** what is not started at once; default nothing */
  later?: ('bot' | 'worker')[]
  /** where the bot and the worker find Redis, when not directly */
  redisUrl?: Partial<Record<'bot' | 'worker', string>>
  redis?: TestRedis
}

/** The whole product beside a Slack of ours: Redis, the bot and a worker, each a process of its own. */
export type Stand = {
  slack: TestSlack
  redis: TestRedis
  bot: Part
  worker: Part
  /** a second worker like the first, not started */
  spare: Part
  folder: string
  configFile: string
  /** the audit trail so far, or what it says about one subject */
  audit(subject?: string): Promise<AuditEntry[]>
  cli(...args: string[]): Promise<Printed>
  stop(): Promise<void>
}

const program = fileURLToPath(new URL('../../bot/unwedge.mjs', import.meta.url))

export async function startStand(options: StandOptions = {}): Promise<Stand> {
  const folder = mkdtempSync(join(tmpdir(), 'unwedge-stand-'))
  const stops: (() => Promise<unknown> | unknown)[] = [() => rmSync(folder, { recursive: true, force: true })]
  const stop = async () => {
    for (const each of stops.splice(0)) await each()
  }
  try {
    const http = options.mode === 'http' ? { port: await freePort(), path: '/slack/events' } : undefined
    const configFile = writeConfig(folder, options, http)
    const redis = options.redis ?? (await startRedis())
    stops.unshift(() => redis.stop())
    const slack = await startSlack({
      users: [lin, mei, tomas, visitor].map((id) => ({ id, name: id.slice(2, -1).toLowerCase() })),
      channels: [
        { id: incident, name: 'storage-incidents' },
        { id: outside, name: 'no-bots-here', botIsMember: false },
      ],
      ...(http && { eventsUrl: `http://127.0.0.1:${http.port}${http.path}` }),
      ...options.slack,
    })
    stops.unshift(() => slack.stop())
    const common = {
      PATH: process.env.PATH,
      HOME: folder,
      REDIS_URL: redis.url,
      UNWEDGE_CONFIG: configFile,
      UNWEDGE_ENDS_WITH_STDIN: '1',
    }
    const secret = http ? { SLACK_SIGNING_SECRET: slack.signingSecret } : { SLACK_APP_TOKEN: 'xapp-stand' }
    const tokens = { SLACK_BOT_TOKEN: 'xoxb-stand', SLACK_API_URL: slack.apiUrl, ...secret }
    const url = (name: 'bot' | 'worker') => ({ REDIS_URL: options.redisUrl?.[name] ?? redis.url })
    const argv = (name: string) => [process.execPath, program, name] as const
    const bot = createPart('bot', argv('bot'), { ...common, ...url('bot'), ...tokens, ...options.botEnv })
    const workerEnv = { ...common, ...url('worker'), ...options.workerEnv }
    const [worker, spare] = [1, 2].map(() => createPart('worker', argv('worker'), workerEnv)) as [Part, Part]
    stops.unshift(() => Promise.all([bot.stop(), worker.stop(), spare.stop()]))
    await Promise.all(
      [bot, worker].filter(({ name }) => !options.later?.includes(name as 'bot')).map((part) => part.start()),
    )
    const trail = createAudit(await redis.connect())
    const audit = async (subject?: string) => {
      const reading = () => trail.read(1, 10_000)
      // right after a restart of Redis this connection may not be back yet
      const entries = await reading().catch(() => delay(1000).then(reading))
      return entries.filter((entry) => subject === undefined || entry.subject === subject)
    }
    const cli = (...args: string[]) => unwedge(args, { ...common, HOME: folder })
    return { slack, redis, bot, worker, spare, folder, configFile, audit, cli, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

export type Printed = { exitCode: number; stdout: string; stderr: string }

/** Runs `unwedge …` as a person would, with exactly this environment beside PATH. */
export function unwedge(
  args: string[],
  env: NodeJS.ProcessEnv = {},
  cwd: string = tmpdir(),
): Promise<Printed> {
  return new Promise((resolve) => {
    const settings = { env: { PATH: process.env.PATH, ...env }, cwd, timeout: 60_000 }
    execFile(process.execPath, [program, ...args], settings, (error, stdout, stderr) =>
      resolve({ exitCode: error ? Number(error.code ?? -1) : 0, stdout, stderr }),
    )
  })
}

/** An unwedge.yaml with its keys; returns its path. */
function writeConfig(folder: string, options: StandOptions, http: object | undefined): string {
  const pair = createKeyPair()
  const keys = join(folder, 'keys')
  mkdirSync(keys, { mode: 0o700 })
  writeFileSync(join(keys, 'bot.key'), pair.privateKey, { mode: 0o600 })
  writeFileSync(join(keys, 'bot.pub'), pair.publicKey)
  const hosts = (seen: (name: string) => boolean) => ({
    hosts: Object.fromEntries(
      leftOverWatcher.hosts
        .filter(({ name }) => seen(name))
        .map(({ name, ...host }) => [name, { ...host, transport: 'replay' }]),
    ),
  })
  const names = options.clusters ?? ['demo']
  const clusters = Object.fromEntries([
    ...names.map((name) => [name, hosts(() => true)]),
    ...(options.blind ?? []).map((name) => [name, hosts((host) => host !== 'wsg-2')]),
  ])
  const config = {
    state_dir: join(folder, 'state'),
    clusters,
    default_cluster: Object.keys(clusters)[0],
    approvals: { approvers: options.approvers ?? [lin, mei, tomas] },
    signing: { private_key_file: join(keys, 'bot.key'), public_key_file: join(keys, 'bot.pub') },
    log_level: 'info',
    ...(http && { slack: { mode: 'http', ...http } }),
    ...options.config,
  }
  const file = join(folder, 'unwedge.yaml')
  writeFileSync(file, stringify(config))
  return file
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

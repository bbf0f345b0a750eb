import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import { type Served, serve } from '../../../jobs/hosts/serve.ts'
import { createKeyPair } from '../../../jobs/signing.ts'
import { startProgram, type TestRedis } from '../../jobs/redis-server.ts'
import { startSlack, type TestSlack } from '../../slack/server.ts'
import { capture, type Printed } from '../ceph/cluster.ts'
import { realRedis } from '../queue/redis-processes.ts'

export const [lin, mei, tomas] = ['U0LIN00001', 'U0MEI00001', 'U0TOMAS001'] as const
export const incident = 'C0INCIDENT'

/** A configured Ceph cluster: how its tools find it, and the addresses of its one host, this machine. */
export type Site = { conf: string; addresses: string[] }

/** The whole product beside a Slack of ours: redis-server, bot and worker, each a process of its own. */
export type Product = {
  slack: TestSlack
  redis: TestRedis
  /** what the bot and the worker wrote, line by line */
  log: string[]
  /** `unwedge …` with the same configuration and Redis */
  cli(...args: string[]): Promise<Printed>
  stop(): Promise<void>
}

/** The program, as `npx unwedge` starts it. */
export const cli = fileURLToPath(new URL('../../../bot/unwedge.mjs', import.meta.url))

/**
 * Runs `unwedge …` as a person would, with this environment and PATH: nothing of the lab's own, CEPH_CONF above all.
 * HOME is where it keeps its state.
 */
export function unwedge(args: string[], env: NodeJS.ProcessEnv & { HOME: string }): Promise<Printed> {
  return capture(process.execPath, [cli, ...args], { PATH: process.env.PATH, ...env })
}

/** Starts it as an operator would: an unwedge.yaml with a key pair, and two commands. Ready when both say so. */
export async function startProduct(sites: Record<string, Site>): Promise<Product> {
  const folder = mkdtempSync(join(tmpdir(), 'unwedge-e2e-'))
  const config = join(folder, 'unwedge.yaml')
  const pair = createKeyPair()
  writeFileSync(join(folder, 'bot.key'), pair.privateKey, { mode: 0o600 })
  writeFileSync(join(folder, 'bot.pub'), pair.publicKey)
  writeFileSync(config, stringify(configuration(folder, sites)))
  const log: string[] = []
  const stops: (() => Promise<unknown>)[] = [async () => rmSync(folder, { recursive: true, force: true })]
  const stop = async () => {
    for (const each of stops.splice(0)) await each()
  }
  try {
    const redis = await startProgram(realRedis())
    stops.unshift(redis.stop)
    const slack = await startSlack({ users, channels })
    stops.unshift(slack.stop)
    const common = {
      PATH: process.env.PATH,
      HOME: folder,
      REDIS_URL: redis.url,
      UNWEDGE_CONFIG: config,
      UNWEDGE_ENDS_WITH_STDIN: '1',
    }
    const tokens = { SLACK_BOT_TOKEN: 'xoxb-lab', SLACK_APP_TOKEN: 'xapp-lab', SLACK_API_URL: slack.apiUrl }
    const parts = await Promise.all([
      start('bot', { ...common, ...tokens }, log),
      start('worker', common, log),
    ])
    stops.unshift(() => Promise.all(parts.map((part) => part.stop())))
    return { slack, redis, log, cli: (...args: string[]) => unwedge(args, common), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

const users = [
  { id: lin, name: 'lin' },
  { id: mei, name: 'mei' },
  { id: tomas, name: 'tomas' },
]
const channels = [{ id: incident, name: 'storage-incidents' }]

function start(name: 'bot' | 'worker', env: NodeJS.ProcessEnv, log: string[]): Promise<Served<true>> {
  return serve<true>({
    name,
    argv: [process.execPath, cli, name],
    env,
    ready: (line) => line.includes('"msg":"ready"') || undefined,
    readyWithinMs: 60_000,
    log: (line) => void log.push(`${name}: ${line}`),
  })
}

function configuration(folder: string, sites: Record<string, Site>) {
  const clusters = Object.entries(sites).map(([name, { conf, addresses }]) => [
    name,
    { ceph: { conf }, hosts: { 'lab-1': { addresses, roles: ['ceph-admin'], transport: 'local' } } },
  ])
  return {
    state_dir: join(folder, 'state'),
    default_cluster: Object.keys(sites)[0],
    clusters: Object.fromEntries(clusters),
    approvals: { approvers: users.map(({ id }) => id) },
    signing: { private_key_file: join(folder, 'bot.key'), public_key_file: join(folder, 'bot.pub') },
  }
}

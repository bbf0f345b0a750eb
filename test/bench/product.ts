import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { writeKeys } from '../../bot/config-command.ts'
import { foundRedis } from '../../jobs/redis/programs.ts'
import { scenarios } from '../../playbooks/scenarios.ts'
import { startProgram, type TestRedis } from '../jobs/redis-server.ts'
import { type QuickSlack, startQuickSlack } from './slack.ts'

/** What bots and workers need around them: a redis-server of its own, a Slack, a configuration. */
export type Site = {
  folder: string
  redis: TestRedis
  slack: QuickSlack
  /** environment of a worker */
  worker: Record<string, string>
  /** environment of a bot, also of a bare one */
  bot: Record<string, string>
  stop(): Promise<void>
}

/** A command that the replayed cluster answers without waiting. */
export const COMMAND = 'check watchers rbd_header.7mjm6dk28jaj3 interval=0 cluster=demo'

/** `answersAfterMs`: see startQuickSlack. */
export async function startSite({
  transport = 'replay',
  answersAfterMs = 0,
}: {
  transport?: 'replay' | 'local'
  answersAfterMs?: number
} = {}): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), 'unwedge-bench-'))
  writeKeys(join(folder, 'keys'))
  const config = join(folder, 'unwedge.yaml')
  writeFileSync(config, stringify(configuration(folder, transport)))
  const found = foundRedis()
  if (!found) throw new Error('there is no redis-server on PATH')
  const [redis, slack] = await Promise.all([
    inMemory(() => startProgram(found)),
    startQuickSlack({ answersAfterMs }),
  ])
  const worker = { REDIS_URL: redis.url, UNWEDGE_CONFIG: config, HOME: folder }
  const tokens = { SLACK_BOT_TOKEN: 'xoxb-bench', SLACK_APP_TOKEN: 'xapp-bench', SLACK_API_URL: slack.apiUrl }
  const stop = async () => {
    await slack.stop()
    await redis.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  return { folder, redis, slack, worker, bot: { ...worker, ...tokens }, stop }
}

/** Runs what makes a folder for its files at once, with that folder in memory: how busy the disk is says nothing here. */
export function inMemory<T>(start: () => T): T {
  const before = process.env.TMPDIR
  if (existsSync('/dev/shm')) process.env.TMPDIR = '/dev/shm'
  try {
    return start()
  } finally {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
  }
}

function configuration(folder: string, transport: string) {
  const hosts = scenarios.flatMap((scenario) => scenario.hosts)
  return {
    state_dir: join(folder, 'state'),
    default_cluster: 'demo',
    clusters: {
      demo: {
        hosts: Object.fromEntries(
          hosts.map(({ name, addresses, roles }) => [name, { addresses, roles, transport }]),
        ),
      },
    },
    approvals: { approvers: ['U0MEI00001'] },
    signing: {
      private_key_file: join(folder, 'keys', 'bot.key'),
      public_key_file: join(folder, 'keys', 'bot.pub'),
    },
    log_level: 'info',
  }
}

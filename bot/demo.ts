import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import { serve } from '../jobs/hosts/serve.ts'
import { openRedis } from '../jobs/redis/open-redis.ts'
import { DEMO } from './clusters.ts'
import { writeKeys } from './config-command.ts'
import { untilStopped } from './until-stopped.ts'
import { UsageError } from './usage-error.ts'

const USERS = [
  { id: 'U0LIN00001', name: 'lin' },
  { id: 'U0MEI00001', name: 'mei' },
  { id: 'U0TOMAS001', name: 'tomas' },
]
const CHANNELS = [
  { id: 'C0INCIDENT', name: 'storage-incidents' },
  { id: 'C0STORAGE1', name: 'storage' },
]
const HINT = {
  title: 'It is 3 a.m. RESERVE on an iSCSI LUN takes 40 seconds.',
  lines: [
    'You are lin. Ask who watches the RBD header behind that LUN; a left-over watcher is found and a way out offered.',
    'Then become mei (top right) and approve it: whoever asked can’t approve.',
    'Or paste a log as a message and press 🔎 beside it: what does it mean, what to check next?',
    'The cluster “demo” holds five real incidents, replayed; its clock runs ten times as fast. “local” is this machine.',
  ],
  tries: [
    '/unwedge check watchers rbd_header.7mjm6dk28jaj3',
    '/unwedge check datastore QA-lun-v7',
    '/unwedge check stuck nova-compute on=ECM-043',
    '/unwedge check ctdb',
    '/unwedge check osd 4',
    '/unwedge check lustre shlfs',
    '/unwedge check wachers rbd_header.7mjm6dk28jaj3',
    '/unwedge help',
    '/unwedge status',
  ],
}

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const node = process.execPath

/** The whole product on this machine: a page like Slack, Redis, the bot and a worker, each a process of its own. */
export async function demo(flags: { port: string }): Promise<void> {
  if (!existsSync(here('../test/slack/main.ts')))
    throw new UsageError(
      'The demo is part of a checkout, not of the image: git clone, npm install, npm run demo.',
    )
  const folder = mkdtempSync(join(tmpdir(), 'unwedge-demo-'))
  const config = join(folder, 'unwedge.yaml')
  const notes = { info: () => {}, warn: (text: string) => console.log(`  ${text}`) }
  const stops: (() => Promise<unknown>)[] = [async () => rmSync(folder, { recursive: true, force: true })]
  try {
    writeKeys(join(folder, 'keys'))
    writeFileSync(config, stringify(demoConfig(folder)))
    const opening = openRedis({ stateDir: join(folder, 'redis'), allowEmbedded: true, log: notes })
    const page = startPage(flags.port)
    // both, before one that failed ends the other
    await Promise.allSettled([
      opening.then((redis) => stops.unshift(() => redis.close())),
      page.then((slack) => stops.unshift(() => slack.stop())),
    ])
    const [redis, slack] = await Promise.all([opening, page])
    console.log(`Queue: ${redis.describe()}`)
    const { PATH, HOME, CEPH_CONF } = process.env
    const common = {
      PATH,
      HOME,
      CEPH_CONF,
      REDIS_URL: redis.url,
      UNWEDGE_CONFIG: config,
      UNWEDGE_ENDS_WITH_STDIN: '1',
    }
    const tokens = {
      SLACK_BOT_TOKEN: 'xoxb-demo',
      SLACK_APP_TOKEN: 'xapp-demo',
      SLACK_API_URL: slack.value.apiUrl,
    }
    const ready = (line: string) => (line.includes('"msg":"ready"') ? true : undefined)
    const part = (name: string, env: Record<string, string | undefined>) =>
      serve({
        name,
        argv: [node, here('./unwedge.mjs'), name],
        env,
        ready,
        readyWithinMs: 20_000,
        log: (line) => tell(name, line),
      })
    const parts = await Promise.all([part('bot', { ...common, ...tokens }), part('worker', common)])
    stops.unshift(() => Promise.all(parts.map((each) => each.stop())))
    console.log(`\nThe demo is at ${slack.value.url}\nCtrl-C ends it.`)
    await Promise.race([untilStopped(), ...parts.map((each) => each.exited)])
  } finally {
    for (const stop of stops) await stop().catch((error: unknown) => console.error(error))
  }
}

function startPage(port: string) {
  return serve({
    name: 'page',
    argv: [node, here('../test/slack/main.ts'), '--port', port],
    env: {
      PATH: process.env.PATH,
      UNWEDGE_TEST_SLACK: JSON.stringify({
        users: USERS,
        channels: CHANNELS,
        hint: HINT,
        teamName: 'unwedge demo',
      }),
    },
    ready: (line) =>
      line.startsWith('{') ? (JSON.parse(line) as { url: string; apiUrl: string }) : undefined,
    readyWithinMs: 20_000,
  }).catch((cause: Error) => {
    if (!cause.message.includes('EADDRINUSE')) throw cause
    throw new UsageError(`Port ${port} is taken. Choose another one: npm run demo -- --port 8766`, { cause })
  })
}

function demoConfig(folder: string) {
  return {
    state_dir: join(folder, 'state'),
    default_cluster: DEMO,
    approvals: { approvers: USERS.map(({ id }) => id) },
    signing: {
      private_key_file: join(folder, 'keys', 'bot.key'),
      public_key_file: join(folder, 'keys', 'bot.pub'),
    },
    log_level: 'info',
  }
}

/** Only what a person at the demo wants to read: warnings and errors. */
function tell(name: string, line: string): void {
  try {
    const entry = JSON.parse(line) as { level: number; msg?: string; err?: { message?: string } }
    // what the embedded Redis cannot do has been said once
    if (entry.level >= 40 && !entry.msg?.includes('append-only'))
      console.log(`${name}: ${entry.msg ?? ''} ${entry.err?.message ?? ''}`)
  } catch {
    console.log(`${name}: ${line}`)
  }
}

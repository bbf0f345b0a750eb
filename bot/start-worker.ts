import { setFlagsFromString } from 'node:v8'
import { pino } from 'pino'
import { openRedis } from '../jobs/redis/open-redis.ts'
import { startWorker } from '../jobs/worker.ts'
import { catalogue } from '../playbooks/catalogue.ts'
import { allPlaybooks } from '../playbooks/shared/playbook.ts'
import { clusterNames } from './clusters.ts'
import { ConfigError, loadConfig, stateDirOf } from './config.ts'
import { openNamed } from './open-cluster.ts'
import { readKey } from './read-key.ts'
import { untilStopped } from './until-stopped.ts'

// what a worker may leave unfinished when it is told to stop; checks are taken up by another one
const CLOSE_WITHIN_MS = 20_000

/** `unwedge worker`: runs until SIGTERM or SIGINT. Throws ConfigError. */
export async function startWorkers(
  flags: { config?: string; cluster?: string[] },
  version: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  for (const name of ['SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN', 'SLACK_SIGNING_SECRET']) {
    if (env[name]) throw new ConfigError(`${name} is set: a worker holds no Slack secrets. Start it without.`)
  }
  const { config } = loadConfig(flags.config, env)
  const log = pino({ name: 'unwedge-worker', level: config.log_level })
  const names = flags.cluster ?? clusterNames(config)
  const publicKeyFile = config.signing.public_key_file
  if (publicKeyFile === undefined)
    log.warn('signing.public_key_file is not set: this worker only checks, it runs no remedies')
  const publicKey = publicKeyFile === undefined ? undefined : readKey(publicKeyFile, 'public')
  const clusters = await Promise.all(
    names.map((name) => openNamed(config, name, (problem) => log.warn(problem))),
  )
  const redis = await openRedis({
    url: env.REDIS_URL || config.redis.url,
    stateDir: stateDirOf(config),
    allowEmbedded: false,
    log,
  })
  log.info(redis.describe())
  const workers = await Promise.all(
    clusters.map((cluster) => startWorker({ cluster, catalogue, redis, publicKey, version, log })),
  )
  log.info({ clusters: names }, 'ready')
  // nobody's first check waits for them
  await allPlaybooks(catalogue)
  // it lives beside the storage it looks at: its memory stays flat for a fifth more CPU per check, docs/decisions/0008.
  // Only now, because with it everything above would have to be compiled anew at every start
  setFlagsFromString('--optimize-for-size')
  await untilStopped()
  log.info('stopping')
  setTimeout(() => process.exit(1), CLOSE_WITHIN_MS).unref()
  await Promise.all(workers.map((worker) => worker.close()))
  await redis.close()
}

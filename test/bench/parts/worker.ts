import { setTimeout as delay } from 'node:timers/promises'
import { pino } from 'pino'
import { fastClock } from '../../../jobs/clock.ts'
import { openCluster } from '../../../jobs/hosts/cluster.ts'
import { openRedis } from '../../../jobs/redis/open-redis.ts'
import { startWorker } from '../../../jobs/worker.ts'
import { catalogue } from '../../../playbooks/catalogue.ts'
import { scenarios } from '../../../playbooks/scenarios.ts'
import { allPlaybooks, type CatalogueEntry, type Playbook } from '../../../playbooks/shared/playbook.ts'
import { now } from './now.ts'

// The product's worker on the replayed cluster, with playbooks that tell when a check begins and when it has ended.
const log = pino({ level: 'warn' })
const redis = await openRedis({ url: process.env.REDIS_URL, stateDir: '/nowhere', allowEmbedded: false, log })
const watched = (await allPlaybooks(catalogue)).map((playbook): CatalogueEntry => {
  const telling: Playbook = {
    ...playbook,
    probes: (args, inventory, seen) => {
      if (seen.size === 0) console.log(`began ${now()}`)
      return playbook.probes(args, inventory, seen)
    },
    diagnose: (...evidence) => {
      const diagnosis = playbook.diagnose(...evidence)
      console.log(`ended ${now()}`)
      return diagnosis
    },
  }
  return { ...telling, load: async () => telling }
})
const hosts = scenarios.flatMap((scenario) =>
  scenario.hosts.map((host) => ({ ...host, transport: 'replay' as const })),
)
const opened = openCluster({ name: 'demo', hosts, scenarios, clock: fastClock(1000) })
// a check of anything real takes its time: by its end the first message of its thread stands
const SLOW_MS = process.argv.includes('--slow') ? 60 : 0
const cluster: typeof opened = {
  ...opened,
  run: async (...asked) => {
    if (SLOW_MS > 0) await delay(SLOW_MS)
    return opened.run(...asked)
  },
}
await startWorker({ cluster, catalogue: watched, redis, publicKey: undefined, version: 'bench', log })
console.log('ready')
process.stdin.resume().once('end', () => process.exit(0))

import { readFileSync } from 'node:fs'
import { createAudit } from '../jobs/audit.ts'
import { verifyAudit } from '../jobs/audit-chain.ts'
import { openRedis } from '../jobs/redis/open-redis.ts'
import { loadConfig, stateDirOf } from './config.ts'

const quiet = { info: () => {}, warn: (text: string) => console.error(text) }

/** `unwedge audit export`: JSON lines on stdout. */
export async function exportAudit(flags: { config?: string }): Promise<void> {
  const { config } = loadConfig(flags.config)
  const redis = await openRedis({
    url: process.env.REDIS_URL || config.redis.url,
    stateDir: stateDirOf(config),
    allowEmbedded: false,
    log: quiet,
  })
  try {
    for await (const chunk of createAudit(await redis.connect('commands')).exportLines())
      process.stdout.write(chunk)
  } finally {
    await redis.close()
  }
}

/** `unwedge audit verify`: needs no Redis. Returns the exit code: 0 whole, 1 not. */
export function verifyFile(file: string, head: string | undefined): number {
  const verdict = verifyAudit(readFileSync(file, 'utf8'), head)
  if (verdict.ok) console.log(`The trail is whole: ${verdict.count} entries, head ${verdict.head}.`)
  else console.log(`The trail is broken at entry ${verdict.seq}: ${verdict.why}.`)
  return verdict.ok ? 0 : 1
}

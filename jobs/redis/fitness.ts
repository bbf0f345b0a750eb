import { Cluster } from 'ioredis'
import type { RedisClient } from './dial.ts'
import { reaching } from './unreachable.ts'

/** A Redis that would lose approvals or jobs. The message says what to set. */
export class RedisUnfit extends Error {
  readonly code: 'too-old' | 'evicts'
  constructor(code: RedisUnfit['code'], message: string) {
    super(message)
    this.name = 'RedisUnfit'
    this.code = code
  }
}

export type Fitness = {
  version: string
  /** survives a restart: every node writes an append-only file */
  durable: boolean
  /** what to set, one sentence each; empty when all is well */
  warnings: string[]
}

/**
 * Asks every master what it is (`INFO`, which managed services allow where they forbid `CONFIG`).
 * Throws RedisUnfit for a Redis older than 6.2, or one that evicts keys when its memory is full.
 */
export async function checkFitness(client: RedisClient, label: string): Promise<Fitness> {
  const nodes = client instanceof Cluster ? client.nodes('master') : [client]
  const texts = await reaching('its version', () => Promise.all(nodes.map((node) => node.info())))
  const checked = texts.map((text) => judgeInfo(text, label))
  return {
    version: checked[0]?.version ?? 'unknown',
    durable: checked.every(({ durable }) => durable),
    warnings: [...new Set(checked.flatMap(({ warnings }) => warnings))],
  }
}

/** What the text of one server's `INFO` means for us; see checkFitness. */
export function judgeInfo(info: string, label: string): Fitness {
  const fields = new Map(
    info.split(/\r?\n/).flatMap((line): [string, string][] => {
      const colon = line.indexOf(':')
      return colon > 0 ? [[line.slice(0, colon), line.slice(colon + 1)]] : []
    }),
  )
  const version = fields.get('redis_version') ?? 'unknown'
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (!(major > 6 || (major === 6 && minor >= 2))) {
    throw new RedisUnfit(
      'too-old',
      `Redis at ${label} has version ${version}; at least 6.2 is needed. Update it.`,
    )
  }
  const warnings: string[] = []
  const policy = fields.get('maxmemory_policy')
  if (policy !== 'noeviction') {
    const fix =
      'Set "maxmemory-policy noeviction" (CONFIG SET maxmemory-policy noeviction, and in redis.conf).'
    if (fields.get('maxmemory') !== '0') {
      throw new RedisUnfit(
        'evicts',
        `Redis at ${label} drops keys when its memory is full (${policy}). ${fix}`,
      )
    }
    warnings.push(`Redis at ${label} would drop keys if its memory were limited (${policy}). ${fix}`)
  }
  const durable = fields.get('aof_enabled') === '1'
  if (!durable) {
    warnings.push(
      `Redis at ${label} writes no append-only file: a restart loses approvals and running work. Set "appendonly yes".`,
    )
  }
  return { version, durable, warnings }
}

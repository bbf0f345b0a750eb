import { dial, isReady, type Purpose, type RedisClient } from './dial.ts'
import { checkFitness } from './fitness.ts'
import type { Log } from './log.ts'
import type { PrivateServer } from './private-server.ts'
import { embeddedRedis, foundRedis } from './programs.ts'
import { PATIENCE_MS, QueueUnreachable } from './unreachable.ts'
import { parseRedisUrl, type Target } from './url.ts'

export type RedisOptions = {
  /** REDIS_URL; without it we run one of our own */
  url?: string | undefined
  /** where a Redis of our own keeps its socket and data */
  stateDir: string
  /** whether losing everything on exit is fine: demo and tests */
  allowEmbedded: boolean
  log: Log
}

export type OpenRedis = {
  kind: 'given' | 'found' | 'embedded'
  /** what was acknowledged is there after a crash */
  durable: boolean
  /** for a child process of ours to join; may hold a password, so never log it: that is what describe() is for */
  url: string
  /** A connection, ready to use; closed by `close()`. Throws QueueUnreachable (`commands` only; `worker` waits). */
  connect(purpose: Purpose): Promise<RedisClient>
  /** one line without secrets: "redis://queue:6379/0 (given, version 7.0.15, durable)" */
  describe(): string
  /** closes all connections, and ends the server when it is ours */
  close(): Promise<void>
}

/**
 * Climbs the ladder: the Redis given by `url`; else redis-server from PATH on a private unix socket; else, where that
 * is allowed, the embedded one. Checks that it is fit before anything is entrusted to it.
 * Throws BadRedisUrl, QueueUnreachable, RedisUnfit, NoPrivateRedis, ServeFailed; each says what to do.
 */
export async function openRedis(options: RedisOptions): Promise<OpenRedis> {
  const { log } = options
  const { kind, url, server } = options.url
    ? { kind: 'given' as const, url: options.url, server: undefined }
    : await ownRedis(options)
  const target = parseRedisUrl(url)
  const clients = new Set<RedisClient>()
  const connect = async (purpose: Purpose) => {
    const client = dial(target, purpose, log)
    clients.add(client)
    let cause: Error | undefined
    client.on('error', (error: Error) => {
      cause = error
    })
    if (purpose === 'commands' && !(await isReady(client, PATIENCE_MS))) {
      client.disconnect()
      throw new QueueUnreachable(`the connection to ${target.label}`, { cause })
    }
    return client
  }
  const close = async () => {
    for (const client of clients) client.disconnect()
    await server?.close()
  }
  try {
    const { version, durable } = await introduce(kind, target, await connect('commands'), log)
    const facts = [
      kind,
      `version ${version}`,
      durable ? 'durable' : 'NOT durable: what it holds ends with it',
    ]
    return { kind, durable, url, connect, close, describe: () => `${target.label} (${facts.join(', ')})` }
  } catch (error) {
    await close()
    throw error
  }
}

async function ownRedis(options: RedisOptions) {
  // who is given one needs nothing of what starts one
  const { NoPrivateRedis, privateServer } = await import('./private-server.ts')
  const program = foundRedis() ?? (options.allowEmbedded ? embeddedRedis() : undefined)
  if (!program) {
    throw new NoPrivateRedis(
      'there is no redis-server on PATH. Install it (apt install redis-server) or set REDIS_URL.',
    )
  }
  const server: PrivateServer = await privateServer(program, options.stateDir, options.log)
  return { kind: program.kind, url: `unix://${encodeURI(server.socket)}`, server }
}

async function introduce(kind: OpenRedis['kind'], target: Target, client: RedisClient, log: Log) {
  const fitness = await checkFitness(client, target.label)
  client.disconnect()
  if (kind === 'embedded') {
    log.warn(
      'using the embedded Redis: not durable, for demo and tests only; what it holds ends with this process',
    )
  } else {
    for (const warning of fitness.warnings) log.warn(warning)
  }
  return fitness
}

import { Cluster, type ClusterOptions, Redis, type RedisOptions } from 'ioredis'
import { mask } from '../mask.ts'
import type { Log } from './log.ts'
import { inOneWrite } from './one-write.ts'
import { PATIENCE_MS } from './unreachable.ts'
import type { Target } from './url.ts'

/** A connection that BullMQ and our own scripts can use. */
export type RedisClient = Redis | Cluster

/**
 * - `commands`: a person waits; without Redis it fails at once and keeps nothing to send later
 * - `worker`: nobody waits; it holds on until Redis is back
 */
export type Purpose = 'commands' | 'worker'

/** Starts to connect, in the background and for ever. What goes wrong is logged once per outage. */
export function dial(target: Target, purpose: Purpose, log: Log): RedisClient {
  const client =
    target.kind === 'cluster' ? dialCluster(target, purpose) : new Redis(settings(target.options, purpose))
  if (purpose === 'commands') inOneWrite(client)
  let down = false
  client.on('error', (error: Error) => {
    if (!down)
      log.warn(`Redis at ${target.label} (${purpose}): ${mask(error.message || error.name)}; trying again`)
    down = true
  })
  client.on('ready', () => {
    if (down) log.info(`Redis at ${target.label} (${purpose}): connected again`)
    down = false
  })
  return client
}

type Settings = Omit<RedisOptions, 'replyMapping'>

function settings(options: Settings, purpose: Purpose): Settings {
  const common = {
    ...options,
    connectionName: `unwedge-${purpose}`,
    // after a failover the old master may still answer, but no longer write
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
  }
  if (purpose === 'worker') {
    return { ...common, maxRetriesPerRequest: null, retryStrategy: (times) => Math.min(100 * times, 2000) }
  }
  return {
    ...common,
    connectTimeout: PATIENCE_MS,
    commandTimeout: PATIENCE_MS,
    enableOfflineQueue: false,
    // what was under way when the connection broke fails then, and is not sent again
    maxRetriesPerRequest: 0,
    retryStrategy: (times) => Math.min(50 * times, 500),
  }
}

function dialCluster(target: Target & { kind: 'cluster' }, purpose: Purpose): Cluster {
  const { enableOfflineQueue = true, retryStrategy, ...node } = settings(target.options, purpose)
  return new Cluster(target.nodes, {
    redisOptions: node,
    enableOfflineQueue,
    clusterRetryStrategy: retryStrategy ?? null,
    // certificates are made out to names; ioredis would connect to the address it resolved
    ...(node.tls ? { dnsLookup: (name, callback) => callback(null, name) } : {}),
  } satisfies ClusterOptions)
}

/** Waits until the client can be used; false when it can't after `withinMs`. */
export async function isReady(client: RedisClient, withinMs: number): Promise<boolean> {
  if (client.status === 'ready') return true
  return await new Promise((resolve) => {
    const late = setTimeout(() => done(false), withinMs)
    const ready = () => done(true)
    const done = (value: boolean) => {
      clearTimeout(late)
      client.off('ready', ready)
      resolve(value)
    }
    client.on('ready', ready)
  })
}

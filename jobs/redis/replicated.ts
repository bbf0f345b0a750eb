import { Cluster, type Redis } from 'ioredis'
import type { RedisClient } from './dial.ts'
import { QueueUnreachable } from './unreachable.ts'

/** Less than PATIENCE_MS, so that it is us who give up, and say why. */
const WAIT_MS = 1000

/**
 * Waits until a replica holds what this connection has written for `key`, when the server has replicas: Redis
 * acknowledges a write before it is copied, and a failover right then would forget it. A server without an online
 * replica has nothing to fail over to. Throws QueueUnreachable when no replica confirms.
 * Source: https://redis.io/docs/latest/commands/wait/
 */
export async function replicated(client: RedisClient, key: string, what: string): Promise<void> {
  const node = client instanceof Cluster ? await masterOf(client, key) : client
  const info = await node.info('replication')
  if (!/^slave\d+:.*state=online/m.test(info)) return
  if ((await node.wait(1, WAIT_MS)) < 1) throw new QueueUnreachable(`${what} (by a replica)`)
}

async function masterOf(cluster: Cluster, key: string): Promise<Redis> {
  const slot = await cluster.cluster('KEYSLOT', key)
  const address = cluster.slots[slot]?.[0]
  const master = cluster.nodes('master').find(({ options }) => `${options.host}:${options.port}` === address)
  if (!master) throw new QueueUnreachable(`the node of ${key}`)
  return master
}

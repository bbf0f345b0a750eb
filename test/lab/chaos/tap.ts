import { createConnection, createServer, type Socket } from 'node:net'

/**
 * - `before`: the command never reaches Redis
 * - `after`: Redis has done it, and whoever sent it never hears of it
 */
export type When = 'before' | 'after'

export type Tap = {
  /** what the process under test gets as REDIS_URL */
  url: string
  /** Calls `act` at the first command that fits, seen as text; the promise says that it happened. */
  at(when: When, fits: RegExp, act: () => unknown): Promise<void>
  stop(): void
}

type Trap = { when: When; fits: RegExp; spring: () => void }

/** Stands between one process and its Redis, so that a test can stop the process at one exact command. */
export async function startTap(redisSocket: string, ownSocket: string): Promise<Tap> {
  let traps: Trap[] = []
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = createConnection(redisSocket)
    /** set once the trap has sprung or waits for the reply: nothing of it may come back */
    let waiting: Trap | undefined
    let shut = false
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => sockets.delete(socket))
    }
    near.on('close', () => far.end())
    far.on('close', () => near.destroy())
    // what came in one write is sent piece by piece, so that a trap stops at one command and hears its reply
    let rest = Buffer.alloc(0)
    const pieces: Buffer[] = []
    let asked = false
    const next = () => {
      const piece = asked || shut ? undefined : pieces.shift()
      if (!piece) return
      const trap = traps.find(({ fits }) => fits.test(piece.toString('latin1')))
      if (trap?.when === 'before') {
        shut = true
        return spring(trap)
      }
      waiting = trap
      asked = true
      far.write(piece)
    }
    near.on('data', (data) => {
      rest = Buffer.concat([rest, data])
      for (let size = pieceSize(rest); size > 0; size = pieceSize(rest)) {
        pieces.push(rest.subarray(0, size))
        rest = rest.subarray(size)
      }
      next()
    })
    far.on('data', (data) => {
      // the script was not loaded yet: it comes again in full
      if (waiting && data.includes('NOSCRIPT')) waiting = undefined
      if (waiting) {
        shut = true
        spring(waiting)
        waiting = undefined
      }
      if (!shut) near.write(data)
      asked = false
      next()
    })
  })
  const spring = (trap: Trap) => {
    if (!traps.includes(trap)) return
    traps = traps.filter((each) => each !== trap)
    trap.spring()
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(ownSocket, resolve)
  })
  return {
    url: `unix://${ownSocket}`,
    at: (when, fits, act) =>
      new Promise((resolve, reject) => {
        const springing = () => {
          try {
            act()
            resolve()
          } catch (error) {
            reject(error)
          }
        }
        traps.push({ when, fits, spring: springing })
      }),
    stop: () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** Bytes of the first whole command, a transaction counting as one; 0: it is not all there. */
function pieceSize(bytes: Buffer): number {
  let size = commandSize(bytes, 0)
  if (size === 0 || !/^\*1\r\n\$5\r\nmulti\r\n/i.test(bytes.toString('latin1', 0, 20))) return size
  for (;;) {
    const more = commandSize(bytes, size)
    if (more === 0) return 0
    const isLast = /^\*1\r\n\$(?:4\r\nexec|7\r\ndiscard)\r\n/i.test(bytes.toString('latin1', size, size + 24))
    size += more
    if (isLast) return size
  }
}

/** Bytes of the command at `from`, an array of bulk strings: https://redis.io/docs/latest/develop/reference/protocol-spec/ */
function commandSize(bytes: Buffer, from: number): number {
  const numberAt = (at: number) => {
    const end = bytes.indexOf('\r\n', at)
    return end < 0 ? undefined : { value: Number(bytes.toString('latin1', at + 1, end)), next: end + 2 }
  }
  const words = numberAt(from)
  if (!words) return 0
  let at = words.next
  for (let word = 0; word < words.value; word++) {
    const length = numberAt(at)
    if (!length) return 0
    at = length.next + length.value + 2
  }
  return at <= bytes.length ? at - from : 0
}

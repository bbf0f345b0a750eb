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
    near.on('data', (data) => {
      if (shut) return
      const text = data.toString('latin1')
      const trap = traps.find(({ fits }) => fits.test(text))
      if (trap?.when === 'before') {
        shut = true
        return spring(trap)
      }
      waiting = trap
      far.write(data)
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

import { open } from 'node:fs/promises'
import { Socket } from 'node:net'

const PIECE_BYTES = 256 * 1024

/**
 * A file piece by piece, each good until the next is asked for, which is read meanwhile: always in the same memory, because a
 * large log would leave as much garbage. Throws the system's errors.
 */
export async function* fromFile(file: string): AsyncGenerator<Uint8Array> {
  const handle = await open(file)
  let [now, next] = [Buffer.allocUnsafe(PIECE_BYTES), Buffer.allocUnsafe(PIECE_BYTES)]
  let reading = handle.read(now, 0, PIECE_BYTES)
  try {
    for (;;) {
      const { bytesRead } = await reading
      if (bytesRead === 0) return
      reading = handle.read(next, 0, PIECE_BYTES)
      yield now.subarray(0, bytesRead)
      ;[now, next] = [next, now]
    }
  } finally {
    await reading.catch(() => {})
    await handle.close()
  }
}

/** The same for a pipe or a socket that is open already. */
export async function* fromPipe(fd: number): AsyncGenerator<Uint8Array> {
  let arrived: Uint8Array | undefined
  let ended = false
  let failed: Error | undefined
  let wake = () => {}
  const buffer = Buffer.allocUnsafe(PIECE_BYTES)
  const callback = (bytes: number) => {
    arrived = buffer.subarray(0, bytes)
    wake()
    // no more until this piece was used
    return false
  }
  const socket = new Socket({ fd, readable: true, writable: false, onread: { buffer, callback } })
  socket.on('error', (error) => {
    failed = error
    wake()
  })
  socket.on('end', () => {
    ended = true
    wake()
  })
  try {
    for (;;) {
      if (!arrived && !ended && !failed)
        await new Promise<void>((resolve) => {
          wake = resolve
          socket.resume()
        })
      if (failed) throw failed
      if (!arrived) return
      const piece = arrived
      arrived = undefined
      yield piece
    }
  } finally {
    socket.destroy()
  }
}

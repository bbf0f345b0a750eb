import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'

/** One output stream of a child, kept up to a limit. */
export type Collected = {
  /** UTF-8; invalid bytes become U+FFFD, a character cut by the limit is left out */
  text(): string
  truncated(): boolean
  /** nobody holds the other end any more */
  ended(): boolean
  /** lets go of the pipe, whoever still holds the other end */
  stop(): void
}

/** What is dropped is read at no more than 1 MiB per 20 ms, so that a flood costs little CPU. */
const dropped = { bytes: 2 ** 20, everyMs: 20 }

/** Reads a stream to its end, keeps the first `maxBytes`, drops the rest. Calls `onEnd` once. */
export function collect(stream: Readable, maxBytes: number, onEnd: () => void): Collected {
  // one growing buffer: a child that writes byte by byte must not cost an object per byte
  let kept = Buffer.alloc(0)
  let length = 0
  let overflow = 0
  let sinceRest = 0
  let ended = false
  let rest: NodeJS.Timeout | undefined

  stream.on('data', (chunk: Buffer) => {
    const taken = Math.min(chunk.length, maxBytes - length)
    if (length + taken > kept.length) {
      const grown = Buffer.allocUnsafe(Math.min(maxBytes, Math.max(2 * kept.length, length + taken)))
      kept.copy(grown, 0, 0, length)
      kept = grown
    }
    chunk.copy(kept, length, 0, taken)
    length += taken
    overflow += chunk.length - taken
    sinceRest += chunk.length - taken
    if (sinceRest < dropped.bytes) return
    sinceRest = 0
    stream.pause()
    rest = setTimeout(() => stream.resume(), dropped.everyMs)
  })
  stream.on('error', () => {}) // a pipe that breaks is a pipe that ended; 'close' follows
  stream.once('close', () => {
    clearTimeout(rest)
    ended = true
    onEnd()
  })

  return {
    text: () => {
      const bytes = kept.subarray(0, length)
      return overflow > 0 ? new StringDecoder('utf8').write(bytes) : bytes.toString('utf8')
    },
    truncated: () => overflow > 0,
    ended: () => ended,
    stop: () => {
      clearTimeout(rest)
      stream.destroy()
    },
  }
}

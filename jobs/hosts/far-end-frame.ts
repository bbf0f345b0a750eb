import { Transform } from 'node:stream'

/** What one output stream of a far end holds around the command's own output. */
export type Frame = {
  /** lets the command's own output through, nothing else */
  stream: Transform
  /** what the begin marker says; undefined while it has not come */
  begin(): string | undefined
  /** what the end marker says; undefined while it has not come */
  end(): string | undefined
  /** the last of what came before the begin marker: a MOTD, a start file's chatter, ssh's own complaint */
  noise(): string
}

const keptNoise = 8192
/** A marker's line is short; whatever is longer is not ours. */
const longestLine = 1024

/** Cuts the command's own output out of all that a session prints. Calls `onEnd` when the end marker has come. */
export function unframe(marker: string, onEnd: () => void = () => {}): Frame {
  const beginMark = Buffer.from(`~unwedge-${marker}-begin `)
  const endMark = Buffer.from(`~unwedge-${marker}-end `)
  const none = Buffer.alloc(0)
  let phase: 'before' | 'inside' | 'after' = 'before'
  let pending: Buffer = none
  let noise: Buffer = none
  let begin: string | undefined
  let end: string | undefined

  const stream = new Transform({
    transform(chunk: Buffer, _, done) {
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
      if (phase === 'before') before()
      if (phase === 'inside') inside()
      if (phase === 'after') after()
      done()
    },
    flush(done) {
      if (phase === 'before') drop(pending)
      if (phase === 'inside') stream.push(pending)
      done()
    },
  })
  return {
    stream,
    begin: () => begin,
    end: () => end,
    noise: () => Buffer.concat([noise, phase === 'before' ? pending : none]).toString(),
  }

  function before(): void {
    const from = pending.indexOf(beginMark)
    const keep = from >= 0 ? from : pending.length - overlap(pending, beginMark)
    drop(pending.subarray(0, keep))
    pending = pending.subarray(keep)
    const line = from >= 0 && lineAfter(beginMark)
    if (typeof line !== 'string') return
    begin = line
    phase = 'inside'
  }

  function inside(): void {
    const from = pending.indexOf(endMark)
    const keep = from >= 0 ? from : pending.length - overlap(pending, endMark)
    if (keep > 0) stream.push(pending.subarray(0, keep))
    pending = pending.subarray(keep)
    if (from >= 0) phase = 'after'
  }

  function after(): void {
    if (end !== undefined) {
      pending = none
      return
    }
    const line = lineAfter(endMark)
    if (line === undefined) return
    end = line
    onEnd()
  }

  /** The rest of the line of a marker that `pending` begins with, taken out of it; undefined when it is not all there. */
  function lineAfter(mark: Buffer): string | undefined {
    const to = pending.indexOf(10, mark.length)
    if (to < 0 && pending.length < longestLine) return undefined
    const cut = to < 0 ? pending.length : to
    const line = pending.subarray(mark.length, cut).toString()
    pending = pending.subarray(cut + 1)
    return line
  }

  function drop(bytes: Buffer): void {
    noise = Buffer.concat([noise, bytes.subarray(-keptNoise)]).subarray(-keptNoise)
  }
}

/** How many bytes at the end may be the beginning of a marker. */
function overlap(bytes: Buffer, mark: Buffer): number {
  const from = bytes.lastIndexOf(mark[0]!)
  const rest = from < 0 ? 0 : bytes.length - from
  return rest > 0 && rest < mark.length && bytes.subarray(from).equals(mark.subarray(0, rest)) ? rest : 0
}

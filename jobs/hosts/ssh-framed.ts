import { randomBytes } from 'node:crypto'
import { type Frame, unframe } from './far-end-frame.ts'
import type { Session } from './far-end-script.ts'
import type { Ending, LineBounds } from './ssh-sessions.ts'

/** How one line at a far end ended: what ssh did, and what the far end itself said before, between and after. */
export type Told = Ending & {
  /** the session it ran in; undefined when it never began, `sid` is - when that is not ours alone */
  session: Session | undefined
  /** words of the end marker: the far end's own word on how it ended; undefined when it did not say */
  last: string | undefined
  /** the last of what was printed before it began, on stdout and on stderr: ssh's own complaints are there */
  noise: { stdout: string; stderr: string }
}

export type Bounds = { limitMs: number; maxBytes: number; signal?: AbortSignal }

/** After the end marker, how long ssh may take to leave: a process in the background may hold the session open. */
const leaveMs = 100

/**
 * Runs a line over ssh, in the way that `start` does. It gets the marker that the line has to frame its output with, new
 * each time, so that nothing that a host prints by itself is taken for an answer. Never rejects for what a host does.
 */
export async function runFramed(
  start: (marker: string, bounds: LineBounds) => Promise<Ending>,
  { limitMs, maxBytes, signal }: Bounds,
): Promise<Told> {
  const marker = randomBytes(12).toString('hex')
  const over = new AbortController()
  let leaving: NodeJS.Timeout | undefined
  const onEnd = () => {
    if (out.end() !== undefined && err.end() !== undefined)
      leaving ??= setTimeout(() => over.abort(), leaveMs)
  }
  const out = unframe(marker, onEnd)
  const err = unframe(marker, onEnd)
  const ended = await start(marker, {
    limitMs,
    maxBytes,
    signal: AbortSignal.any([over.signal, ...(signal ? [signal] : [])]),
    through: { stdout: out.stream, stderr: err.stream },
  })
  clearTimeout(leaving)
  return {
    ...ended,
    session: sessionOf(out),
    last: out.end(),
    noise: { stdout: out.noise(), stderr: err.noise() },
  }
}

function sessionOf(frame: Frame): Session | undefined {
  const [sid, born] = frame.begin()?.split(' ') ?? []
  return sid !== undefined && born !== undefined ? { sid, born } : undefined
}

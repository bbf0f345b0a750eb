import { meaningOf } from '../../shared/linux/wchan.ts'

/** What waiting in the first of these kernel functions that is known usually means; nothing in it invites to kill. */
export function meaningIn(frames: readonly (string | undefined)[]): string | undefined {
  const known = frames.map((frame) => (frame === undefined ? undefined : meaningOf(frame)))
  return known.find((text) => text !== undefined)?.replace(/[;,] (?:harmless, )?SIGKILL ends it/, '')
}

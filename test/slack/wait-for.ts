import type { Message, World } from './types.ts'

export type WaitOptions = {
  /** default 5000 */
  timeoutMs?: number
  /** what is being waited for, for the error */
  what?: string
}

/** The newest message that fits, now or as soon as there is one; rejects with what was there instead. */
export function waitFor(
  world: World,
  fits: (message: Message) => boolean,
  { timeoutMs = 5000, what = 'a message' }: WaitOptions = {},
): Promise<Message> {
  const look = () => world.messages.findLast((message) => fits(message))
  return new Promise((resolve, reject) => {
    const end = (act: () => void) => {
      clearTimeout(timer)
      world.changes.off('change', check)
      act()
    }
    const check = () => {
      const found = look()
      if (found) end(() => resolve(found))
    }
    const timer = setTimeout(() => {
      const seen = world.messages
        .slice(-8)
        .map((message) => `  ${message.ts} ${message.user}: ${message.text.slice(0, 120)}`)
      end(() =>
        reject(new Error(`waited ${timeoutMs} ms for ${what}; the last messages are:\n${seen.join('\n')}`)),
      )
    }, timeoutMs)
    world.changes.on('change', check)
    check()
  })
}
